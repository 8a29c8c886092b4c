"""Evidence: quadrature against closed forms and its own error bar; estimators without bias, whose errors are honest."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import laws, zoo
from tests.support.errors import UNREACHED, within_its_error
from tests.support.laws import assert_close, assert_mean, every_vector, random_state_kept, refused
from tests.support.narrowing import present
from vae_tutorial import evidence
from vae_tutorial.evidence import (
    EvidenceEstimate,
    importance_sampling,
    lattice,
    prior_monte_carlo,
    quadrature,
)
from vae_tutorial.evidence.estimate import RunningMean
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, LinearGaussian
from vae_tutorial.numerics import chunks
from vae_tutorial.posteriors import DiagonalGaussian

pytestmark = pytest.mark.usefixtures("double_precision")


class Blind:
    """Keep prior and likelihood of a model, and let q be as the prior: nothing tells where the posterior lies."""

    def __init__(self, model: Any) -> None:
        self.prior, self.likelihood = model.prior, model.likelihood

    def posterior(self, x: Tensor) -> td.Distribution:
        return self.prior().expand(x.shape[:1])


@pytest.mark.parametrize("name", zoo.CONTINUOUS)
def test_quadrature_is_the_evidence_of_every_model(name: str) -> None:
    model, x = zoo.make(name)
    estimate = quadrature(model, x)
    assert_close(estimate.log_prob, zoo.log_prob(model, x), name, 1e-6)
    assert estimate.kind == "exact"
    assert (estimate.standard_error, estimate.effective_sample_size) == (None, None)
    assert estimate.numerical_error is not None
    assert (estimate.numerical_error <= 1e-8).all()


@pytest.mark.filterwarnings(UNREACHED)
@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("noise_scale", [0.02, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("d", [1, 2])
def test_quadrature_finds_peaks_wherever_they_are(d: int, noise_scale: float, blind: bool) -> None:
    exact = LinearGaussian(torch.tensor([[1.0, 0.3], [-0.4, 0.8]])[:, :d], torch.tensor([7.0, -3.0]), noise_scale)
    x = exact.likelihood(torch.tensor([[0.0, 0.0], [0.7, -2.0], [-3.3, 3.1], [5.0, 1.0]])[:, :d]).mean.detach()
    estimate = quadrature(Blind(exact) if blind else exact, x)
    within_its_error(estimate, exact.log_prob(x), (d, noise_scale, blind))
    assert_close(estimate.log_prob, exact.log_prob(x), (d, noise_scale, blind), 1e-6)


@pytest.mark.parametrize("d", [1, 2])
def test_quadrature_follows_codes_far_out(d: int) -> None:
    exact = LinearGaussian(torch.tensor([[1.0, 0.3], [-0.4, 0.8]])[:, :d], torch.zeros(2), 0.5)
    x = exact.likelihood(torch.tensor([[0.0, 0.0], [12.0, 1.0], [-15.0, 14.0]])[:, :d]).mean.detach()
    within_its_error(quadrature(exact, x), exact.log_prob(x), f"told by q, d = {d}", 1e-9)
    assert_close(quadrature(exact, x).log_prob, exact.log_prob(x), f"told by q, d = {d}", 1e-6)
    blind = quadrature(Blind(exact), x)  # only the mass on the edge tells that the lattice has to grow
    within_its_error(blind, exact.log_prob(x), f"blind, d = {d}", 1e-9)
    assert_close(blind.log_prob, exact.log_prob(x), f"blind, d = {d}", 1e-6)


@pytest.mark.filterwarnings(UNREACHED)
@pytest.mark.parametrize("d", [1, 2])
def test_quadrature_admits_that_a_posterior_is_out_of_reach(d: int) -> None:
    exact = LinearGaussian(torch.tensor([[1.0, 0.3], [-0.4, 0.8]])[:, :d], torch.zeros(2), 0.5)
    x = exact.likelihood(torch.full((1, d), 400.0)).mean.detach()
    within_its_error(quadrature(Blind(exact), x), exact.log_prob(x), f"400 standard deviations away, d = {d}")


class Needle:
    """Let x be all ones only where z is within 0.002 of a place that no coarse lattice hits, and let q know it."""

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(1), 1.0), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        height = (-0.5 * ((z - 0.7183) / 5e-3) ** 2).exp().expand(-1, 20)
        return td.Independent(td.Normal(height, 0.1), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(torch.full_like(x[:, :1], 0.7183), 8e-4), 1)


@pytest.mark.filterwarnings(UNREACHED)
def test_quadrature_goes_on_until_it_has_found_the_peak_that_q_knows_of() -> None:
    model, x = Needle(), torch.ones(1, 20)
    z = 0.7183 + torch.linspace(-0.05, 0.05, 20_001)[:, None]
    joint = model.likelihood(z).log_prob(x[0]) + model.prior().log_prob(z)
    truth = joint.logsumexp(0, keepdim=True) + math.log(5e-6)
    estimate = quadrature(model, x, 1e-4)
    within_its_error(estimate, truth, "needle", 1e-6)
    assert_close(estimate.log_prob, truth, "needle", 1e-4)


@pytest.mark.filterwarnings(UNREACHED)
def test_quadrature_reports_an_error_that_it_could_not_remove(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("linear, one noise scale, d = 2")
    sharp = LinearGaussian(model.weight, model.bias, 0.01)
    truth = sharp.log_prob(x)
    for max_points in (500, 2000, 10_000, 50_000):
        monkeypatch.setattr(lattice, "MAX_POINTS", {1: max_points, 2: max_points})
        estimate = quadrature(sharp, x)
        within_its_error(estimate, truth, f"{max_points} points", 1e-9)
    coarse = LinearGaussian(model.weight, model.bias, 0.05)
    monkeypatch.setattr(lattice, "MAX_POINTS", {1: 2000, 2: 2000})
    assert present(quadrature(coarse, x).numerical_error).max() > 1e-3


def test_a_tolerance_of_nats_still_looks_beyond_the_coarsest_points() -> None:
    exact = LinearGaussian(torch.ones(1, 1), torch.zeros(1), 0.3)
    x = torch.tensor([[8.2], [0.4]])  # the first posterior, 7.5 ± 0.29, has a share of its mass near the edge at 8
    estimate = quadrature(Blind(exact), x, 2.0)
    within_its_error(estimate, exact.log_prob(x), "to two nats")
    assert (present(estimate.numerical_error) <= 2.0).all()


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("name", ["linear, one noise scale, d = 2", "linear, noise scale per coordinate, d = 1"])
def test_quadrature_keeps_the_tolerance_asked_for(name: str, tolerance: float) -> None:
    model, x = zoo.make(name, num_examples=30)
    estimate = quadrature(model, x, tolerance)
    within_its_error(estimate, model.log_prob(x), (name, tolerance))
    assert (present(estimate.numerical_error) <= tolerance).all()


@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-5, 1e-8])
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_change_that_is_small_by_accident_does_not_pass_for_convergence(seed: int, tolerance: float) -> None:
    model, x, truth = rugged(seed)
    within_its_error(quadrature(model, x, tolerance), truth, (seed, tolerance), 1e-9)


@cache
def rugged(seed: int) -> tuple[VAE, Tensor, Tensor]:
    """Return a model whose likelihood jumps with z, every image, and the truth, which takes long."""
    torch.manual_seed(seed)
    model, x = zoo.vae(1, Bernoulli(zoo.decoder_net(1, 9, gain=25.0)), 9), every_vector(2, 9)
    return model, x, zoo.log_prob(model, x)


@pytest.mark.parametrize("name", zoo.CONTINUOUS)
def test_no_example_sees_its_batch(name: str) -> None:
    model, x = zoo.make(name)
    whole, order = quadrature(model, x).log_prob, torch.randperm(6)
    pieces = torch.cat([quadrature(model, part).log_prob for part in x[order].split([1, 3, 2])])
    assert_close(pieces, whole[order], name, 1e-10)


@pytest.mark.parametrize("name", [name for name in zoo.CONTINUOUS if name != "plain class"])  # which is no module
def test_float32_stays_float32_and_its_error_is_honest(name: str) -> None:
    expected = zoo.log_prob(*zoo.make(name))
    model, x = zoo.make(name)
    model, x = model.float(), x.float()
    estimate = quadrature(model, x)
    assert estimate.log_prob.dtype == present(estimate.numerical_error).dtype == torch.float32
    assert_close(estimate.log_prob.double(), expected, name, 1e-5)
    for sampled in (prior_monte_carlo(model, x, 9), importance_sampling(model, x, 9)):
        assert sampled.log_prob.dtype == present(sampled.standard_error).dtype == torch.float32


def test_float32_reports_its_rounding_where_it_is_large() -> None:
    exact = LinearGaussian(torch.randn(200, 1), torch.zeros(200), 0.05)
    x = exact.likelihood(torch.randn(20, 1)).sample()
    within_its_error(quadrature(exact.float(), x.float()), exact.double().log_prob(x.float().double()), "float32", 0.0)


def test_chunks_do_not_change_the_quadrature(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    whole = quadrature(model, x)
    monkeypatch.setattr(lattice, "ELEMENTS_PER_CHUNK", 1000)
    assert_close(quadrature(model, x).log_prob, whole.log_prob, "chunks of 66 points")


ESTIMATORS = {
    "prior": prior_monte_carlo,
    "defensive": importance_sampling,
    "posterior": lambda model, x, k: importance_sampling(model, x, k, proposal=model.posterior(x)),
    "one for all": lambda model, x, k: importance_sampling(model, x, k, proposal=model.prior()),
}


def repeats(estimator: str, model: Any, x: Tensor, num_samples: int, times: int) -> EvidenceEstimate:
    """Return fields [times, N] of independent repeats."""
    results = [ESTIMATORS[estimator](model, x, num_samples) for _ in range(times)]
    fields = {
        field: torch.stack([getattr(result, field) for result in results])
        for field in ("log_prob", "standard_error", "effective_sample_size")
    }
    return EvidenceEstimate(**fields, numerical_error=None, kind=results[0].kind)


SOME = ["linear, one noise scale, d = 2", "Binomial", "full posterior", "mixture prior", "convolutional", "categories"]
CASES = [(name, "posterior", k) for name in zoo.ALL for k in (1, 3)]
CASES += [(name, estimator, k) for name in SOME for estimator, k in (("prior", 2), ("defensive", 2), ("defensive", 5))]
CASES += [("plain class", "one for all", 3)]


@pytest.mark.parametrize(("name", "estimator", "num_samples"), CASES)
def test_the_estimate_is_unbiased_on_the_linear_scale_and_low_in_the_log(
    name: str, estimator: str, num_samples: int
) -> None:
    model, x = zoo.make(name, num_examples=3)
    truth = zoo.log_prob(model, x)
    if estimator == "posterior":  # every example has its own draws, so copies of it are repeats
        found = repeats(estimator, model, x.repeat(500, 1), num_samples, 2).log_prob.view(-1, 3)
    else:
        found = repeats(estimator, model, x, num_samples, 200).log_prob
    assert_mean((found - truth).exp(), 1.0, f"{name}, {estimator}, K = {num_samples}: E[p̂] / p", errors=5)
    low = found.mean(0) - truth - 4 * found.std(0) / len(found) ** 0.5
    assert (low <= 1e-9).all(), f"{name}, {estimator}, K = {num_samples}: E[log p̂] is above log p(x) by {low.max():.3g}"


@pytest.mark.parametrize("estimator", ["prior", "defensive"])
@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "Binomial", "plain class", "convolutional", "categories"])
def test_three_standard_errors_cover_the_truth(name: str, estimator: str) -> None:
    model, x = zoo.make(name, num_examples=2)
    truth, found = zoo.log_prob(model, x), repeats(estimator, model, x, 1000, 100)
    assert found.standard_error is not None
    covered = ((found.log_prob - truth).abs() <= 3 * found.standard_error).sum(0)
    assert (covered >= 95).all(), f"{name}, {estimator}: {covered.tolist()} of 100 repeats"
    spread, claimed = found.log_prob.std(0), found.standard_error.mean(0)
    assert (claimed >= 0.75 * spread).all(), f"{name}, {estimator}: claims {claimed}, spreads {spread}"
    if estimator == "prior":  # the defensive halves are strata, which makes the claim cautious
        assert (claimed <= 1.3 * spread).all(), f"{name}, {estimator}: claims {claimed}, spreads {spread}"
    assert found.kind == "stochastic lower bound"


@pytest.mark.parametrize("name", zoo.EXACT)
def test_with_the_true_posterior_the_estimate_is_exact_and_says_so(name: str) -> None:
    model, x = zoo.make(name)
    assert_close(importance_sampling(model, x, 1).log_prob, model.log_prob(x), f"{name}: one draw is the posterior's")
    estimate = importance_sampling(model, x, 50, proposal=model.posterior(x))
    assert_close(estimate.log_prob, model.log_prob(x), name)
    assert_close(estimate.standard_error, 0.0, f"{name}: standard error", 1e-6)  # type: ignore[arg-type]
    assert_close(estimate.effective_sample_size, 50.0, f"{name}: effective sample size", 1e-6)  # type: ignore[arg-type]


def test_error_and_effective_sample_size_are_their_formulas_and_chunks_change_nothing() -> None:
    log_weights = 3 * torch.randn(40, 5) - 700
    weights = (log_weights + 700).exp()
    for sizes in ([40], [1, 30, 9], [10] * 4):
        running = RunningMean(log_weights[0])
        for part in log_weights.split(sizes):
            running.update(part)
        estimate = running.estimate()
        assert_close(estimate.log_prob, weights.mean(0).log() - 700, sizes)
        assert_close(present(estimate.standard_error), weights.std(0) / 40**0.5 / weights.mean(0), sizes)
        expected = weights.sum(0) ** 2 / weights.square().sum(0)
        assert_close(present(estimate.effective_sample_size), expected, sizes)


def test_one_sample_knows_nothing_of_its_error() -> None:
    for estimator in ESTIMATORS.values():
        estimate = estimator(*zoo.make("plain class"), 1)
        assert present(estimate.standard_error).isinf().all()
        assert_close(present(estimate.effective_sample_size), 1.0, "one sample")


def test_weights_that_are_all_zero_give_no_evidence_and_no_nan() -> None:
    running = RunningMean(torch.zeros(2))
    running.update(torch.full((3, 2), -torch.inf))
    estimate = running.estimate()
    assert estimate.log_prob.tolist() == [-math.inf, -math.inf]
    assert not present(estimate.standard_error).isnan().any()
    assert not present(estimate.effective_sample_size).isnan().any()


class Replayed(td.Distribution):
    """Stand for a proposal that gives the same draws [K, N, d], in the same order, however they are asked for."""

    def __init__(self, like: td.Distribution, draws: Tensor) -> None:
        super().__init__(draws.shape[1:2], draws.shape[2:], validate_args=False)
        self.like, self.draws, self.used = like, draws, 0

    def log_prob(self, value: Tensor) -> Tensor:
        return self.like.log_prob(value)

    def expand(self, batch_shape: torch.Size | list[int] | tuple[int, ...], _instance: Any = None) -> Replayed:
        assert batch_shape == self.batch_shape
        return self

    def sample(self, sample_shape: Any = ()) -> Tensor:
        if not sample_shape:
            return self.draws[0]
        self.used += sample_shape[0]
        return self.draws[self.used - sample_shape[0] : self.used]


@pytest.mark.parametrize("elements", [1, 150, 1000])
@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "Gaussian, fixed scale", "full posterior", "categories"])
def test_chunks_do_not_change_the_estimate_of_the_same_draws(
    name: str, elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x = zoo.make(name)
    draws = model.prior().sample((64, 6))
    whole = importance_sampling(model, x, 64, proposal=Replayed(model.prior(), draws))
    monkeypatch.setattr(chunks, "ELEMENTS", elements)
    proposal = Replayed(model.prior(), draws)
    chunked = importance_sampling(model, x, 64, proposal=proposal)
    assert proposal.used == 64
    for field in ("log_prob", "standard_error", "effective_sample_size"):
        assert_close(getattr(chunked, field), getattr(whole, field), f"{name}: {field}")


@pytest.mark.parametrize("estimator", ["prior", "defensive"])
def test_chunks_do_not_change_the_law_of_the_estimate(estimator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("Binomial", num_examples=2)
    truth = zoo.log_prob(model, x)
    monkeypatch.setattr(chunks, "ELEMENTS", 20)
    found = repeats(estimator, model, x, 9, 200)
    assert_mean((found.log_prob - truth).exp(), 1.0, f"{estimator}, many chunks: E[p̂] / p", errors=5)
    assert (present(found.effective_sample_size) <= 9 + 1e-9).all()


class Counting:
    """Stand between estimator and model: count the calls of the encoder, and see what the decoder is given."""

    def __init__(self, model: Any) -> None:
        self.model, self.prior, self.encoded, self.decoded = model, model.prior, 0, 0
        self.largest = 0

    def likelihood(self, z: Tensor) -> td.Distribution:
        assert z.ndim == 2
        self.decoded += len(z)
        self.largest = max(self.largest, len(z))
        return self.model.likelihood(z)

    def posterior(self, x: Tensor) -> td.Distribution:
        self.encoded += len(x)
        return self.model.posterior(x)


@pytest.mark.parametrize("num_samples", [1, 2, 7, 40])
def test_the_encoder_runs_once_and_the_decoder_once_for_each_sample(
    num_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "ELEMENTS", 120)
    model, x = zoo.make("convolutional")
    half = num_samples // 2
    for estimator, encoded, decoded in (
        (importance_sampling, 6, 6 * (num_samples - half) + half),
        (prior_monte_carlo, 0, num_samples),
    ):
        counting = Counting(model)
        estimator(counting, x, num_samples)
        assert (counting.encoded, counting.decoded - 16) == (encoded, decoded), "16 z more are probes"
        assert counting.largest * 9 <= 120


@pytest.mark.parametrize("num_samples", [2, 3, 10])
def test_defensive_weights_are_bounded(num_samples: int) -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    model.encoder = DiagonalGaussian(torch.nn.Linear(9, 4))  # a q far from the posterior
    with torch.no_grad():
        model.encoder.net.bias.copy_(torch.tensor([4.0, 4.0, -3.0, -3.0]))
    z, _ = laws.lattice(9.0, 181, 2)
    bound = model.likelihood(z).log_prob(x[:, None]).amax(1) + math.log(num_samples / (num_samples // 2))
    found = repeats("defensive", model, x, num_samples, 100)
    assert (found.log_prob + math.log(num_samples) <= bound + math.log(num_samples) + 1e-3).all()
    assert_mean((found.log_prob - quadrature(model, x).log_prob).exp(), 1.0, "and unbiased", errors=5)


def test_estimators_leave_no_gradient_and_draw_from_the_global_generator_alone() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    with random_state_kept():
        assert not quadrature(model, x).log_prob.requires_grad
    for estimator in ESTIMATORS.values():
        torch.manual_seed(1)
        first = estimator(model, x, 5).log_prob
        torch.manual_seed(1)
        assert torch.equal(first, estimator(model, x, 5).log_prob)
        assert not torch.equal(first, estimator(model, x, 5).log_prob)
        assert not first.requires_grad


def test_a_proposal_must_be_a_distribution_of_the_models_dtype() -> None:
    model, x = zoo.make("plain class")
    with refused("proposal", "Distribution"):
        importance_sampling(model, x, 5, proposal=torch.zeros(6, 2))  # type: ignore[arg-type]
    single = td.Independent(td.Normal(torch.zeros(2, dtype=torch.float32), 1.0), 1)
    with refused("proposal", "float32", "float64"):
        importance_sampling(model, x, 5, proposal=single)


def test_all_estimators_are_public() -> None:
    assert set(evidence.__all__) >= {"EvidenceEstimate", "quadrature", "prior_monte_carlo", "importance_sampling"}
