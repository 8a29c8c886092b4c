"""Scores are right in float32 too: white paper, counts near n, logits to ±100, 3072 pixels, and under autocast."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.laws import refused
from vae_tutorial import evidence, inference
from vae_tutorial.likelihoods import Bernoulli, Binomial, matched_log_prob, pairwise_log_prob
from vae_tutorial.models import VAE
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import DiagonalGaussian

IMAGES: dict[str, Callable[[int, int], Tensor]] = {
    "white": lambda n, d: torch.full((1, d), float(n)),
    "black": lambda n, d: torch.zeros(1, d),
    "near n": lambda n, d: (n - (torch.arange(d) % 7 == 0).double())[None],
    "noise": lambda n, d: torch.randint(0, n + 1, (1, d)).double(),
}
LOGITS = (0.0, 6.0, -6.0, 30.0, 100.0, -100.0)


def family(counts: int, logits: Tensor) -> td.Distribution:
    base = td.Bernoulli(logits=logits) if counts == 1 else td.Binomial(counts, logits=logits)
    return td.Independent(base, 1)


def slowly_choose(counts: int, x: Tensor) -> float:
    """Return the sum of log C(n, x)."""
    return math.fsum(math.log(math.comb(counts, int(value))) for value in x.tolist())


def slowly(counts: int, logits: Tensor, x: Tensor) -> float:
    """Return log p(x) of one image, pixel by pixel in Python's floats, nothing cancelling."""
    total = []
    for value, logit in zip(x.tolist(), logits.tolist(), strict=True):
        on, off = (min(0.0, side) - math.log1p(math.exp(-abs(side))) for side in (logit, -logit))
        total.append(value * on + (counts - value) * off)
    return math.fsum(total) + slowly_choose(counts, x)


@pytest.mark.parametrize("num_pixels", [784, 3072])
@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("counts", [1, 16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_score_is_right_to_its_own_size(dtype: torch.dtype, counts: int, image: str, num_pixels: int) -> None:
    x = IMAGES[image](counts, num_pixels).to(dtype)
    logits = torch.tensor(LOGITS, dtype=dtype)[:, None].expand(-1, num_pixels)
    truth = torch.tensor([slowly(counts, row, x[0]) for row in logits], dtype=torch.float64)
    rounded = torch.finfo(dtype).eps * (1 + math.sqrt(num_pixels)) * (truth.abs() + slowly_choose(counts, x[0]))
    cancelled = torch.finfo(torch.float64).eps * counts * num_pixels * (1 + logits[:, 0].double().abs())
    bound = rounded + num_pixels * cancelled  # a sum of D terms errs by D · eps · Σ |terms| at most
    distribution = family(counts, logits)
    for score in (pairwise_log_prob(distribution, x)[0], matched_log_prob(distribution, x)[:, 0]):
        assert score.dtype == dtype
        assert ((score.double() - truth).abs() <= bound).all(), (score, truth)


@pytest.mark.parametrize("score", [pairwise_log_prob, matched_log_prob])
@pytest.mark.parametrize("counts", [1, 16])
def test_autocast_and_fast_products_change_no_score(score: Any, counts: int) -> None:
    torch.manual_seed(0)
    logits, x = 20 * torch.randn(3, 784), torch.randint(0, counts + 1, (1, 784)).float()
    expected = score(family(counts, logits), x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(score(family(counts, logits), x), expected, rtol=0, atol=0)
    precision = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        torch.testing.assert_close(score(family(counts, logits), x), expected, rtol=2e-6, atol=0)
    finally:
        torch.set_float32_matmul_precision(precision)


@pytest.mark.parametrize("score", [pairwise_log_prob, matched_log_prob])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_logits_of_half_precision_are_scored_in_float32(score: Any, dtype: torch.dtype) -> None:
    logits = torch.full((1, 784), 6.0, dtype=dtype)
    value = score(family(1, logits), torch.ones(1, 784, dtype=dtype))
    assert value.dtype == torch.float32
    assert abs(float(value) + 784 * math.log1p(math.exp(-6))) < 1e-5


def white_paper() -> tuple[VAE, Tensor, float]:
    """Return 784 pixels that are on with probability sigmoid(6), whatever z is; the truth is −784 log(1 + e⁻⁶)."""
    decoder = nn.Linear(2, 784)
    nn.init.zeros_(decoder.weight)
    nn.init.constant_(decoder.bias, 6.0)
    model = VAE(encoder=DiagonalGaussian(MLP(784, 4, (8,))), decoder=Bernoulli(decoder))
    return model, torch.ones(1, 784), -784 * math.log1p(math.exp(-6))


def test_white_paper_is_scored_to_the_reported_error() -> None:
    model, x, truth = white_paper()
    estimate = evidence.quadrature(model, x)
    assert estimate.numerical_error is not None
    assert abs(float(estimate.log_prob) - truth) <= float(estimate.numerical_error) < 2e-5


@pytest.mark.parametrize(
    "measure",
    [
        evidence.quadrature,
        lambda model, x: evidence.prior_monte_carlo(model, x, 4),
        lambda model, x: evidence.importance_sampling(model, x, 4),
        lambda model, x: evidence.annealed_importance_sampling(model, x, 2, 3),
        lambda model, x: inference.grid_posterior(model, x, 10),
        lambda model, x: inference.kl_to_posterior(model, x, num_points=10, order=3),
        lambda model, x: inference.fit_posterior(model, x, num_steps=2),
    ],
)
def test_nothing_is_measured_under_autocast_or_below_float32(measure: Any) -> None:
    model, x, _ = white_paper()
    with (
        refused("autocast", "enabled=False", error=(TypeError, ValueError, RuntimeError)),
        torch.autocast("cpu", dtype=torch.bfloat16),
    ):
        measure(model, x)
    with refused("bfloat16", "float32"):
        measure(model.bfloat16(), x.bfloat16())


def test_a_binomial_of_one_trial_is_a_bernoulli() -> None:
    logits, x = torch.randn(5, 9), torch.randint(0, 2, (5, 9)).float()
    one, many = family(1, logits), td.Independent(td.Binomial(1, logits=logits), 1)
    torch.testing.assert_close(pairwise_log_prob(one, x), pairwise_log_prob(many, x))
    torch.testing.assert_close(matched_log_prob(one, x), matched_log_prob(many, x))
    assert Binomial(nn.Linear(2, 9), 1)(torch.zeros(1, 2)).log_prob(x[:1]).shape == (1,)
