"""The mixture of Gaussians: its sums against torch's own mixture, and an ELBO that is log p(x)."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.laws import assert_close, assert_mean, lattice, refused
from tests.support.narrowing import present
from vae_tutorial.models import GaussianMixture
from vae_tutorial.objectives import elbo_terms, iwae_bound, log_importance_weights

pytestmark = pytest.mark.usefixtures("double_precision")


def pieces(num_components: int = 3, d: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    factor = 0.7 * torch.randn(num_components, d, d)
    covariance = factor @ factor.mT + 0.3 * torch.eye(d)
    return torch.rand(num_components).add(0.2).softmax(0), 2 * torch.randn(num_components, d), covariance


def torchs_own(weights: Tensor, loc: Tensor, covariance: Tensor) -> td.MixtureSameFamily:
    return td.MixtureSameFamily(td.Categorical(weights), td.MultivariateNormal(loc, covariance))


def pieces_of(model: GaussianMixture) -> tuple[Tensor, Tensor]:
    return model.loc, model.scale_tril @ model.scale_tril.mT


SIZES = [(1, 1), (1, 3), (2, 1), (3, 2), (5, 3)]


@pytest.mark.parametrize(("num_components", "d"), SIZES)
def test_log_prob_is_that_of_torchs_mixture(num_components: int, d: int) -> None:
    parts = pieces(num_components, d)
    model, x = GaussianMixture(*parts), 3 * torch.randn(20, d)
    assert_close(model.log_prob(x), torchs_own(*parts).log_prob(x), "log p(x)")
    assert_close(model.weights, parts[0], "π")
    assert_close(model.scale_tril @ model.scale_tril.mT, parts[2], "Σ")
    assert_close(model.prior().probs, parts[0], "p(z)")


def test_the_density_integrates_to_one() -> None:
    x, cell = lattice(14.0, 281, 2)
    assert_close(GaussianMixture(*pieces()).log_prob(x).exp().sum() * cell, 1.0, "mass", 1e-8)


@torch.no_grad()
def test_after_any_step_of_training_the_weights_are_still_a_distribution() -> None:
    model, x = GaussianMixture(*pieces()), torch.randn(20, 2)
    before = model.log_prob(x)
    model.logits.add_(1.7)  # a shift of all logits names the same weights
    assert_close(model.log_prob(x), before, "log p(x)")
    assert_close(
        model.posterior(x).probs, GaussianMixture(model.weights, *pieces_of(model)).posterior(x).probs, "p(z|x)"
    )


@pytest.mark.parametrize(("num_components", "d"), SIZES)
def test_the_posterior_obeys_bayes_rule_for_every_component(num_components: int, d: int) -> None:
    parts = pieces(num_components, d)
    model, x = GaussianMixture(*parts), 3 * torch.randn(20, d)
    one_hot = torch.eye(num_components)
    joint = parts[0].log() + td.MultivariateNormal(parts[1], parts[2]).log_prob(x[:, None])
    assert_close(model.posterior(x).probs, joint.softmax(1), "responsibilities")
    assert_close(model.likelihood(one_hot).log_prob(x[:, None]) + parts[0].log(), joint, "p(x|z) p(z)")
    posterior = model.posterior(x).log_prob(one_hot[:, None]).T
    assert_close(joint - posterior, model.log_prob(x)[:, None].expand(-1, num_components), "p(x, z) / p(z|x)")


@torch.no_grad()
@pytest.mark.parametrize(("num_components", "d"), SIZES)
def test_with_the_true_posterior_every_weight_is_the_evidence(num_components: int, d: int) -> None:
    model = GaussianMixture(*pieces(num_components, d))
    x = 3 * torch.randn(10, d)
    expected = model.log_prob(x)
    assert_close(log_importance_weights(model, x, 4), expected.expand(4, -1), "log w", 1e-8)
    assert_close(elbo_terms(model, x, 3, kl="sampled").elbo, expected, "ELBO", 1e-8)
    assert_close(iwae_bound(model, x, 3), expected, "bound", 1e-8)


def test_what_the_model_draws_is_what_it_scores() -> None:
    parts = pieces()
    model, mixture = GaussianMixture(*parts), torchs_own(*parts)
    with torch.no_grad():
        z = model.prior().sample((20_000,))
        x = model.likelihood(z).sample()
        assert_mean(z, parts[0], "share of each component")
        assert_mean(x, mixture.mean, "mean")
        assert_mean((x - mixture.mean) ** 2, mixture.variance, "variance")
        reference = mixture.sample((20_000,))
        assert_mean(model.log_prob(x) - mixture.log_prob(reference), 0.0, "E[log p(x)]: the negative entropy")
        own = z @ parts[1]
        assert_mean((x - own)[z[:, 0] == 1], 0.0, "component 0 around its own mean")


def test_the_gradient_reaches_every_parameter_and_moves_it_up() -> None:
    model, x = GaussianMixture(*pieces()), torch.randn(50, 2)
    before = model.log_prob(x).mean()
    before.backward()
    names = {"logits", "loc", "off_diagonal", "log_diagonal"}
    assert {name for name, parameter in model.named_parameters() if present(parameter.grad).abs().sum() > 0} == names
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1e-3 * present(parameter.grad))
    assert model.log_prob(x).mean() > before
    assert_close(present(model.off_diagonal.grad).triu(), 0.0, "the upper triangle is not used")


def test_a_mixture_owns_its_numbers_and_stays_positive_definite() -> None:
    parts = pieces()
    model = GaussianMixture(*parts)
    expected = model.loc.clone()
    parts[1].zero_()
    assert torch.equal(model.loc, expected)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))
    assert_close(model.weights.sum(), 1.0, "π")
    assert (torch.linalg.eigvalsh(model.scale_tril @ model.scale_tril.mT) > 0).all()


@pytest.mark.parametrize("d", [1, 3])
def test_it_starts_from_different_examples_and_the_covariance_of_all(d: int) -> None:
    x = torch.randn(12, d) * torch.arange(1.0, d + 1)
    model = GaussianMixture.start_from(x, 5)
    rows = (model.loc[:, None] == x).all(-1).nonzero()[:, 1]
    assert len(set(rows.tolist())) == 5, "five different examples"
    centred = x - x.mean(0)
    expected = (centred.T @ centred / 12).expand(5, d, d)
    assert_close((model.scale_tril @ model.scale_tril.mT).detach(), expected, "Σ of all, divided by N")
    assert_close(model.weights.detach(), 0.2, "equal weights")
    assert not torch.equal(GaussianMixture.start_from(x, 5).loc, model.loc), "drawn at random"
    assert len(GaussianMixture.start_from(x, 12).loc) == 12
    with refused("num_components", "at most", "12", "13"):
        GaussianMixture.start_from(x, 13)
    with refused("num_components", "at least 1"):
        GaussianMixture.start_from(x, 0)
    with refused("x", r"\[N, D\]"):
        GaussianMixture.start_from(x[:, 0], 2)


def test_float32_stays_float32() -> None:
    model = GaussianMixture(*(part.float() for part in pieces()))
    x = torch.randn(4, 2, dtype=torch.float32)
    assert model.log_prob(x).dtype == model.posterior(x).probs.dtype == torch.float32
    assert model.likelihood(torch.eye(3, dtype=torch.float32)).sample().dtype == torch.float32


BAD_PIECES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a weight too many": (lambda w, m, c: (torch.ones(4) / 4, m, c), (r"\[4\]", r"\[K\], \[K, D\] and \[K, D, D\]")),
    "a covariance of another size": (lambda w, m, c: (w, m, c[:, :1, :1]), (r"\[3, 1, 1\]", r"\[K, D, D\]")),
    "weights that sum to two": (lambda w, m, c: (2 * w, m, c), ("weights", "sum to one")),
    "a weight of zero": (lambda w, m, c: (torch.tensor([0.0, 0.5, 0.5]), m, c), ("weights", "positive")),
    "a weight below zero": (lambda w, m, c: (torch.tensor([-0.5, 1.0, 0.5]), m, c), ("weights", "positive")),
    "a covariance that is none": (
        lambda w, m, c: (w, m, c * torch.tensor([1, -1, 1])[:, None, None]),
        ("component 1",),
    ),
    "means that are not finite": (lambda w, m, c: (w, m * torch.nan, c), ("loc", "nan")),
    "means without axes": (lambda w, m, c: (w, m[0], c), ("loc", r"\[2\]")),
}


@pytest.mark.parametrize("kind", BAD_PIECES)
def test_pieces_that_make_no_mixture_are_refused(kind: str) -> None:
    change, fragments = BAD_PIECES[kind]
    with refused(*fragments):
        GaussianMixture(*change(*pieces()))


@pytest.mark.parametrize("method", ["log_prob", "posterior"])
def test_bad_examples_are_refused(method: str) -> None:
    function = getattr(GaussianMixture(*pieces()), method)
    good = torch.zeros(4, 2)
    bad = {r"\[N, D\]": good[0], "no example": good[:0], "nan": good * torch.nan, "inf": good + torch.inf}
    bad |= {"float32": good.float(), "int64": good.long(), r"\[4, 1\]": good[:, :1], r"\[4, 3\]": torch.zeros(4, 3)}
    for rule, x in bad.items():
        with refused("x", rule):
            function(x)


def test_it_is_a_module_that_saves_and_loads() -> None:
    model, other = GaussianMixture(*pieces()), GaussianMixture(*pieces())
    assert isinstance(model, nn.Module)
    other.load_state_dict(model.state_dict())
    x = torch.randn(5, 2)
    assert torch.equal(model.log_prob(x), other.log_prob(x))
