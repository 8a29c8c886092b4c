"""Networks map [N, in] to [N, out], and a last layer without activation reaches every real number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.support.laws import assert_close
from vae_tutorial.networks import MLP

pytestmark = pytest.mark.usefixtures("double_precision")
HIDDEN = [(), (3,), (4, 2), (5, 4, 3)]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_an_mlp_is_linear_maps_with_activations_between(hidden: tuple[int, ...]) -> None:
    net, x = MLP(3, 2, hidden), torch.randn(7, 3)
    weights, biases = list(net.parameters())[::2], list(net.parameters())[1::2]
    assert [tuple(weight.shape) for weight in weights] == list(zip([*hidden, 2], [3, *hidden], strict=True))
    expected = x
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        expected = (expected.tanh() if layer else expected) @ weight.T + bias
    assert_close(net(x), expected, hidden)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.Softplus, lambda: nn.LeakyReLU(0.3)])
def test_the_activation_is_the_one_asked_for(activation: Callable[[], nn.Module]) -> None:
    net, x = MLP(3, 2, (4,), activation), torch.randn(7, 3)
    first, last = net[0], net[-1]
    assert_close(net(x), last(activation()(first(x))), activation)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_gradients_reach_every_parameter(hidden: tuple[int, ...]) -> None:
    net = MLP(3, 2, hidden)
    net(torch.randn(7, 3)).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_the_widths_can_be_read_off() -> None:
    net = MLP(3, 2, (5,))
    assert (net.in_features, net.out_features) == (3, 2)
    assert net(torch.zeros(2, 4, 3)).shape == (2, 4, 2)
