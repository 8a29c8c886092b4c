"""An optimiser of torch's, or of anybody's, in the place of Adam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from vae_tutorial.training.adam import Adam
from vae_tutorial.training.config import TrainConfig

OptimizerFactory = Callable[[list[nn.Parameter]], torch.optim.Optimizer]


def make_optimizer(
    factory: OptimizerFactory | None, parameters: list[nn.Parameter], config: TrainConfig
) -> Adam | ChosenOptimizer:
    """Return the optimiser of a run: Adam, unless another was asked for."""
    if factory is None:
        return Adam(parameters, config.learning_rate, config.weight_decay)
    return ChosenOptimizer(factory, parameters, config)


class ChosenOptimizer:
    """Run an optimiser that the user made, with the schedule of ``TrainConfig`` laid over its learning rates.

    Args:
        factory: takes the trained parameters and returns the optimiser.
        parameters: what is trained.
        config: whose settings must not contradict it.

    Raises:
        TypeError: the factory returned no optimiser, or one whose step needs a closure.
        ValueError: it moves what is not trained, or ``config`` tells another learning rate or a weight decay.
    """

    def __init__(self, factory: OptimizerFactory, parameters: list[nn.Parameter], config: TrainConfig) -> None:
        self.inner = factory(list(parameters))
        _check(self.inner, parameters, config)
        self.parameters: list[nn.Parameter] = [own for group in self.inner.param_groups for own in group["params"]]
        self._shares = [float(group["lr"]) / config.learning_rate for group in self.inner.param_groups]

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the first group of parameters."""
        return float(self.inner.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for group, share in zip(self.inner.param_groups, self._shares, strict=True):
            group["lr"] = rate * share

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self.inner.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Move the parameters, in place."""
        self.inner.step()

    def state(self) -> dict[str, Tensor]:
        """Return what the optimiser keeps of each parameter, by name; numbers as tensors, and nothing of a None.

        Raises:
            TypeError: it keeps something that is neither.
        """
        return {
            f"{index}.{name}": _as_tensor(value, name, self.inner)
            for index, parameter in enumerate(self.parameters)
            for name, value in self.inner.state.get(parameter, {}).items()
            if value is not None
        }

    @torch.no_grad()
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what ``state`` returned."""
        self.inner.state.clear()
        for name, value in state.items():
            index, _, rest = name.partition(".")
            self.inner.state[self.parameters[int(index)]][rest] = value.detach().clone()


def _check(optimizer: Any, parameters: list[nn.Parameter], config: TrainConfig) -> None:
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer returned a {type(optimizer).__name__}, but must take the list of parameters and return a "
            "torch.optim.Optimizer: for instance optimizer=functools.partial(torch.optim.SGD, lr=0.1)"
        )
    if not all("lr" in group for group in optimizer.param_groups):
        raise TypeError(
            f'optimizer returned a {type(optimizer).__name__} with a group of parameters that has no "lr": give '
            "every group a learning rate, since the schedule sets it"
        )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError(
            "optimizer returned an LBFGS, which scores the same batch many times in a step: fit draws new samples each "
            "time it scores, so choose one that steps along a gradient"
        )
    known = {id(parameter) for parameter in parameters}
    if not {id(own) for group in optimizer.param_groups for own in group["params"]} <= known:
        raise ValueError("optimizer moves parameters that are not the model's trained ones: use only those it is given")
    if config.weight_decay:
        raise ValueError(
            f"weight_decay is {config.weight_decay} in the settings, which is that of the built-in Adam, but optimizer "
            f"is a {type(optimizer).__name__}: give the weight decay to the one that you make"
        )
    rate = float(optimizer.param_groups[0]["lr"])
    if rate != config.learning_rate:
        raise ValueError(
            f"learning_rate is {config.learning_rate} in the settings, but that of optimizer, a "
            f"{type(optimizer).__name__}, begins with {rate}: say TrainConfig(learning_rate={rate}), so that the "
            "settings tell what was run; further groups of parameters keep their own"
        )


def _as_tensor(value: Any, name: str, optimizer: torch.optim.Optimizer) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (bool, int, float)):
        return torch.tensor(value, dtype=torch.float64 if isinstance(value, float) else None)
    raise TypeError(
        f"optimizer, a {type(optimizer).__name__}, keeps a {type(value).__name__} named {name}, which no run can put "
        "back: choose one that keeps tensors and numbers"
    )
