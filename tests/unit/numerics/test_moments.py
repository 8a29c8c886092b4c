"""Where a distribution lies and how wide it is: its formulas where they exist, its own draws where they do not."""

from __future__ import annotations

import math

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support.laws import assert_close, random_state_kept, refused
from vae_tutorial.numerics.moments import location_and_spread

pytestmark = pytest.mark.usefixtures("double_precision")
CPU = torch.device("cpu")


def affine(scale: float) -> td.TransformedDistribution:
    base = td.Independent(td.Normal(torch.zeros(2), 1.0), 1)
    return td.TransformedDistribution(base, [td.AffineTransform(torch.tensor([3.0, -1.0]), scale)])


def test_formulas_are_taken_where_they_exist() -> None:
    q = td.Independent(td.Normal(torch.randn(5, 2), torch.rand(5, 2) + 0.1), 1)
    with random_state_kept():
        location, spread = location_and_spread(q, CPU)
    assert_close(location, q.mean, "mean")
    assert_close(spread, q.stddev, "standard deviation")


def test_draws_tell_where_there_is_no_formula_and_the_random_state_is_kept() -> None:
    with random_state_kept():
        location, spread = location_and_spread(affine(0.5), CPU)
    assert_close(location, torch.tensor([3.0, -1.0]), "median", 0.05)
    assert_close(spread, 0.5, "half of the central 68 %", 0.05)


@pytest.mark.parametrize("freedom", [0.5, 1.0, 1.5, 2.0])
def test_infinite_moments_are_replaced_by_quantiles(freedom: float) -> None:
    prior = td.Independent(td.StudentT(freedom, torch.tensor([4.0]), torch.tensor([2.0])), 1)
    location, spread = location_and_spread(prior, CPU)
    assert_close(location, 4.0, freedom, 0.2)
    assert 2.0 < float(spread) < 16.0, f"half-width {spread} of a Student-t of scale 2"


def test_each_member_of_a_batch_is_judged_by_itself() -> None:
    freedom = torch.tensor([[1.0], [30.0]])
    location, spread = location_and_spread(td.Independent(td.StudentT(freedom), 1), CPU)
    assert_close(spread[1], math.sqrt(30 / 28), "the member that has a variance")
    assert spread[0].isfinite().all()
    assert location.isfinite().all()


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_broken_parameters_are_named(broken: float) -> None:
    loc: Tensor = torch.tensor([[0.0, broken]])
    with refused("q\\(z\\|x\\)", "nan|inf", "parameters are broken"):
        location_and_spread(td.Independent(td.Normal(loc, 1.0, validate_args=False), 1), CPU, "q(z|x)")
