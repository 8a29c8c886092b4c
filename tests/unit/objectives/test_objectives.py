"""Objectives: the identity log p = ELBO + KL, bounds that bound, closed-form KLs, and gradients that arrive."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from vae_tutorial import objectives
from vae_tutorial.inference import gauss_hermite, kl_to_posterior
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import StandardNormal, WithPosterior, WithPrior
from vae_tutorial.objectives import (
    beta_elbo,
    elbo,
    elbo_terms,
    elbo_terms_by_quadrature,
    iwae_bound,
    log_importance_weights,
)

pytestmark = pytest.mark.usefixtures("double_precision")
GAUSSIAN_Q = [name for name in zoo.CONTINUOUS if name != "mixture prior"]


def other_qs(model: Any, x: Tensor) -> dict[str, td.Distribution]:
    """Return q's that are not the true posterior, diagonal and full."""
    exact = model.posterior(x)
    tril = 1.3 * exact.scale_tril + 0.2 * torch.ones_like(exact.scale_tril).tril(-1)
    return {
        "diagonal": td.Independent(td.Normal(exact.loc + 0.3, 0.5 * exact.variance.sqrt()), 1),
        "full": td.MultivariateNormal(exact.loc - 0.2, scale_tril=tril),
        "prior": model.prior().expand(x.shape[:1]),
    }


@pytest.mark.parametrize("name", zoo.EXACT)
def test_with_the_true_posterior_every_sample_of_the_weight_is_the_evidence(name: str) -> None:
    model, x = zoo.make(name)
    expected = model.log_prob(x)
    assert_close(log_importance_weights(model, x, 5), expected.expand(5, -1), f"{name}: log w")
    assert_close(iwae_bound(model, x, 5), expected, f"{name}: bound")
    assert_close(elbo_terms(model, x, 5, kl="sampled").elbo, expected, f"{name}: ELBO, both terms from one sample")
    assert_close(elbo_terms_by_quadrature(model, x).elbo, expected, f"{name}: ELBO, closed-form KL")


@pytest.mark.parametrize("kind", ["diagonal", "full", "prior"])
@pytest.mark.parametrize("name", zoo.EXACT)
def test_evidence_is_elbo_plus_kl_in_closed_form(name: str, kind: str) -> None:
    exact, x = zoo.make(name)
    model = WithPosterior(exact, other_qs(exact, x)[kind])
    terms, log_prob = elbo_terms_by_quadrature(model, x), exact.log_prob(x)
    posterior = exact.posterior(x)
    kl = td.kl_divergence(model.posterior(x), td.MultivariateNormal(posterior.loc, posterior.covariance_matrix))
    assert terms.kl_kind == "analytic"
    assert_close(terms.elbo + kl, log_prob, f"{name}, {kind} q: torch's KL", 1e-6)
    assert_close(terms.elbo + kl_to_posterior(model, x), log_prob, f"{name}, {kind} q: KL by the grid", 1e-6)


def gap(model: Any, x: Tensor, log_prob: Tensor) -> Tensor:
    """Return log p(x) − ELBO − KL(q ‖ p(z|x)), the KL normalised on its own grid: zero if all three are right."""
    terms = elbo_terms_by_quadrature(model, x, order=64)
    return log_prob - terms.elbo - kl_to_posterior(model, x, order=64)


@pytest.mark.parametrize("name", zoo.CONTINUOUS)
def test_evidence_is_elbo_plus_kl_and_five_nats_are_noticed(name: str) -> None:
    model, x = zoo.make(name)
    log_prob = zoo.log_prob(model, x)
    assert_close(gap(model, x, log_prob), 0.0, name, 1e-6)
    assert_close(gap(model, x, log_prob + 5), 5.0, f"{name}, planted", 1e-6)


