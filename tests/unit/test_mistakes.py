"""The mistakes of admired code: each in a few lines, and the law that tells it from ours.

Every test states a law as a function of the thing that can be wrong, holds it on the package's own, and lets it fail
on the mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
import torch.nn.functional as F
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, lattice, refused
from tests.support.mistakes import caught_by_the_law, exact_elbo, examples, known_kl, linear, off
from tests.support.modes import Mirrored, TwoModes
from vae_tutorial.diagnostics import bits_per_dimension, inference_gaps
from vae_tutorial.evidence import annealed_importance_sampling, importance_sampling, prior_monte_carlo, quadrature
from vae_tutorial.inference import kl_to_posterior
from vae_tutorial.likelihoods import Bernoulli, Gaussian, pairwise_log_prob
from vae_tutorial.models import VAE, LinearGaussian, StandardNormal, WithPosterior
from vae_tutorial.objectives import (
    beta_elbo,
    elbo,
    elbo_terms,
    elbo_terms_by_quadrature,
    iwae_bound,
    log_importance_weights,
    score_function_elbo,
)
from vae_tutorial.posteriors import DiagonalGaussian
from vae_tutorial.training import TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")


# ---- sampling bounds


def law_weights_find_the_posterior(log_weights: Callable[[Any, Tensor, int], Tensor]) -> None:
    """Samples of q, reweighted, have the mean of the true posterior."""
    model = linear()
    x = examples(model)
    wide = td.Independent(td.Normal(torch.zeros(3, 1), torch.ones(3, 1)), 1)
    torch.manual_seed(1)
    z = wide.sample((50_000,))
    torch.manual_seed(1)
    weights = log_weights(WithPosterior(model, wide), x, 50_000).softmax(0)
    assert_close((weights[..., None] * z).sum(0), model.posterior(x).mean, "E[z|x]", 0.02)


@torch.no_grad()
def test_importance_weights_from_a_softmax_over_the_error() -> None:
    def errors_as_weights(model: Any, x: Tensor, num_samples: int) -> Tensor:
        z = model.posterior(x).sample((num_samples,))
        return (model.likelihood(z.flatten(0, 1)).mean.view(num_samples, *x.shape) - x).square().sum(-1)

    law_weights_find_the_posterior(log_importance_weights)
    with caught_by_the_law():
        law_weights_find_the_posterior(errors_as_weights)
    with caught_by_the_law():  # with its sign put right, it still lacks p(z) and q(z|x), and σ
        law_weights_find_the_posterior(lambda *arguments: -errors_as_weights(*arguments))


def law_never_above_the_evidence(bound: Callable[[Any, Tensor], Tensor]) -> None:
    model = linear()
    x = examples(model)
    many = x.repeat(3000, 1)
    values = (bound(off(model, many), many).view(-1, 3) - model.log_prob(x)).detach()
    excess = values.mean(0) - 4 * values.std(0) / len(values) ** 0.5
    assert (excess <= 1e-9).all(), f"above log p(x) by {excess.max():.3g}"


def test_a_gradient_surrogate_reported_as_the_importance_weighted_bound() -> None:
    def surrogate(model: Any, x: Tensor) -> Tensor:
        log_w = log_importance_weights(model, x, 50)
        return (log_w.softmax(0).detach() * log_w).sum(0)

    law_never_above_the_evidence(lambda model, x: iwae_bound(model, x, 50, "reparameterized"))
    law_never_above_the_evidence(lambda model, x: iwae_bound(model, x, 50, "doubly reparameterized"))
    with caught_by_the_law():
        law_never_above_the_evidence(surrogate)


def test_an_elbo_evaluated_at_the_mean_of_q() -> None:
    def at_the_mean(model: Any, x: Tensor) -> Tensor:
        q = model.posterior(x)
        return model.likelihood(q.mean).log_prob(x) - td.kl_divergence(q, model.prior())

    def law(bound: Callable[[Any, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model).repeat(3000, 1)
        expected = model.log_prob(x) - known_kl(model, x)
        assert_mean((bound(off(model, x), x) - expected).detach(), 0.0, "E[estimate] = ELBO")

    law_never_above_the_evidence(elbo)
    law(elbo)
    with caught_by_the_law():
        law_never_above_the_evidence(lambda model, x: at_the_mean(linear(), x))  # q is the posterior: no slack
    with caught_by_the_law():
        law(at_the_mean)


# ---- signs


def law_evidence_is_elbo_plus_kl(bound: Callable[[Any, Tensor], Tensor]) -> None:
    model = linear()
    x = examples(model)
    assert_close(bound(off(model, x), x) + known_kl(model, x), model.log_prob(x), "log p(x) = ELBO + KL", 1e-8)


def test_the_negative_of_the_elbo_called_elbo() -> None:
    law_evidence_is_elbo_plus_kl(exact_elbo)
    with caught_by_the_law():
        law_evidence_is_elbo_plus_kl(lambda model, x: -exact_elbo(model, x))
    x = examples(linear())
    with (
        caught_by_the_law()
    ):  # an unlucky day: where log p(x) is below 0, −ELBO is a "bound" from above, not from below
        assert (-exact_elbo(off(linear(), x), x) <= linear().log_prob(x)).all()


def test_the_negative_of_the_kl_called_kl() -> None:
    def law(kl_of: Callable[[Any, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model)
        q = off(model, x).posterior(x)
        expected = (0.5 * (q.mean**2 + q.variance - 1) - q.stddev.log()).sum(1)
        kl = kl_of(off(model, x), x)
        assert (kl >= 0).all()
        assert_close(kl, expected, "KL(N(μ, s²) ‖ N(0, 1))")

    law(lambda model, x: elbo_terms(model, x).kl)
    with caught_by_the_law():
        law(lambda model, x: -elbo_terms(model, x).kl)


def law_negative_log_likelihood(nll: Callable[[Any, Tensor], Tensor]) -> None:
    """What is called nll is −log p(x): near the data's model lower than far from it, and equal to the closed form."""
    model = linear()
    x = examples(model, 500)
    far = LinearGaussian(model.weight, model.bias + 2, model.noise_scale)
    assert nll(model, x).mean() < nll(far, x).mean()
    assert_close(nll(model, x).mean(), -model.log_prob(x).mean(), "E[−log p(x)]", 0.05)


