"""Likelihoods: mass one, sampled as scored, and three ways of scoring that agree."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.laws import assert_close, assert_mean, every_vector, lattice, refused
from tests.support.narrowing import present
from vae_tutorial.likelihoods import (
    Bernoulli,
    Binomial,
    Gaussian,
    HeteroscedasticGaussian,
    matched_log_prob,
    pairwise_log_prob,
)

pytestmark = pytest.mark.usefixtures("double_precision")


def net(out_features: int) -> nn.Module:
    return nn.Linear(2, out_features)


def counts_per_pixel(z: Tensor) -> td.Distribution:
    return td.Independent(td.Binomial(torch.tensor([3.0, 1.0]), logits=z), 1)


# Each takes z [M, 2] and gives p(x|z) over two pixels; those of the first list take the values 0 … values − 1.
COUNTED: dict[str, tuple[Callable[[], Callable[[Tensor], td.Distribution]], int]] = {
    "Bernoulli": (lambda: Bernoulli(net(2)), 2),
    "Binomial": (lambda: Binomial(net(2), total_count=4), 5),
    "Binomial of one": (lambda: Binomial(net(2), total_count=1), 2),
    "Binomial, a count per pixel": (lambda: counts_per_pixel, 4),
}
MEASURED: dict[str, Callable[[], Callable[[Tensor], td.Distribution]]] = {
    "Gaussian": lambda: Gaussian(net(2), scale=0.7),
    "Gaussian, learned scale": lambda: Gaussian(net(2), scale=1.3, learn_scale=True),
    "Gaussian, scale per pixel": lambda: HeteroscedasticGaussian(net(4)),
    "a user's Laplace": lambda: lambda z: td.Independent(td.Laplace(z, torch.ones_like(z)), 1),
    "a user's full Gaussian": lambda: lambda z: td.MultivariateNormal(z, torch.tensor([[1.0, 0.6], [0.6, 0.9]])),
}
FAMILIES = {name: build for name, (build, _) in COUNTED.items()} | MEASURED


@pytest.mark.parametrize("name", COUNTED)
def test_mass_sums_to_one(name: str) -> None:
    build, values = COUNTED[name]
    distribution, x = build()(torch.randn(3, 2)), every_vector(values, 2)
    x = x[present(distribution.support).check(x[:, None]).all(-1)]
    assert_close(pairwise_log_prob(distribution, x).exp().sum(0), 1.0, name)
    assert_close(distribution.log_prob(x[:, None]).exp().sum(0), 1.0, name)


@pytest.mark.parametrize("name", MEASURED)
def test_density_integrates_to_one(name: str) -> None:
    distribution = MEASURED[name]()(torch.randn(3, 2))
    x, cell = lattice(12.0, 401, 2)
    tolerance = 1e-3 if "Laplace" in name else 1e-7  # its kink slows the trapezoid rule down
    assert_close(pairwise_log_prob(distribution, x).exp().sum(0) * cell, 1.0, name, tolerance)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_sampled_is_what_is_scored(name: str) -> None:
    distribution = FAMILIES[name]()(torch.randn(3, 2))
    x = distribution.sample((20_000,))
    if name in COUNTED:
        every = every_vector(COUNTED[name][1], 2)
        every = every[present(distribution.support).check(every[:, None]).all(-1)]
        probabilities, weight = distribution.log_prob(every[:, None]).exp(), 1.0
    else:
        every, weight = lattice(14.0, 401, 2)
        probabilities = distribution.log_prob(every[:, None]).exp()
    for power in (1, 2):
        moment = torch.einsum("sg,sd->gd", probabilities, every**power) * weight
        assert_mean(x**power, moment, f"{name}: moment {power}", errors=5)
    mixed = torch.einsum("sg,s->g", probabilities, every.prod(-1)) * weight
    assert_mean(x.prod(-1), mixed, f"{name}: mixed moment", errors=5)


@pytest.mark.parametrize("name", COUNTED)
def test_each_value_comes_as_often_as_it_is_probable(name: str) -> None:
    build, values = COUNTED[name]
    distribution = build()(torch.randn(1, 2))
    x, every = distribution.sample((20_000,))[:, 0], every_vector(values, 2)
    every = every[present(distribution.support).check(every[:, None]).all(-1)]
    hits = (x[:, None] == every).all(-1).double()
    assert_mean(hits, distribution.log_prob(every).exp(), name, errors=5)


@pytest.mark.parametrize("name", FAMILIES)
def test_pairs_and_matches_equal_broadcasting(name: str) -> None:
    family = FAMILIES[name]()
    x = family(torch.randn(5, 2)).sample()
    distribution = family(torch.randn(7, 2))
    assert_close(pairwise_log_prob(distribution, x), distribution.log_prob(x[:, None]), f"{name}: pairs")
    z = torch.randn(3, 5, 2)
    distribution = family(z.flatten(0, 1))
    rows = [[family(z[k, n][None]).log_prob(x[n]) for n in range(5)] for k in range(3)]
    expected = torch.stack([torch.cat(row) for row in rows])
    assert_close(matched_log_prob(distribution, x), expected, f"{name}: matches")


def test_counts_that_differ_within_the_batch_are_scored_right() -> None:
    totals = torch.tensor([[2.0, 3.0], [4.0, 5.0]])
    distribution = td.Independent(td.Binomial(totals, logits=torch.randn(2, 2)), 1)
    x = torch.tensor([[1.0, 2.0], [2.0, 3.0], [0.0, 1.0]])
    assert_close(pairwise_log_prob(distribution, x), distribution.log_prob(x[:, None]), "pairs")
    assert_close(matched_log_prob(distribution, x[:1]), distribution.log_prob(x[:1])[:, None], "matches")


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_of_pairs_and_matches_are_those_of_broadcasting(name: str) -> None:
    family, z = FAMILIES[name](), torch.randn(4, 2, requires_grad=True)
    x = family(torch.randn(4, 2)).sample()
    expected = torch.autograd.grad(family(z).log_prob(x[:, None]).sum(), z)[0]
    assert_close(torch.autograd.grad(pairwise_log_prob(family(z), x).sum(), z)[0], expected, f"{name}: pairs")
    expected = torch.autograd.grad(family(z).log_prob(x).sum(), z)[0]
    assert_close(torch.autograd.grad(matched_log_prob(family(z), x).sum(), z)[0], expected, f"{name}: matches")


@pytest.mark.parametrize("counts", [1, 16])
def test_gradients_are_right_at_logits_of_zero(counts: int) -> None:
    logits, x = torch.zeros(2, 3, requires_grad=True), torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    for score in (pairwise_log_prob, matched_log_prob):
        (gradient,) = torch.autograd.grad(score(Binomial(nn.Identity(), counts)(logits), x).sum(), logits)
        every = x.sum(0).expand(2, 3) - 2 * counts / 2  # both examples under each of the two
        expected = every if score is pairwise_log_prob else x - counts / 2
        assert_close(gradient, expected, f"{score.__name__}: x − n/2")


def test_extreme_logits_stay_exact() -> None:
    logits, x = torch.tensor([[-800.0, 800.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    for distribution in (Bernoulli(nn.Identity())(logits), Binomial(nn.Identity(), total_count=1)(logits)):
        assert_close(pairwise_log_prob(distribution, x)[:, 0], torch.tensor([0.0, -1600.0]), distribution)


@pytest.mark.parametrize("family", [Bernoulli, Binomial, Gaussian])
def test_an_image_of_outputs_is_flattened(family: type[nn.Module]) -> None:
    images = family(nn.Unflatten(1, (1, 2, 3)))(torch.randn(4, 6))
    assert (images.batch_shape, images.event_shape) == ((4,), (6,))


def test_parameters_are_read_as_documented() -> None:
    output = torch.tensor([[0.3, -1.0, 0.5, -0.7]])
    logits = torch.tensor([0.3, -1.0, 0.5, -0.7])
    assert_close(Bernoulli(nn.Identity())(output).mean[0], 1 / (1 + (-logits).exp()), "λ = sigmoid(net(z))")
    assert_close(Binomial(nn.Identity(), 16)(output).mean[0], 16 / (1 + (-logits).exp()), "n λ")
    assert_close(Gaussian(nn.Identity(), scale=0.4)(output).mean, output, "μ")
    assert_close(Gaussian(nn.Identity(), scale=0.4)(output).stddev, 0.4, "σ")
    both = HeteroscedasticGaussian(nn.Identity())(output)
    assert_close(both.mean[0], logits[:2], "first the means")
    assert_close(both.stddev[0], logits[2:].exp(), "then log σ, not log σ²")


def test_only_a_learned_scale_is_a_parameter_and_both_are_saved() -> None:
    fixed, learned = Gaussian(net(2), scale=0.5), Gaussian(net(2), scale=0.5, learn_scale=True)
    assert {name for name, _ in learned.named_parameters()} - {name for name, _ in fixed.named_parameters()} == {
        "log_scale"
    }
    for gaussian in (fixed, learned):
        assert gaussian.state_dict()["log_scale"].item() == pytest.approx(math.log(0.5))


def test_the_cross_entropy_of_grey_values_is_a_binomial_without_its_constant() -> None:
    logits, counts = torch.randn(1, 6), torch.randint(0, 17, (5, 6)).double()
    binomial = pairwise_log_prob(Binomial(nn.Identity(), 16)(logits), counts)[:, 0]
    cross_entropy = nn.functional.binary_cross_entropy_with_logits(
        logits.expand(5, 6), counts / 16, reduction="none"
    ).sum(1)
    log_choose = torch.tensor([[math.log(math.comb(16, int(count))) for count in row] for row in counts]).sum(1)
    assert_close(-binomial + log_choose, 16 * cross_entropy, "16·BCE = Binomial NLL + Σ log C(16, x)")
    with refused("binarise"):
        pairwise_log_prob(Bernoulli(nn.Identity())(logits), counts / 16)


class Recorded(td.Normal):
    """Remember the largest array that it was asked to score."""

    largest = 0

    def log_prob(self, value: Tensor) -> Tensor:
        result = super().log_prob(value)
        Recorded.largest = max(Recorded.largest, result.numel())
        return result


def test_broadcasting_works_in_pieces_of_bounded_size() -> None:
    loc, x = torch.randn(3000, 8), torch.randn(400, 8)
    pairs = pairwise_log_prob(td.Independent(Recorded(loc, torch.ones_like(loc)), 1), x)
    assert_close(pairs[:, :9], td.Independent(td.Normal(loc[:9], 1.0), 1).log_prob(x[:, None]), "pieces")
    assert Recorded.largest <= 2**22, f"{Recorded.largest} numbers at once for [400, 3000] pairs"