@pytest.mark.parametrize("name", zoo.DISCRETE)
def test_evidence_is_elbo_plus_kl_for_a_discrete_z(name: str) -> None:
    model, x = zoo.make(name)
    q, each = model.posterior(x).probs, model.likelihood(torch.eye(3)).log_prob(x[:, None])
    log_joint = each + model.prior().logits
    true = log_joint.softmax(1)
    bound = (q * (log_joint - q.log())).sum(1)
    assert_close(bound + (q * (q.log() - true.log())).sum(1), zoo.log_prob(model, x), f"{name}: the sum over z")
    with torch.no_grad():
        assert_mean(log_importance_weights(model, x, 20_000), bound, "E[log w]")
        terms = elbo_terms(model, x)
    assert_close(terms.kl, (q * (q.log() - model.prior().logits)).sum(1), "KL to the prior", 1e-6)
    assert terms.kl_kind == "analytic"


@torch.no_grad()
@pytest.mark.parametrize("name", [name for name in zoo.ALL if name != "mixture of Gaussians"])
def test_terms_from_samples_average_to_the_exact_terms(name: str) -> None:
    model, x = zoo.make(name, num_examples=3)
    many = x.repeat(4000, 1)
    terms = elbo_terms(model, many, num_samples=2)
    sampled = elbo_terms(model, many, num_samples=2, kl="sampled")
    expected_kind = "sampled" if name == "mixture prior" else "analytic"
    assert (terms.kl_kind, sampled.kl_kind) == (expected_kind, "sampled")
    assert_close(terms.elbo, terms.reconstruction - terms.kl, f"{name}: ELBO")
    if name in zoo.DISCRETE:
        exact = elbo_terms(model, x, kl="analytic")
        assert_mean(sampled.kl.view(-1, 3), exact.kl, f"{name}: rate")
        return
    exact = elbo_terms_by_quadrature(model, x, order=64)
    assert_mean(terms.reconstruction.view(-1, 3), exact.reconstruction, f"{name}: reconstruction")
    assert_mean(sampled.kl.view(-1, 3), exact.kl, f"{name}: rate")
    assert_mean(beta_elbo(model, many, 2.5).view(-1, 3), exact.reconstruction - 2.5 * exact.kl, f"{name}: β = 2.5")


@torch.no_grad()
@pytest.mark.parametrize("name", zoo.ALL)
def test_one_weight_averages_to_the_elbo_in_the_log_and_to_the_evidence_on_the_linear_scale(name: str) -> None:
    model, x = zoo.make(name, num_examples=4)
    log_weights = log_importance_weights(model, x, 20_000)
    truth = zoo.log_prob(model, x)
    assert log_weights.shape == (20_000, 4)
    assert_mean((log_weights - truth).exp(), 1.0, f"{name}: E[w] / p(x)", errors=5)
    if name in GAUSSIAN_Q:
        assert_mean(log_weights, elbo_terms_by_quadrature(model, x, order=64).elbo, f"{name}: E[log w]")


