"""The error that is reported covers that of the arithmetic: likelihoods, dtypes, colours and sizes, against float64."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.errors import UNREACHED
from tests.support.narrowing import as_a, linear_layers, present
from vae_tutorial.evidence import enumeration, quadrature
from vae_tutorial.evidence.rounding import precision, rounding_error
from vae_tutorial.likelihoods import (
    Bernoulli,
    Binomial,
    Gaussian,
    HeteroscedasticGaussian,
    matched_log_prob,
    pairwise_log_prob,
    scoring,
)
from vae_tutorial.models import VAE, StandardNormal, UniformCategorical
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import Categorical, DiagonalGaussian

LIKELIHOODS: dict[str, tuple[Callable[[nn.Module], nn.Module], int]] = {
    "Bernoulli": (Bernoulli, 1),
    "Binomial": (lambda net: Binomial(net, 16), 16),
    "Gaussian": (lambda net: Gaussian(net, scale=0.3), 1),
    "Gaussian, learned scale": (lambda net: Gaussian(net, scale=0.07, learn_scale=True), 1),
    "Gaussian, scale per pixel": (HeteroscedasticGaussian, 1),
}
IMAGES: dict[str, Callable[[int, int], Tensor]] = {
    "white": lambda n, d: torch.full((1, d), float(n)),
    "black": lambda n, d: torch.zeros(1, d),
    "near n": lambda n, d: (n - (torch.arange(d) % 7 == 0).double())[None],
    "noise": lambda n, d: torch.randint(0, n + 1, (1, d)).double(),
}
LEVELS = (0.0, 6.0, -6.0, 100.0, -100.0)  # of the logits


def model_of(name: str, num_pixels: int, level: float, slope: float) -> VAE:
    """Return a VAE with one latent number whose logits, or means, are the level plus a slope times a net of z."""
    build, _ = LIKELIHOODS[name]
    gaussian = "Gaussian" in name
    net = MLP(1, num_pixels * (2 if "per pixel" in name else 1), (32,))
    with torch.no_grad():
        linear_layers(net)[-1].weight.mul_(slope)
        linear_layers(net)[-1].bias[:num_pixels] = level / 50 if gaussian else level
    return VAE(DiagonalGaussian(nn.Linear(num_pixels, 2)), build(net), prior=StandardNormal(1))


def exactly(model: VAE, x: Tensor) -> Tensor:
    """Return log p(x) [N] of the same weights in float64, from its definition: the trapezoid rule."""
    z = torch.linspace(-9, 9, 91, dtype=torch.float64)[:, None]
    model, x = copy.deepcopy(model).double(), x[:, None]
    with torch.no_grad():
        base = as_a(td.Independent, model.likelihood(z))
        if isinstance(base.base_dist, td.Bernoulli | td.Binomial):
            logits, n = base.base_dist.logits, getattr(base.base_dist, "total_count", torch.ones(()))
            terms = x * torch.nn.functional.logsigmoid(logits) + (n - x) * torch.nn.functional.logsigmoid(-logits)
            score = (terms + torch.lgamma(n + 1.0) - torch.lgamma(x + 1) - torch.lgamma(n - x + 1)).sum(-1)
        else:
            score = base.log_prob(x)
        return (score + model.prior().log_prob(z)).logsumexp(1) + math.log(18 / 90)


@pytest.mark.filterwarnings(UNREACHED)
@pytest.mark.parametrize("num_pixels", [784, 3072])
@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_reported_error_covers_the_arithmetic(dtype: torch.dtype, name: str, num_pixels: int) -> None:
    torch.manual_seed(0)
    x = torch.cat([image(LIKELIHOODS[name][1], num_pixels) for image in IMAGES.values()]).double()
    for level in LEVELS:
        for slope in (0.0, 1e-4 if "Gaussian" in name else 2e-3):  # so that even a wrong colour moves z not far out
            model = model_of(name, num_pixels, level, slope).to(dtype)
            estimate = quadrature(model, x.to(dtype))
            truth, reported = exactly(model, x), present(estimate.numerical_error).double()
            error = (estimate.log_prob.double() - truth).abs()
            # float64's own truth is a sum of D terms too
            unsure = 1e-13 * (1 + truth.abs()) if dtype == torch.float64 else torch.zeros(())
            said = f"level {level}, slope {slope}, {list(IMAGES)}: off by {error.tolist()}, says {reported.tolist()}"
            assert (error <= reported + unsure).all(), said
            assert (reported <= 2e-5 * (1 + truth.abs()) + 0.02).all(), said


def test_white_paper_in_every_dtype() -> None:
    truth = -784 * math.log1p(math.exp(-6))
    for dtype, most in ((torch.float32, 2e-5), (torch.float64, 1e-8)):
        model = model_of("Bernoulli", 784, 6.0, 0.0).to(dtype)
        estimate = quadrature(model, torch.ones(1, 784, dtype=dtype))
        assert abs(float(estimate.log_prob) - truth) <= float(present(estimate.numerical_error)) <= most


@pytest.mark.parametrize("hidden", [(8,), (512,), (512, 512)])
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_rounding_of_a_steep_network_is_covered(name: str, hidden: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    build, _ = LIKELIHOODS[name]
    net = MLP(2, 64 * (2 if "per pixel" in name else 1), hidden)
    with torch.no_grad():
        linear_layers(net)[0].weight.mul_(3)
        linear_layers(net)[-1].weight[:64].mul_(40)
    decoder = build(net)
    model = VAE(DiagonalGaussian(nn.Linear(64, 4)), decoder, prior=StandardNormal(2))
    z = torch.randn(500, 2)
    with torch.no_grad():
        x = decoder(z).sample()
        z = z + 0.01 * torch.randn_like(z)
        truth = matched_log_prob(copy.deepcopy(decoder).double()(z.double()), x.double())[0]
        error = (matched_log_prob(decoder(z), x)[0].double() - truth).abs()
    reported = rounding_error(model, x, z).double() + torch.finfo(torch.float32).eps * (1 + truth.abs())
    assert (error <= reported).all(), f"off by up to {(error / reported).max():.2g} times what is said"
    assert error.square().mean().sqrt() > reported.median() / 200, "a bound so wide would tell nothing"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sum_over_z_reports_its_rounding(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    decoder = Gaussian(nn.Linear(3, 784), scale=0.02)
    model = VAE(Categorical(nn.Linear(784, 3)), decoder, prior=UniformCategorical(3)).to(dtype)
    x = decoder(torch.eye(3, dtype=dtype)[[0, 1, 2, 0, 1]]).sample()
    x[:, ::7] += 0.3
    estimate, truth = enumeration(model, x), enumeration(copy.deepcopy(model).double(), x.double())
    error = (estimate.log_prob.double() - truth.log_prob).abs()
    assert estimate.numerical_error is not None
    assert (error <= estimate.numerical_error.double()).all()
    assert (estimate.numerical_error <= 1e4 * torch.finfo(dtype).eps * truth.log_prob.abs()).all()
    if dtype == torch.float32:
        own_size = torch.finfo(dtype).eps * (1 + truth.log_prob.abs())
        assert (error > own_size).any(), "an error of the number's own size would do, and this test show nothing"


def test_products_that_torch_makes_fast_and_rough_are_reckoned_with() -> None:
    model = model_of("Bernoulli", 9, 1.0, 1.0)
    before = torch.get_float32_matmul_precision()
    cpu = torch.device("cpu")
    try:
        found = []
        for setting in ("highest", "high", "medium"):
            torch.set_float32_matmul_precision(setting)
            found.append(precision(model, torch.float32, cpu))
            assert precision(model, torch.float64, cpu) == torch.finfo(torch.float64).eps
    finally:
        torch.set_float32_matmul_precision(before)
    assert found == [torch.finfo(torch.float32).eps, 2.0**-11, 2.0**-8]


@pytest.mark.parametrize("counts", [1, 16])
def test_a_device_without_float64_cancels_nothing_either(counts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    logits, x = 20 * torch.randn(4, 784), torch.randint(0, counts + 1, (3, 784)).float()
    logits[0], x[0] = 6.0, counts
    base = td.Bernoulli(logits=logits) if counts == 1 else td.Binomial(counts, logits=logits)
    distribution = td.Independent(base, 1)
    expected = pairwise_log_prob(distribution, x)
    monkeypatch.setattr(scoring, "widest", lambda device: torch.float32)
    found = pairwise_log_prob(distribution, x)
    size = expected.abs() + (0 if counts == 1 else 784 * 20)  # log C(n, x) is as large as the rest
    assert ((found - expected).abs() <= 2e-6 * size).all()
    assert abs(float(found[0, 0]) + counts * 784 * math.log1p(math.exp(-6))) < 1e-4 * counts


class Plain(td.Distribution):
    """x ~ N(z, 1), with a density and nothing else."""

    def __init__(self, z: torch.Tensor) -> None:
        super().__init__(z.shape[:1], z.shape[1:], validate_args=False)
        self.z = z

    def log_prob(self, value: torch.Tensor) -> torch.Tensor:
        return td.Independent(td.Normal(self.z, 1.0), 1).log_prob(value)


class OfPlain:
    """z ~ N(0, 1), x|z by a distribution that names no parameters."""

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(1), torch.ones(1)), 1)

    def likelihood(self, z: torch.Tensor) -> td.Distribution:
        return Plain(z)

    def posterior(self, x: torch.Tensor) -> td.Distribution:
        return td.Independent(td.Normal(x / 2, 0.5**0.5), 1)


@pytest.mark.usefixtures("double_precision")
def test_a_distribution_that_names_no_parameters_is_scored_all_the_same() -> None:
    x = torch.tensor([[0.3], [-2.0]])
    expected = td.Normal(0.0, 2**0.5).log_prob(x[:, 0])
    torch.testing.assert_close(quadrature(OfPlain(), x).log_prob, expected, rtol=0, atol=1e-8)
