"""Annealed importance sampling: unbiased, below log p(x) forwards and above it backwards, and fair in every move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from tests.support.narrowing import present
from vae_tutorial.evidence import annealed_importance_sampling, annealing
from vae_tutorial.models import LinearGaussian, WithPrior
from vae_tutorial.numerics.hamiltonian import hamiltonian_transition

pytestmark = pytest.mark.usefixtures("double_precision")


def tilted(d: int = 1) -> LinearGaussian:
    """Return a linear model whose posterior is apart from the prior, but within reach of a few steps."""
    weight = torch.tensor([[1.0, 0.3], [0.5, -0.8]])[:, :d]
    return LinearGaussian(weight, torch.tensor([0.5, 0.0]), torch.tensor([0.6, 0.9]))


def simulated(name: str, num_examples: int) -> tuple[Any, Tensor, Tensor]:
    """Return a model, x drawn from it, and the z that made each x: an exact draw from p(z|x)."""
    model, _ = zoo.make(name)
    with torch.no_grad():
        z = model.prior().sample((num_examples,))
        return model, model.likelihood(z).sample(), z


def log_density(model: Any, x: Tensor, z: Tensor, beta: float | Tensor = 1.0) -> Tensor:
    """Return log p(z) + β log p(x|z) [K, N] of z [K, N, d], with x_n beside each of the K draws in its column."""
    rows = z.flatten(0, 1)
    log_likelihood = model.likelihood(rows).log_prob(x.repeat(len(z), 1))
    return (model.prior().log_prob(rows) + beta * log_likelihood).view(z.shape[:2])


def moved(
    model: Any, x: Tensor, z: Tensor, step: Tensor, num_leapfrog: int = 3, beta: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Make one transition on p(z) p(x|z)^β."""

    def value_and_gradient(z: Tensor) -> tuple[Tensor, Tensor]:
        z = z.detach().requires_grad_()
        value = log_density(model, x, z, beta)
        return value.detach(), torch.autograd.grad(value.sum(), z)[0]

    return hamiltonian_transition(value_and_gradient, z, step, num_leapfrog)


@dataclass(frozen=True)
class Move:
    """Hold what a transition was asked for: on which density, and with which steps."""

    beta: float
    step: Tensor  # [N, d]


def watched(monkeypatch: pytest.MonkeyPatch, model: Any, x: Tensor) -> list[Move]:
    """Return a list that every transition enters; its β is read off the values of its density at two z."""
    moves: list[Move] = []
    probe = torch.tensor([0.3, -0.8]).view(2, 1, 1).expand(2, len(x), *model.prior().event_shape)

    def noted(density: Any, z: Tensor, step: Tensor, num_leapfrog: int) -> tuple[Tensor, Tensor]:
        values = density(probe)[0]
        flat, full = (log_density(model, x, probe, beta) for beta in (0.0, 1.0))
        betas = ((values - flat) / (full - flat)).detach()
        assert_close(betas, float(betas[0, 0]), "one β for all examples, wherever z is", 1e-8)
        moves.append(Move(float(betas[0, 0]), step))
        return hamiltonian_transition(density, z, step, num_leapfrog)

    monkeypatch.setattr(annealing, "hamiltonian_transition", noted)
    return moves


@pytest.mark.parametrize(("d", "num_samples", "num_steps"), [(1, 1, 2), (1, 3, 2), (1, 2, 8), (2, 1, 8), (2, 2, 20)])
def test_forward_weights_average_to_the_evidence(d: int, num_samples: int, num_steps: int) -> None:
    model = tilted(d)
    x = model.likelihood(torch.tensor([[0.7, -0.5], [1.6, 1.0]])[:, :d]).mean.detach()
    many = x.repeat(2000, 1)
    found = annealed_importance_sampling(model, many, num_samples, num_steps, 2).log_prob.view(-1, 2)
    ratio = found - model.log_prob(x).detach()
    assert_mean(ratio.exp(), 1.0, f"d = {d}, K = {num_samples}, T = {num_steps}: E[p̂] / p(x)")
    assert (ratio.mean(0) < -4 * ratio.std(0) / 2000**0.5).all(), "and its logarithm lies below, noticeably"