@torch.no_grad()
def test_the_log_likelihood_with_its_own_sign_called_nll() -> None:
    def estimate(model: Any, x: Tensor) -> Tensor:
        return importance_sampling(model, x, 100).log_prob

    law_negative_log_likelihood(lambda model, x: -estimate(model, x))
    law_negative_log_likelihood(lambda model, x: bits_per_dimension(estimate(model, x), 2) * 2 * math.log(2))
    with caught_by_the_law():
        law_negative_log_likelihood(estimate)


@torch.no_grad()
def test_a_one_sample_elbo_called_nll() -> None:
    law_negative_log_likelihood(lambda model, x: -quadrature(off(model, x), x).log_prob)
    with caught_by_the_law():
        law_negative_log_likelihood(lambda model, x: -elbo(off(model, x), x))


# ---- counts


def law_as_many_samples_as_asked_for(estimator: Callable[[Any, Tensor, int], Any]) -> None:
    model, x = zoo.make("convolutional", num_examples=4)
    unstacked = model.decoder.net[0]
    for num_samples in (1, 7, 250):
        unstacked.rows = 0
        estimator(model, x, num_samples)
        probe = 1 + 8 + 7  # one z for the support, then some in two orders
        assert unstacked.rows - probe == 4 * num_samples, f"{num_samples} asked for, {unstacked.rows - probe} / 4 drawn"