@torch.no_grad()
@pytest.mark.parametrize("name", zoo.ALL)
def test_the_importance_weighted_bound_rises_with_its_samples_towards_the_evidence(name: str) -> None:
    model, x = zoo.make(name, num_examples=4)
    truth, num_samples = zoo.log_prob(model, x), [1, 2, 8, 64, 1024]
    bounds = [iwae_bound(model, x.repeat(2**13 // k + 30, 1), k).view(-1, 4) for k in num_samples]
    means, errors = [b.mean(0) for b in bounds], [b.std(0) / len(b) ** 0.5 for b in bounds]
    for k, mean, error in zip(num_samples, means, errors, strict=True):
        assert (mean <= truth + 4 * error + 1e-9).all(), f"{name}: K = {k} lies above log p(x): {mean} > {truth}"
    for (a, b), (e, f), k in zip(itertools.pairwise(means), itertools.pairwise(errors), num_samples, strict=False):
        assert (b >= a - 4 * (e**2 + f**2).sqrt() - 1e-9).all(), f"{name}: L falls after K = {k}: {a} > {b}"
    assert_close(means[-1], truth, f"{name}: K = 1024", 0.1)
    if name not in [*zoo.EXACT, "mixture of Gaussians"]:
        assert means[0].mean() < means[2].mean() < truth.mean()


@pytest.mark.parametrize("name", zoo.ALL)
def test_all_objectives_are_averages_of_the_same_weights(name: str) -> None:
    model, x = zoo.make(name)
    with torch.no_grad():
        results = []
        for function in (log_importance_weights, iwae_bound):
            torch.manual_seed(3)
            results.append(function(model, x, 7))
        torch.manual_seed(3)
        terms = elbo_terms(model, x, 7, kl="sampled")
        torch.manual_seed(3)
        assert_close(elbo(model, x, 7), elbo_terms_of(model, x, 7).elbo, f"{name}: ELBO")
    assert_close(results[1], results[0].exp().mean(0).log(), f"{name}: log of the mean", 1e-7)
    assert_close(terms.elbo, results[0].mean(0), f"{name}: mean of the log")


def elbo_terms_of(model: Any, x: Tensor, num_samples: int) -> objectives.ElboTerms:
    torch.manual_seed(3)
    return elbo_terms(model, x, num_samples)


@torch.no_grad()
@pytest.mark.parametrize("name", GAUSSIAN_Q)
def test_beta_weighs_the_rate_alone(name: str) -> None:
    model, x = zoo.make(name)
    values = []
    for beta in (0.0, 1.0, 3.0):
        torch.manual_seed(3)
        values.append(beta_elbo(model, x, beta, num_samples=2))
    terms = elbo_terms_of(model, x, 2)
    assert_close(values[0], terms.reconstruction, f"{name}: β = 0")
    assert_close(values[1], terms.elbo, f"{name}: β = 1")
    assert_close(values[2], terms.reconstruction - 3 * terms.kl, f"{name}: β = 3")


@torch.no_grad()
def test_without_weight_an_infinite_rate_does_not_matter() -> None:
    model, x = zoo.make("plain class")
    far = WithPosterior(model, td.Independent(td.Normal(torch.full((6, 2), 1e200), torch.ones(6, 2)), 1))
    assert elbo_terms(far, x).kl.isinf().all()
    assert not beta_elbo(far, x, 0.0).isnan().any()


CORRELATED = (td.MultivariateNormal, td.LowRankMultivariateNormal)


def full(loc: Tensor, tril: Tensor) -> td.MultivariateNormal:
    return td.MultivariateNormal(loc, scale_tril=tril)


def pairs(d: int) -> dict[str, tuple[td.Distribution, td.Distribution]]:
    """Return every pair of Gaussian families, as (q with batch [3], p with batch [])."""
    loc, scale, tril = torch.randn(d), torch.rand(d) + 0.4, torch.randn(d, d).tril(-1) * 0.4 + torch.eye(d) * 0.8
    factor = torch.randn(d, 1) * 0.5
    families = {
        "diagonal": lambda m: td.Independent(td.Normal(m, scale.expand_as(m)), 1),
        "full": lambda m: full(m, tril),
        "low rank": lambda m: td.LowRankMultivariateNormal(m, factor, scale),
    }
    return {
        f"{q} ‖ {p}": (families[q](torch.randn(3, d)), families[p](loc))
        for q, p in itertools.product(families, repeat=2)
    }


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(
    "pair", [f"{q} ‖ {p}" for q, p in itertools.product(("diagonal", "full", "low rank"), repeat=2)]
)
def test_the_closed_form_kl_of_every_gaussian_pair_is_the_mean_log_ratio(pair: str, d: int) -> None:
    q, p = pairs(d)[pair]
    kl = td.kl_divergence(q, p)
    assert kl.shape == (3,)
    z = q.sample((40_000,))
    assert_mean(q.log_prob(z) - p.log_prob(z), kl, f"KL({pair}), d = {d}")
    diagonal_or_full = td.MultivariateNormal(q.mean, q.covariance_matrix) if isinstance(q, CORRELATED) else q
    nodes, weights = gauss_hermite(diagonal_or_full, 4)  # the log-ratio is a quadratic: four nodes are exact
    assert_close(weights @ (q.log_prob(nodes) - p.log_prob(nodes)), kl, f"KL({pair}), d = {d}", 1e-8)


KNOWN_TO_TORCH: dict[str, Any] = {
    "Gaussian": lambda m, s: td.Independent(td.Normal(m, s), 1),
    "Laplace": lambda m, s: td.Independent(td.Laplace(m, s), 1),
    "Gumbel": lambda m, s: td.Independent(td.Gumbel(m, s), 1),
    "full": lambda m, s: full(m, torch.diag_embed(s)),
    "standard": lambda m, s: StandardNormal(m.shape[-1])().expand(m.shape[:1]),
}


@pytest.mark.parametrize("batch", [(), (3,), (4, 1)])
@pytest.mark.parametrize("family", KNOWN_TO_TORCH)
def test_the_kl_to_the_standard_prior_is_that_to_any_gaussian_of_its_numbers(
    family: str, batch: tuple[int, ...]
) -> None:
    """Bit for bit, gradients too; only the number of operations differs."""
    loc, scale = torch.randn(3, 2, requires_grad=True), (torch.rand(3, 2) + 0.4).requires_grad_()
    q, found = KNOWN_TO_TORCH[family](loc, scale), []
    ordinary = td.Independent(td.Normal(torch.zeros(2), torch.ones(2)), 1)
    for prior in (StandardNormal(2)(), ordinary):
        kl = td.kl_divergence(q, prior.expand(batch))
        slopes = torch.autograd.grad(kl.sum(), (loc, scale)) if kl.requires_grad else ()
        found.append((kl, *slopes))
    assert all(torch.equal(*both) for both in zip(*found, strict=True))
    assert found[0][0].shape == torch.broadcast_shapes((3,), batch)


def test_the_kl_to_a_prior_over_another_space_is_refused_or_unknown() -> None:
    prior = StandardNormal(2)()
    with pytest.raises(RuntimeError, match="size"):
        td.kl_divergence(td.Independent(td.Normal(torch.zeros(4, 3), 1.0), 1), prior)
    for q in (td.Independent(td.Normal(torch.zeros(4, 2), 1.0), 2), td.Independent(td.StudentT(torch.ones(4, 2)), 1)):
        with pytest.raises(NotImplementedError):
            td.kl_divergence(q, prior)


@pytest.mark.parametrize("pair", ["diagonal ‖ diagonal", "diagonal ‖ full", "full ‖ diagonal", "full ‖ full"])
def test_the_closed_form_kl_is_zero_between_equals_and_positive_elsewhere(pair: str) -> None:
    loc, scale = torch.randn(3, 2), torch.rand(3, 2) + 0.5
    same = {"diagonal": td.Independent(td.Normal(loc, scale), 1), "full": full(loc, torch.diag_embed(scale))}
    q, p = (same[name] for name in pair.split(" ‖ "))
    assert_close(td.kl_divergence(q, p), 0.0, pair)
    assert (td.kl_divergence(*pairs(2)[pair]) > 0).all()


@pytest.mark.parametrize(
    "pair", [f"{q} ‖ {p}" for q, p in itertools.product(("diagonal", "full", "low rank"), repeat=2)]
)
def test_auto_never_samples_where_a_closed_form_exists(pair: str) -> None:
    q, p = pairs(2)[pair]
    model = WithPosterior(zoo.vae(2, Bernoulli(zoo.decoder_net(2, 4)), 4), q)
    x = torch.ones(3, 4)
    terms = elbo_terms(WithPrior(model, p), x)
    assert terms.kl_kind == "analytic"
    assert_close(terms.kl, td.kl_divergence(q, p), pair)


def test_without_a_closed_form_auto_samples_and_analytic_is_refused() -> None:
    model, x = zoo.make("mixture prior")
    assert elbo_terms(model, x).kl_kind == "sampled"
    with refused("KL", "MixtureSameFamily", 'kl="sampled"', "register_kl", error=NotImplementedError):
        elbo_terms(model, x, kl="analytic")
    laplace = td.Independent(td.Laplace(torch.zeros(6, 2), torch.ones(6, 2)), 1)
    plain, ones = zoo.make("plain class")
    assert (
        elbo_terms(WithPrior(WithPosterior(plain, laplace), full(torch.zeros(2), torch.eye(2))), ones).kl_kind
        == "sampled"
    )


OBJECTIVES = {
    "elbo": elbo,
    "elbo, sampled KL": lambda model, x: elbo_terms(model, x, kl="sampled").elbo,
    "beta_elbo": lambda model, x: beta_elbo(model, x, beta=0.5, num_samples=2),
    "iwae_bound": lambda model, x: iwae_bound(model, x, 4),
    "elbo by quadrature": lambda model, x: elbo_terms_by_quadrature(model, x, order=4).elbo,
}


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("name", [name for name in zoo.CONTINUOUS if name not in zoo.EXACT])
def test_gradients_reach_every_parameter(name: str, objective: str) -> None:
    model, x = zoo.make(name)
    OBJECTIVES[objective](model, x).mean().backward()
    for index, parameter in enumerate(zoo.parameters(model)):
        assert parameter.grad is not None, f"{name}: parameter {index} {list(parameter.shape)} has no gradient"
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0, f"{name}: parameter {index} {list(parameter.shape)} is not moved"


@pytest.mark.parametrize("name", GAUSSIAN_Q)
def test_the_gradient_of_the_sampled_elbo_averages_to_the_exact_one(name: str) -> None:
    model, x = zoo.make(name, num_examples=1)
    parameter = zoo.parameters(model)[-1]
    expected = torch.autograd.grad(elbo_terms_by_quadrature(model, x, order=64).elbo.sum(), parameter)[0]
    gradients = torch.stack(
        [torch.autograd.grad(elbo(model, x, num_samples=100).sum(), parameter)[0] for _ in range(60)]
    )
    assert_mean(gradients, expected, f"{name}: last parameter", errors=5)


@pytest.mark.parametrize("objective", ["elbo", "beta_elbo", "iwae_bound"])
def test_a_gradient_that_would_be_lost_is_refused_and_evaluation_is_not(objective: str) -> None:
    model, x = zoo.make("categories")
    with refused("OneHotCategorical", "no rsample", "no_grad", "score-function"):
        OBJECTIVES[objective](model, x)
    with torch.no_grad():
        assert OBJECTIVES[objective](model, x).shape == (6,)
    model.encoder.requires_grad_(False)  # no gradient is asked for through q: the decoder may learn
    OBJECTIVES[objective](model, x).mean().backward()
    assert model.to_logits.grad is not None


@pytest.mark.parametrize("name", zoo.CONTINUOUS)
def test_float32_stays_float32(name: str) -> None:
    torch.set_default_dtype(torch.float32)
    model, x = zoo.make(name)
    for function in OBJECTIVES.values():
        assert function(model, x).dtype == torch.float32


@pytest.mark.parametrize("name", GAUSSIAN_Q)
def test_examples_do_not_see_each_other(name: str) -> None:
    model, x = zoo.make(name)
    whole = elbo_terms_by_quadrature(model, x)
    order = torch.randperm(6)
    parts = [elbo_terms_by_quadrature(model, part) for part in x[order].split([1, 3, 2])]
    for term in ("reconstruction", "kl", "elbo"):
        pieces = torch.cat([getattr(part, term) for part in parts])
        assert_close(pieces, getattr(whole, term)[order], f"{name}: {term}", 1e-10)