@pytest.mark.parametrize(("d", "num_samples", "num_steps"), [(1, 1, 8), (1, 2, 8), (2, 1, 20)])
def test_backward_weights_average_to_one_over_the_evidence(d: int, num_samples: int, num_steps: int) -> None:
    model = tilted(d)
    x = model.likelihood(torch.tensor([[0.7, -0.5], [-0.4, 0.8]])[:, :d]).mean.detach()
    many = x.repeat(2000, 1)
    exact = model.posterior(many).sample()
    found = annealed_importance_sampling(model, many, num_samples, num_steps, 2, exact_posterior_sample=exact)
    ratio = model.log_prob(x).detach() - found.log_prob.view(-1, 2)
    assert_mean(ratio.exp(), 1.0, f"d = {d}, K = {num_samples}, T = {num_steps}: E[p(x) / p̂]")
    assert (ratio.mean(0) < -4 * ratio.std(0) / 2000**0.5).all(), "and log p̂ lies above, noticeably"


@pytest.mark.parametrize("name", ["Bernoulli, d = 1", "Bernoulli, d = 2", "mixture prior", "plain class"])
def test_the_forward_estimate_is_unbiased_for_models_without_closed_form(name: str) -> None:
    model, x = zoo.make(name, num_examples=2)
    found = annealed_importance_sampling(model, x.repeat(1000, 1), 1, 6, 2).log_prob.view(-1, 2)
    assert_mean((found - zoo.log_prob(model, x)).exp(), 1.0, f"{name}: E[p̂] / p(x)")


ENCLOSED = [*zoo.EXACT, "Bernoulli, d = 2", "Binomial", "Gaussian, scale per pixel", "full posterior", "mixture prior"]


@pytest.mark.parametrize("name", ENCLOSED)
def test_forwards_and_backwards_enclose_the_truth_on_simulated_data(name: str) -> None:
    model, x, z = simulated(name, 40)
    truth = zoo.log_prob(model, x).detach()
    below = annealed_importance_sampling(model, x, 1, 30, 3)
    above = annealed_importance_sampling(model, x, 1, 30, 3, exact_posterior_sample=z)
    assert (below.kind, above.kind) == ("stochastic lower bound", "stochastic upper bound")
    for estimate, sign in ((below, 1), (above, -1)):
        excess = sign * (estimate.log_prob - truth)
        error = excess.std() / len(x) ** 0.5
        assert excess.mean() <= 4 * error, (
            f"{name}, {estimate.kind}: on the wrong side by {excess.mean():.3g} ± {error:.2g}"
        )
        assert excess.mean() > -1.5, f"{name}, {estimate.kind}: {excess.mean():.3g} is no enclosure"


def test_more_steps_bring_both_sides_nearer() -> None:
    model = tilted(2)
    z = model.prior().sample((200,))
    x = model.likelihood(z).sample()
    truth, widths = model.log_prob(x).detach(), []
    for num_steps in (3, 15, 75):
        below = annealed_importance_sampling(model, x, 1, num_steps, 2).log_prob
        above = annealed_importance_sampling(model, x, 1, num_steps, 2, exact_posterior_sample=z).log_prob
        assert (below - truth).mean() < 0 < (above - truth).mean()
        widths.append(float((above - below).mean()))
    assert widths[1] < 0.6 * widths[0]
    assert widths[2] < 0.6 * widths[1]