@torch.no_grad()
def test_a_number_of_samples_that_is_silently_another() -> None:
    def hundreds(model: Any, x: Tensor, num_samples: int) -> Any:
        return iwae_bound(model, x, 100 * max(1, num_samples // 100))

    law_as_many_samples_as_asked_for(iwae_bound)
    law_as_many_samples_as_asked_for(elbo)
    law_as_many_samples_as_asked_for(lambda model, x, k: importance_sampling(model, x, k, model.posterior(x)))
    with caught_by_the_law():
        law_as_many_samples_as_asked_for(hundreds)


# ---- densities


def law_mass_one(log_prob: Callable[[Tensor, Tensor], Tensor]) -> None:
    """The density p(x|z) integrates to one over x, here in two dimensions and for two z."""
    x, cell = lattice(12.0, 481, 2)
    means = torch.tensor([[0.0, 0.5], [1.0, -2.0]])
    for loc in means:
        assert_close(log_prob(loc, x).exp().sum() * cell, 1.0, "∫ p(x|z) dx", 1e-6)


def ours(loc: Tensor, x: Tensor) -> Tensor:
    likelihood = Gaussian(nn.Identity(), scale=0.7)
    return likelihood(loc[None]).log_prob(x)


def test_a_mean_over_pixels_in_place_of_the_sum_hides_the_noise() -> None:
    def mean_squared_error(loc: Tensor, x: Tensor) -> Tensor:
        return -(x - loc).square().mean(1)

    law_mass_one(ours)
    law_mass_one(lambda loc, x: pairwise_log_prob(Gaussian(nn.Identity(), scale=0.7)(loc[None]), x)[:, 0])
    with caught_by_the_law():
        law_mass_one(mean_squared_error)
    loc, x = torch.zeros(2), torch.randn(9, 2)
    sigma = math.sqrt(2 / 2)  # −mean over D is −‖x − μ‖² / 2σ² for σ² = D / 2
    implied = td.Independent(td.Normal(loc, sigma), 1)
    difference = implied.log_prob(x) - mean_squared_error(loc, x)
    assert_close(difference, float(difference[0]), "the σ that it implies, up to a constant")


def test_a_sum_of_squared_errors_says_that_the_noise_has_variance_one_half() -> None:
    def summed(loc: Tensor, x: Tensor) -> Tensor:
        return -(x - loc).square().sum(1)

    with caught_by_the_law():
        law_mass_one(summed)
    x = torch.randn(9, 2)
    exact = Gaussian(nn.Identity(), scale=math.sqrt(0.5))(torch.zeros(1, 2)).log_prob(x)
    assert_close(exact - summed(torch.zeros(2), x), -math.log(math.pi), "−(D / 2) log 2πσ² with σ² = ½")


def test_the_constant_of_the_whole_vector_added_to_every_element() -> None:
    def constant_for_each(loc: Tensor, x: Tensor) -> Tensor:
        whole = -0.5 * x.shape[1] * math.log(2 * math.pi)
        return (whole - 0.5 * (x - loc).square()).sum(1)

    with caught_by_the_law():
        law_mass_one(constant_for_each)
    x, cell = lattice(12.0, 481, 2)
    assert_close(constant_for_each(torch.zeros(2), x).exp().sum() * cell, 1 / (2 * math.pi), "a mass of 0.16", 1e-6)


def test_the_variance_taken_for_the_standard_deviation_on_one_side_only() -> None:
    """Sampling with exp(log σ²) as the scale while scoring with exp(½ log σ²)."""

    def law(sample: Callable[[td.Distribution, int], Tensor]) -> None:
        for q in (
            DiagonalGaussian(nn.Identity())(torch.tensor([[0.5, -1.0, -0.7, 0.4]])),
            Gaussian(nn.Identity(), scale=0.5)(torch.zeros(1, 2)),
        ):
            x = sample(q, 20_000)
            assert_mean(-q.log_prob(x), q.entropy(), "the mean surprise of the samples is the entropy of the density")
            assert_mean((x - q.mean) ** 2, q.variance, "their spread is the one scored")

    law(lambda q, num_samples: q.rsample((num_samples,)))
    with caught_by_the_law():
        law(lambda q, num_samples: q.mean + q.variance * torch.randn(num_samples, 1, 2))
    q = DiagonalGaussian(nn.Identity())(torch.tensor([[0.0, -0.7]]))
    assert_close(q.stddev.log(), -0.7, "the net's second half is log σ")


def test_probabilities_clamped_where_logits_are_exact() -> None:
    def law(log_prob: Callable[[Tensor, Tensor], Tensor]) -> None:
        for size in (1.0, 20.0, 500.0):
            logit = torch.tensor([[size]], requires_grad=True)
            surprise = log_prob(logit, torch.zeros(1, 1))
            assert_close(surprise.detach(), torch.tensor([-(size + math.log1p(math.exp(-size)))]), f"logit {size}")
            (slope,) = torch.autograd.grad(surprise.sum(), logit)
            assert_close(slope, -1 / (1 + math.exp(-size)), f"logit {size}: a wrong pixel can still be put right")

    def clamped(logits: Tensor, x: Tensor) -> Tensor:
        probability = logits.sigmoid().clamp(1e-5, 1 - 1e-5)
        return (x * probability.log() + (1 - x) * (1 - probability).log()).sum(1)

    law(lambda logits, x: Bernoulli(nn.Identity())(logits).log_prob(x))
    law(lambda logits, x: pairwise_log_prob(Bernoulli(nn.Identity())(logits), x)[:, 0])
    with caught_by_the_law():
        law(clamped)


def test_the_cross_entropy_of_grey_values_called_a_log_likelihood() -> None:
    """For x in [0, 1] it is no log-density either: ∫ λ^x (1 − λ)^(1 − x) dx is not one."""

    def law(score: Callable[[Any, Tensor], object]) -> None:
        model, x = zoo.make("Bernoulli, d = 1")
        grey = 0.8 * x + 0.1
        with refused("outside the support", "Bernoulli", "binarise", "Binomial"):
            score(model, grey)

    def validation_switched_off(model: Any, x: Tensor) -> Tensor:
        q = model.posterior(x)
        logits = model.decoder.net(q.rsample())
        return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1) - q.log_prob(q.mean)

    for objective in (elbo, lambda model, x: quadrature(model, x), lambda model, x: iwae_bound(model, x, 2)):
        law(objective)
    law(lambda model, x: fit(model, x, TrainConfig(epochs=1, progress=False)))
    with caught_by_the_law():
        law(validation_switched_off)
    grey, logit = torch.linspace(0, 1, 2001), 2.0
    density = (-F.binary_cross_entropy_with_logits(torch.full_like(grey, logit), grey, reduction="none")).exp()
    assert torch.trapezoid(density, grey) < 0.5


def test_a_log_density_held_to_be_at_most_zero() -> None:
    """A narrow density is above one, and its logarithm above zero."""

    def law(log_prob: Callable[[LinearGaussian, Tensor], Tensor]) -> None:
        model = LinearGaussian(torch.tensor([[0.02]]), torch.zeros(1), 0.01)
        x, cell = lattice(0.3, 2001, 1)
        assert_close((log_prob(model, x).exp().sum() * cell).detach(), 1.0, "∫ p(x) dx", 1e-6)

    law(lambda model, x: model.log_prob(x))
    law(lambda model, x: quadrature(model, x).log_prob)
    with caught_by_the_law():
        law(lambda model, x: model.log_prob(x).clamp(max=0))


# ---- weights between the terms


def test_a_mean_over_pixels_beside_a_summed_kl_hides_a_beta() -> None:
    def averaged(model: Any, x: Tensor) -> Tensor:
        terms = elbo_terms_by_quadrature(model, x, order=4)
        return terms.reconstruction / x.shape[1] - terms.kl

    law_evidence_is_elbo_plus_kl(exact_elbo)
    with caught_by_the_law():
        law_evidence_is_elbo_plus_kl(averaged)
    model, x = zoo.make("Bernoulli, d = 2")
    torch.manual_seed(1)
    terms = elbo_terms(model, x)
    torch.manual_seed(1)
    hidden = beta_elbo(model, x, beta=x.shape[1])
    assert_close(x.shape[1] * (terms.reconstruction / x.shape[1] - terms.kl), hidden, "β is the number of pixels")


def test_validation_with_another_weight_than_training() -> None:
    def law(train: Callable[[Any, Tensor, Any], Any]) -> None:
        model, x = zoo.make("linear, one noise scale, d = 1", num_examples=20)
        history = train(model, x, lambda model, x: beta_elbo(model, x, 0.25))
        torch.manual_seed(0)
        with torch.no_grad():
            expected = beta_elbo(model, x, 0.25).mean()
        assert history.validation[-1] == pytest.approx(float(expected), abs=1e-9)

    config = TrainConfig(epochs=2, batch_size=5, progress=False)

    def other_weight(model: Any, x: Tensor, objective: Any) -> Any:
        history = fit(model, x, config, objective=objective)
        history.validation.append(float(elbo(model, x).mean().detach()))
        return history

    law(lambda model, x, objective: fit(model, x, config, objective=objective, validation=x))
    with caught_by_the_law():
        law(other_weight)


# ---- truths


def test_a_monte_carlo_truth_compared_with_itself() -> None:
    """An estimator that is wrong by 5 nats agrees with itself; a closed form tells."""

    def wrong(model: Any, x: Tensor) -> Tensor:
        return prior_monte_carlo(model, x, 2000).log_prob + 5

    def right(model: Any, x: Tensor) -> Tensor:
        return prior_monte_carlo(model, x, 2000).log_prob

    def law(estimate: Callable[[Any, Tensor], Tensor], truth: Callable[[Any, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model)
        assert_close(estimate(model, x), truth(model, x).detach(), "log p(x)", 0.5)

    law(wrong, wrong)  # what a comparison with itself is worth
    law(right, lambda model, x: model.log_prob(x))
    law(right, lambda model, x: quadrature(model, x).log_prob)
    for truth in (lambda model, x: model.log_prob(x), lambda model, x: quadrature(model, x).log_prob):
        with caught_by_the_law():
            law(wrong, truth)


def test_the_identity_with_the_same_normaliser_on_both_sides() -> None:
    """If KL(q ‖ p(z|x)) is computed with the claimed log p(x), the identity holds for any claim."""

    def kl_by_the_claim(model: Any, x: Tensor, claim: Tensor) -> Tensor:
        q = model.posterior(x)
        points, cell = lattice(9.0, 4001, 1)
        log_joint = model.likelihood(points).log_prob(x[:, None]) + model.prior().log_prob(points)
        log_q = q.log_prob(points[:, None]).T
        return (log_q.exp() * (log_q - (log_joint - claim[:, None]))).sum(1) * cell

    def law(kl: Callable[[Any, Tensor, Tensor], Tensor]) -> None:
        model, x = zoo.make("Bernoulli, d = 1")
        truth = quadrature(model, x).log_prob
        with torch.no_grad():
            bound = elbo_terms_by_quadrature(model, x, order=64).elbo
            assert_close(bound + kl(model, x, truth), truth, "log p(x) = ELBO + KL", 1e-4)
            planted = truth + 5
            assert not torch.allclose(bound + kl(model, x, planted), planted, atol=1e-4), "5 nats are not noticed"

    law(lambda model, x, claim: kl_to_posterior(model, x, order=64))
    with caught_by_the_law():
        law(kl_by_the_claim)


def test_trusting_the_standard_error_of_a_proposal_that_misses_a_mode() -> None:
    model, x = TwoModes(), torch.tensor([[1.0], [2.0]])
    truth = quadrature(model, x).log_prob

    def law(estimate: Callable[[], Any]) -> None:
        found = estimate()
        assert ((found.log_prob - truth).abs() <= 4 * found.standard_error + 1e-9).all(), "outside its own error"

    law(lambda: importance_sampling(model, x, 4000))  # half of the draws come from the prior
    law(lambda: prior_monte_carlo(model, x, 4000))
    with caught_by_the_law():
        law(lambda: importance_sampling(model, x, 4000, proposal=model.posterior(x)))
    blind = importance_sampling(model, x, 4000, proposal=model.posterior(x))
    assert blind.standard_error is not None
    assert blind.effective_sample_size is not None
    assert (blind.standard_error < 0.02).all(), "and nothing shows it"
    assert (blind.effective_sample_size > 2000).all()
    assert_close(blind.log_prob, truth - math.log(2), "half of the posterior is missing", 0.05)


@pytest.mark.parametrize(("num_dims", "num_samples", "num_steps"), [(10, 1000, 100), (20, 4000, 400)])
def test_trusting_draws_from_the_prior_to_find_a_mode_in_many_dimensions(
    num_dims: int, num_samples: int, num_steps: int
) -> None:
    model = Mirrored(num_dims)
    x = zoo.observations(model, 8)
    truth = model.log_prob(x)
    found = importance_sampling(model, x, num_samples)  # half of the draws come from the prior
    assert found.standard_error is not None
    assert found.effective_sample_size is not None
    assert (found.standard_error < 0.05).all(), "and nothing shows it"
    assert (found.effective_sample_size > num_samples / 4).all()
    assert_close(found.log_prob, truth - math.log(2), "half of the posterior is missing", 0.15)
    other = annealed_importance_sampling(model, x, num_samples=20, num_steps=num_steps, num_leapfrog=2)
    assert other.log_prob.mean() - found.log_prob.mean() > 0.3, "annealing contradicts it"


def test_the_evidence_held_to_be_constant_in_the_model() -> None:
    """It is so in the encoder's parameters alone."""

    def law(log_prob: Callable[[LinearGaussian, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model)
        log_prob(model, x).sum().backward()
        assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())

    law(lambda model, x: model.log_prob(x))
    with caught_by_the_law():
        law(lambda model, x: model.log_prob(x).detach() + 0 * model.weight.sum())
    model, x = zoo.make("Bernoulli, d = 2")
    before = quadrature(model, x).log_prob
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    assert_close(quadrature(model, x).log_prob, before, "another encoder, the same log p(x)", 1e-7)


def test_raising_the_elbo_held_to_be_raising_the_likelihood() -> None:
    """With a diagonal q, columns turned towards orthogonal raise the ELBO while log p(x) falls: the gap shrank."""

    def law(claim: Callable[[float, float], bool]) -> None:
        sharp = LinearGaussian(torch.tensor([[2.0, 1.9], [1.9, 2.0]]), torch.zeros(2), 0.3)
        x = zoo.observations(sharp, 400)
        other = LinearGaussian(torch.tensor([[2.45, 0.2], [2.4, -0.2]]), torch.zeros(2), 0.3)
        with torch.no_grad():
            bounds, evidence = [], []
            for model in (sharp, other):
                evidence.append(float(model.log_prob(x).mean()))
                bounds.append(evidence[-1] - float(model.diagonal_gap()))
        assert claim(bounds[1] - bounds[0], evidence[1] - evidence[0])

    law(lambda bound, evidence: bound > 0.3 > 0 > evidence)
    with caught_by_the_law():
        law(lambda bound, evidence: bound > 0 and evidence > 0)


# ---- noise and samples


def test_the_noise_variance_as_the_squared_mean_of_absolute_residuals() -> None:
    """It is 2/π of the variance, and the likelihood is lower there than at the residuals' mean square."""

    def law(noise_scale: Callable[[LinearGaussian, Tensor], Tensor]) -> None:
        x = torch.randn(2000, 1) @ torch.tensor([[1.5, -0.8, 0.4]]) + 0.6 * torch.randn(2000, 3)
        best = LinearGaussian.fit(x, 1)
        with torch.no_grad():
            value = noise_scale(best, x)
            found = LinearGaussian(best.weight, best.bias, value).log_prob(x).mean()
            for factor in (0.9, 0.97, 1.03, 1.1):
                other = LinearGaussian(best.weight, best.bias, factor * value)
                assert found > other.log_prob(x).mean(), f"σ times {factor} has a higher likelihood"

    def from_absolute_residuals(model: LinearGaussian, x: Tensor) -> Tensor:
        z = model.posterior(x).sample()
        return (x - model.likelihood(z).mean).abs().mean()

    law(lambda model, x: model.noise_scale)
    with caught_by_the_law():
        law(from_absolute_residuals)


@torch.no_grad()
def test_reconstructions_or_means_shown_as_samples() -> None:
    def law(draw: Callable[[LinearGaussian, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model, 20_000)
        drawn, marginal = draw(model, x), model.marginal()
        assert_mean(drawn, marginal.mean, "mean")
        centred = drawn - marginal.mean
        assert_mean(centred[:, :, None] * centred[:, None], marginal.covariance_matrix, "covariance", errors=5)
        shared = (centred * (x - marginal.mean)).mean(0)
        assert (shared.abs() < 0.1).all(), "a sample knows nothing of the examples"

    def sampled(model: LinearGaussian, x: Tensor) -> Tensor:
        return model.likelihood(model.prior().sample((len(x),))).sample()

    law(sampled)
    with caught_by_the_law():
        law(lambda model, x: model.likelihood(model.prior().sample((len(x),))).mean)
    with caught_by_the_law():
        law(lambda model, x: model.likelihood(model.posterior(x).sample()).mean)
    with caught_by_the_law():  # even with the noise: these are made from the examples
        law(lambda model, x: model.likelihood(model.posterior(x).sample()).sample())


# ---- gradients


class FreeMean(nn.Module):
    """Keep a linear model and give every example a mean of q of its own."""

    def __init__(self, exact: LinearGaussian, num_examples: int) -> None:
        super().__init__()
        self.prior, self.likelihood = exact.prior, exact.likelihood
        self.loc = nn.Parameter(torch.full((num_examples, 1), 0.2))

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(self.loc, torch.full_like(self.loc, 0.7)), 1)


def law_gradient_of_the_elbo(objective: Callable[[Any, Tensor], Tensor]) -> None:
    """∇_μ ELBO = −∇_μ KL(q ‖ p(z|x)) = −(μ − E[z|x]) / Var[z|x]."""
    exact = linear()
    x = exact.likelihood(torch.ones(1, 1)).mean.detach()
    model = FreeMean(exact, 20_000)
    found = torch.autograd.grad(objective(model, x.repeat(20_000, 1)).sum(), model.loc)[0]
    posterior = exact.posterior(x)
    assert_mean(found, (-(0.2 - posterior.mean) / posterior.variance)[0].detach(), "∇ ELBO")


def test_a_gradient_lost_by_sampling_without_reparameterisation() -> None:
    def detached_sample(model: Any, x: Tensor) -> Tensor:
        q = model.posterior(x)
        return model.likelihood(q.sample()).log_prob(x) - td.kl_divergence(q, model.prior())

    law_gradient_of_the_elbo(elbo)
    with caught_by_the_law():
        law_gradient_of_the_elbo(detached_sample)
    model, x = zoo.make("categories")
    with refused("no rsample", "would be lost", "score-function"):
        elbo(model, x)


def test_a_score_function_gradient_with_the_wrong_sign() -> None:
    def descending(model: Any, x: Tensor) -> Tensor:
        q = model.posterior(x)
        z = q.sample()
        log_q = q.log_prob(z)
        signal = model.likelihood(z).log_prob(x) + model.prior().log_prob(z) - log_q
        return -signal.detach() * log_q

    law_gradient_of_the_elbo(score_function_elbo)
    law_gradient_of_the_elbo(lambda model, x: score_function_elbo(model, x, 3, "leave-one-out"))
    with caught_by_the_law():
        law_gradient_of_the_elbo(descending)


def test_a_baseline_that_holds_the_samples_own_reward() -> None:
    """Taken off the mean of all K samples in place of the other K − 1, the gradient is (K − 1) / K of the right one."""

    def own_reward(model: Any, x: Tensor) -> Tensor:
        q = model.posterior(x)
        z = q.sample((3,))
        log_q = q.log_prob(z)
        likelihood = model.likelihood(z.flatten(0, 1)).log_prob(x.repeat(3, 1)).view(3, -1)
        signal = (likelihood + model.prior().log_prob(z) - log_q).detach()
        return ((signal - signal.mean(0)) * log_q).mean(0)

    law_gradient_of_the_elbo(lambda model, x: score_function_elbo(model, x, 3, "leave-one-out"))
    with caught_by_the_law():
        law_gradient_of_the_elbo(own_reward)


# ---- comparisons


def test_the_gap_of_the_encoder_charged_to_the_family_of_q() -> None:
    """One number, log p(x) − ELBO, is called the approximation gap, whatever part of it the encoder leaves."""

    @torch.no_grad()
    def law(approximation: Callable[[Any, Tensor, Tensor, td.Distribution], Tensor]) -> None:
        exact = linear()
        x = examples(exact).repeat(2000, 1)
        gap = approximation(off(exact, x), x, exact.log_prob(x), exact.best_diagonal_posterior(x))
        assert_mean(gap, float(exact.diagonal_gap()), "the family holds the posterior here: no approximation gap")

    law(lambda model, x, log_prob, best: inference_gaps(model, x, log_prob, best, 2).approximation)
    with caught_by_the_law():
        law(lambda model, x, log_prob, best: log_prob - elbo(model, x, 2))


def test_bits_per_dimension_without_the_width_of_the_bins() -> None:
    """The same images on another scale, [0, 255] or [0, 1], must give the same number."""

    def law(bits: Callable[[Tensor, int, float], Tensor]) -> None:
        model = linear(0.9)
        x = examples(model)
        scaled = LinearGaussian(model.weight / 255, model.bias / 255, 0.9 / 255)
        one, other = bits(model.log_prob(x), 2, 1.0), bits(scaled.log_prob(x / 255), 2, 1 / 255)
        assert_close(one, other, "bits per dimension")

    law(bits_per_dimension)
    with caught_by_the_law():
        law(lambda log_prob, num_dimensions, width: -log_prob / num_dimensions / math.log(2))


def test_an_error_bar_is_part_of_every_sampled_number() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    for estimate in (importance_sampling(model, x, 20), prior_monte_carlo(model, x, 20)):
        assert estimate.standard_error is not None
        assert estimate.kind == "stochastic lower bound"
    assert quadrature(model, x).kind == "exact"


def test_a_vae_judged_with_the_encoder_as_part_of_the_model() -> None:
    """The encoder is a proposal: p(x) is decoder and prior, and any q gives the same number."""

    @torch.no_grad()
    def law(log_prob: Callable[[Any, Tensor], Tensor]) -> None:
        model, x = zoo.make("Bernoulli, d = 1")
        other = VAE(DiagonalGaussian(nn.Linear(9, 2)), model.decoder, StandardNormal(1))
        assert_close(log_prob(other, x), log_prob(model, x), "log p(x)", 0.1)

    law(lambda model, x: quadrature(model, x).log_prob)
    law(lambda model, x: importance_sampling(model, x, 4000).log_prob)
    with caught_by_the_law():
        law(lambda model, x: elbo_terms_by_quadrature(model, x).reconstruction)
