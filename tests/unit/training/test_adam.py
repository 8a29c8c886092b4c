"""Adam: the numbers of torch's own class, bit for bit, whatever has a gradient at a step."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests.support.laws import refused
from vae_tutorial.training.adam import Adam

RATE = 0.03
SHAPES = ((5, 3), (5,), (2, 5), (), (40, 30))


def parameters(dtypes: tuple[torch.dtype, ...]) -> list[nn.Parameter]:
    """Return parameters of several shapes, the matrices stored by columns."""
    values = [torch.randn(shape[::-1], dtype=dtypes[index % len(dtypes)]) for index, shape in enumerate(SHAPES)]
    return [nn.Parameter(value.permute(tuple(reversed(range(value.ndim))))) for value in values]


def give_gradients(step: int, *copies: list[nn.Parameter], absent: Callable[[int, int], bool]) -> None:
    """Give the same gradient to a parameter and to its copies; at some steps some have none."""
    for index, owners in enumerate(zip(*copies, strict=True)):
        gradient = torch.randn_like(owners[0]) * 10.0 ** (index - 3)
        for owner in owners:
            owner.grad = None if absent(step, index) else gradient.clone()


ABSENT: dict[str, Callable[[int, int], bool]] = {
    "all move": lambda step, index: False,
    "one never moves": lambda step, index: index == 1,
    "they take turns": lambda step, index: (step + index) % 3 == 0,
    "one comes late": lambda step, index: index == 2 and step < 4,
    "none moves at first": lambda step, index: step == 0,
}
KINDS = {
    "single": (torch.float32,),
    "double": (torch.float64,),
    "single and double": (torch.float32, torch.float64),
    "half": (torch.bfloat16,),
}


def torchs(parameters: list[nn.Parameter], weight_decay: float) -> torch.optim.Optimizer:
    """Return torch's Adam, or its AdamW where parameters shrink."""
    if weight_decay:
        return torch.optim.AdamW(parameters, lr=RATE, weight_decay=weight_decay, fused=True)
    return torch.optim.Adam(parameters, lr=RATE, fused=True)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ABSENT)
def test_the_steps_are_those_of_torch_bit_for_bit(who: str, kind: str, weight_decay: float) -> None:
    torch.manual_seed(0)
    own = parameters(KINDS[kind])
    theirs = copy.deepcopy(own)
    before = copy.deepcopy(own)
    mine, reference = Adam(own, RATE, weight_decay), torchs(theirs, weight_decay)
    for step in range(9):
        give_gradients(step, own, theirs, absent=ABSENT[who])
        mine.learning_rate = reference.param_groups[0]["lr"] = RATE / (1 + step)  # as a schedule would have it
        mine.step()
        reference.step()
        assert all(torch.equal(a, b) for a, b in zip(own, theirs, strict=True)), f"step {step}"
    moved = [not torch.equal(a, b) for a, b in zip(own, before, strict=True)]
    assert moved == [who != "one never moves" or index != 1 for index in range(len(SHAPES))]


@pytest.mark.parametrize("who", ABSENT)
def test_another_goes_on_from_a_state_as_if_it_had_made_the_steps(who: str) -> None:
    torch.manual_seed(1)
    own = parameters((torch.float32,))
    first = Adam(own, RATE)
    for step in range(5):
        give_gradients(step, own, absent=ABSENT[who])
        first.step()
    others = copy.deepcopy(own)
    second = Adam(others, RATE)
    second.load_state({name: value.clone() for name, value in first.state().items()})
    for step in range(5, 9):
        give_gradients(step, own, others, absent=ABSENT[who])
        first.step()
        second.step()
    assert all(torch.equal(a, b) for a, b in zip(own, others, strict=True))
    assert {f"{index}.{name}" for index in range(5) for name in ("exp_avg", "exp_avg_sq", "step")} == set(first.state())


def test_forgotten_gradients_move_nothing() -> None:
    own = parameters((torch.float32,))
    before = copy.deepcopy(own)
    optimizer = Adam(own, RATE)
    give_gradients(0, own, absent=lambda step, index: False)
    optimizer.zero_grad()
    optimizer.step()
    assert all(parameter.grad is None for parameter in own)
    assert all(torch.equal(a, b) for a, b in zip(own, before, strict=True))


def test_sparse_gradients_and_complex_parameters_are_refused() -> None:
    embedding = nn.Embedding(4, 2, sparse=True)
    embedding(torch.tensor([1])).sum().backward()
    number = nn.Parameter(torch.zeros(2, dtype=torch.complex64))
    number.grad = torch.ones_like(number)
    for owners in (list(embedding.parameters()), [number]):
        with refused("Adam", "dense", "real", "sparse=False", error=TypeError):
            Adam(owners, RATE).step()