@pytest.mark.parametrize("step_size", [0.3, 0.9, 1.5])
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_a_transition_leaves_its_density_invariant(beta: float, step_size: float) -> None:
    """Start from exact draws of f ∝ p(z) p(x|z)^β, a Gaussian, with steps so long that many are rejected."""
    model, x = tilted(2), torch.tensor([[1.5, -1.0]])
    scaled = model.weight.detach() / model.noise_scale.detach()[:, None] ** 2
    precision = torch.eye(2) + beta * scaled.T @ model.weight.detach()
    loc = torch.linalg.solve(precision, beta * scaled.T @ (x[0] - model.bias.detach()))
    target = td.MultivariateNormal(loc, precision_matrix=precision)
    z = target.sample((20_000, 1))
    step = torch.full((1, 2), step_size)
    acceptances = []
    for _ in range(5):
        before = z
        z, acceptance = moved(model, x, z, step, beta=beta)
        acceptances.append(acceptance)
        elsewhere = (z != before).any(-1).double()
        assert_mean(elsewhere - acceptance, 0.0, "the share that moved is the acceptance reported")
    centred = z[:, 0] - loc
    assert_mean(centred, 0.0, f"β = {beta}, step {step_size}: mean")
    assert_mean(centred[:, :, None] * centred[:, None], target.covariance_matrix, f"β = {beta}, step {step_size}: Cov")
    assert_mean(target.log_prob(z[:, 0]), -target.entropy(), f"β = {beta}, step {step_size}: E[log f]")
    assert (acceptances[0] > 0.9 if step_size == 0.3 else acceptances[0] < 0.999).all()


def test_transitions_carry_any_start_to_their_density() -> None:
    model, x = tilted(2), torch.tensor([[1.5, -1.0]])
    target = model.posterior(x)
    z = torch.full((4000, 1, 2), 4.0)
    for _ in range(40):  # of different lengths: a path of half a period would only mirror z
        step = 0.3 + 0.5 * torch.rand(1, 1).expand(1, 2)
        z, _ = moved(model, x, z, step)
    assert_mean(z, target.mean.detach(), "mean")
    assert_mean((z - target.mean.detach()) ** 2, target.variance.detach(), "variance")


def test_the_leapfrog_error_is_of_second_order() -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 5)
    z = model.prior().sample((4000, 5))
    rejected = []
    for step, num_leapfrog in ((0.4, 2), (0.2, 4)):  # the same length of path
        torch.manual_seed(1)
        _, acceptance = moved(model, x, z, torch.full((5, 2), step), num_leapfrog)
        rejected.append(1 - acceptance.mean())
    assert rejected[1] < rejected[0] / 3, f"half the step must reject about a quarter: {rejected}"


