"""What a test knows of a value and its type does not say: stated in one word, and checked when the test runs."""

from __future__ import annotations

from typing import TypeVar

from torch import nn

Value = TypeVar("Value")


def present(value: Value | None) -> Value:
    """Return a value that is there."""
    assert value is not None
    return value


def as_a(kind: type[Value], value: object) -> Value:
    """Return a value of this kind."""
    assert isinstance(value, kind), f"{type(value).__name__} is no {kind.__name__}"
    return value


def linear_layers(network: nn.Module) -> list[nn.Linear]:
    """Return the fully connected layers of a network, in the order in which they stand."""
    return [module for module in network.modules() if isinstance(module, nn.Linear)]
