"""Deterministic networks: tensors in, tensors out, no probability."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from vae_tutorial.checks import check_count


class MLP(nn.Sequential):
    """Map [N, in_features] to [N, out_features] through fully connected hidden layers.

    Args:
        in_features: width of the input.
        out_features: width of the output, which has no activation: distributions take any real number.
        hidden_features: width of each hidden layer; an empty sequence gives a linear map.
        activation: makes the module after each hidden layer, for example ``nn.Tanh`` or ``nn.ReLU``.

    Raises:
        TypeError, ValueError: a width is not a whole number of at least 1.

    Example:
        >>> import torch
        >>> MLP(64, 4, hidden_features=(128, 128))(torch.zeros(5, 64)).shape
        torch.Size([5, 4])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        hidden_features: Sequence[int] = (128, 128),
        activation: Callable[[], nn.Module] = nn.Tanh,
    ) -> None:
        widths = [in_features, *hidden_features, out_features]
        for width in widths:
            check_count(width, "every width of an MLP")
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), activation()]
        super().__init__(*layers[:-1])
        self.in_features = in_features
        self.out_features = out_features

    def forward(self, input: Tensor) -> Tensor:
        """Return the output [N, out_features] for ``input`` [N, in_features]."""
        if input.shape[-1] != self.in_features:
            raise ValueError(
                f"input has shape {list(input.shape)}, but this MLP takes [N, {self.in_features}]: "
                "flatten each example, or build the network for this width"
            )
        output: Tensor = super().forward(input)
        return output