def test_a_density_that_is_not_a_number_is_never_entered() -> None:
    class Cliff(LinearGaussian):
        def likelihood(self, z: Tensor) -> td.Independent[td.Normal]:
            loc = torch.where(z > 0.5, torch.nan, z) @ self.weight.T
            return td.Independent(td.Normal(loc, 1.0, validate_args=False), 1)

    model, x = Cliff(torch.ones(1, 1), torch.zeros(1), 1.0), torch.zeros(1, 1)
    z = torch.zeros(500, 1, 1)
    for _ in range(5):
        z, acceptance = moved(model, x, z, torch.ones(1, 1))
    assert (z <= 0.5).all()
    assert (acceptance > 0).all()
    assert (acceptance < 1).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_step_sizes_adapt_in_the_pilot_and_are_frozen_afterwards(
    backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x, z = simulated("Bernoulli, d = 2", 3)
    moves = watched(monkeypatch, model, x)
    annealed_importance_sampling(model, x, 4, 30, 3, exact_posterior_sample=z if backwards else None)
    assert len(moves) == 60, "a pilot and a run"
    pilot, run = moves[:30], moves[30:]
    for move in run:
        used_at = [tuned.beta for tuned in pilot if torch.equal(tuned.step, move.step)]
        assert used_at, "the run takes the pilot's sizes, whatever it meets"
        assert abs(used_at[0] - move.beta) < 0.1, "each at the temperature for which it was tuned, or the next one"
    assert_close(pilot[0].step, 0.5 * torch.ones(3, 2), "the first step, in standard deviations of the prior")
    sizes = torch.stack([move.step for move in pilot])
    assert (sizes[1:] != sizes[:-1]).all()
    assert (sizes[-1, 0] != sizes[-1, 1]).all(), "each example has a size of its own"


def test_backward_step_sizes_do_not_know_the_exact_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are unbiased given step sizes that do not depend on where the chain starts."""
    model, x, z = simulated("Bernoulli, d = 2", 3)
    used = []
    for sample in (z, z + 1):
        moves = watched(monkeypatch, model, x)
        torch.manual_seed(1)
        annealed_importance_sampling(model, x, 2, 10, 3, exact_posterior_sample=sample)
        used.append(torch.stack([move.step for move in moves[10:]]))
    assert torch.equal(used[0], used[1])


def test_the_pilot_arrives_at_the_acceptance_aimed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    moves = watched(monkeypatch, model, x)
    annealed_importance_sampling(model, x, 16, 200, 5)
    z = model.prior().sample((16, 4))
    late = []
    for _ in range(60):
        z, acceptance = moved(model, x, z, moves[-1].step, num_leapfrog=5)
        late.append(acceptance)
    reached = torch.stack(late[10:]).mean(0)
    assert ((reached - annealing.TARGET_ACCEPTANCE).abs() < 0.15).all(), reached


def test_steps_follow_the_width_of_the_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("plain class")
    moves = watched(monkeypatch, model, x)
    annealed_importance_sampling(model, x, 1, 2)
    half = 0.5 * torch.tensor([1.0, 1.2]).expand(6, 2)
    assert_close(moves[0].step, half, "half a standard deviation of N(0.2, (1, 1.2)²)")


@pytest.mark.parametrize("num_steps", [2, 3, 50])
def test_temperatures_rise_from_zero_to_one_and_are_dense_at_both_ends(
    num_steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pilot walks from the prior up to β = 1; a run backwards starts there, and its last transition has β = 0."""
    model, x, z = simulated("Bernoulli, d = 2", 3)
    moves = watched(monkeypatch, model, x)
    annealed_importance_sampling(model, x, 1, num_steps, 1, exact_posterior_sample=z)
    up, down = ([move.beta for move in part] for part in (moves[:num_steps], moves[num_steps:]))
    assert (up[-1], down[-1]) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert up[:-1] == pytest.approx(down[-2::-1], abs=1e-9), "the same temperatures either way"
    gaps = torch.tensor([0.0, *up]).diff()
    assert len(gaps) == num_steps
    assert (gaps > 0).all()
    assert_close(gaps, gaps.flip(0), "symmetric", 1e-8)
    if num_steps > 3:
        assert gaps[0] < 0.2 * gaps.max()


def test_standard_error_and_effective_sample_size_are_those_of_the_chains() -> None:
    model, x = tilted(2), torch.tensor([[1.5, -1.0], [0.5, 0.3]])
    torch.manual_seed(1)
    single = annealed_importance_sampling(model, x, 1, 10)
    assert present(single.standard_error).isinf().all()
    found = [annealed_importance_sampling(model, x, 50, 10, 2) for _ in range(20)]
    spread = torch.stack([estimate.log_prob for estimate in found]).std(0)
    claimed = torch.stack([present(estimate.standard_error) for estimate in found]).mean(0)
    assert ((claimed / spread > 0.5) & (claimed / spread < 1.8)).all(), (claimed, spread)
    sizes = torch.stack([present(estimate.effective_sample_size) for estimate in found])
    assert ((sizes >= 1) & (sizes <= 50)).all()
    assert found[0].numerical_error is None


class NoEncoder:
    """Keep prior and likelihood of a model; whoever asks for q(z|x) fails."""

    def __init__(self, model: Any) -> None:
        self.prior, self.likelihood = model.prior, model.likelihood

    def posterior(self, x: Tensor) -> td.Distribution:
        raise AssertionError("the encoder was called")


@pytest.mark.parametrize("name", ["convolutional", "linear, one noise scale, d = 2", "mixture prior"])
def test_the_encoder_is_never_called_and_the_decoder_sees_rows(name: str) -> None:
    """The nets of the convolutional model refuse anything but [M, d] themselves."""
    model, x, z = simulated(name, 4)
    for exact in (None, z):
        estimate = annealed_importance_sampling(NoEncoder(model), x, 3, 5, 2, exact_posterior_sample=exact)
        assert estimate.log_prob.shape == (4,)


@pytest.mark.parametrize("enabled", [True, False])
def test_no_gradient_is_left_and_none_is_touched(enabled: bool) -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    loc = torch.zeros(2, requires_grad=True)
    learned = WithPrior(model, td.Independent(td.Normal(loc, loc.exp()), 1))
    with torch.set_grad_enabled(enabled):
        estimate = annealed_importance_sampling(learned, x, 2, 4)
    assert not estimate.log_prob.requires_grad
    assert not present(estimate.standard_error).requires_grad
    assert all(parameter.grad is None for parameter in [loc, *zoo.parameters(model)])


def test_the_global_generator_is_the_only_source_of_chance() -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    torch.manual_seed(1)
    first = annealed_importance_sampling(model, x, 2, 4).log_prob
    torch.manual_seed(1)
    assert torch.equal(annealed_importance_sampling(model, x, 2, 4).log_prob, first)
    assert not torch.equal(annealed_importance_sampling(model, x, 2, 4).log_prob, first)


@pytest.mark.parametrize(("argument", "minimum"), [("num_samples", 1), ("num_steps", 2), ("num_leapfrog", 1)])
def test_counts_below_their_minimum_are_refused(argument: str, minimum: int) -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    too_few: dict[str, Any] = {argument: minimum - 1}
    with refused(argument, f"at least {minimum}", str(minimum - 1)):
        annealed_importance_sampling(model, x, **too_few)
    not_whole: dict[str, Any] = {argument: 2.0}
    with refused(argument, "int", "float"):
        annealed_importance_sampling(model, x, **not_whole)


def test_a_discrete_prior_is_refused_with_the_remedy() -> None:
    with refused("continuous z", "OneHotCategorical", "sum over z", error=ValueError):
        annealed_importance_sampling(*zoo.make("categories"))


WRONG_SAMPLES: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "a list": (lambda: [[0.0, 0.0]] * 4, ("Tensor", "list")),
    "one for all": (lambda: torch.zeros(2), (r"\[N, d\]", r"\[2\]")),
    "too few": (lambda: torch.zeros(3, 2), (r"\[3, 2\]", r"\[4, 2\]", "simulated")),
    "another z": (lambda: torch.zeros(4, 3), (r"\[4, 3\]", r"\[4, 2\]")),
    "not finite": (lambda: torch.full((4, 2), torch.nan), ("nan", "finite")),
    "float32": (lambda: torch.zeros(4, 2, dtype=torch.float32), ("float32", "float64")),
}


@pytest.mark.parametrize("kind", WRONG_SAMPLES)
def test_an_exact_sample_that_does_not_fit_is_refused(kind: str) -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    sample, fragments = WRONG_SAMPLES[kind]
    with refused("exact_posterior_sample", *fragments):
        annealed_importance_sampling(model, x, 2, 4, exact_posterior_sample=sample())


def test_bad_examples_are_refused() -> None:
    model, x, _ = simulated("Bernoulli, d = 2", 4)
    for bad, rule in ((x + 0.5, "Bernoulli"), (x * torch.nan, "nan"), (x[:0], "no example"), (x.float(), "float32")):
        with refused("x", rule):
            annealed_importance_sampling(model, bad, 2, 4)
