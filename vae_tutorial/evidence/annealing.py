"""log p(x) by annealed importance sampling: a bound from below and, on simulated data, one from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_agrees, check_count, check_matrix
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.running_mean import RunningMean
from vae_tutorial.numerics.chunks import pieces, rows_at_once
from vae_tutorial.numerics.hamiltonian import hamiltonian_transition
from vae_tutorial.numerics.moments import location_and_spread
from vae_tutorial.protocol import (
    LatentVariableModel,
    bounded_support,
    check_observations,
    is_inside,
    log_density,
    measuring,
    prior_of,
    within_support,
)
from vae_tutorial.protocol.in_pieces import log_likelihood, score_at_once

TARGET_ACCEPTANCE = 0.7
FIRST_STEP = 0.5  # in standard deviations of the prior
ADAPTATION = 0.1  # the step size moves by exp(ADAPTATION · (acceptance − target)) after each transition


@torch.no_grad()
def annealed_importance_sampling(
    model: LatentVariableModel,
    x: Tensor,
    num_samples: int = 16,
    num_steps: int = 200,
    num_leapfrog: int = 5,
    exact_posterior_sample: Tensor | None = None,
) -> EvidenceEstimate:
    """Estimate log p(x) by moving samples from the prior to the posterior through many small steps.

    ::

        f_t(z) = p(z) p(x|z)^β_t,   0 = β_0 < β_1 < … < β_T = 1
        log w  = Σ_t (β_t − β_{t−1}) log p(x|z_{t−1}),   z_0 ~ p(z),   z_t by Hamiltonian Monte Carlo on f_t

    E[w] = p(x), so the estimate is a stochastic lower bound.  The encoder is not used, so its faults do no harm.  The
    steps β_t follow a sigmoid, dense at both ends.  A pilot run of its own adapts the step size of each example at each
    temperature to an acceptance of 0.7; then the sizes are frozen, since a chain that adapts to itself would bias w.
    Where the prior's support has an edge, the chains walk in coordinates u in which it has none, z = T(u) with torch's
    ``biject_to``, and f_t carries ``log |dT/du|``; where torch knows no T, a step over the edge is rejected.

    Where x was simulated by the model and the z that made it is known, that z is an exact draw from p(z|x): pass it,
    and the chains run backwards from it.  The estimate is then a stochastic upper bound, and the two enclose log p(x).

    Args:
        model: anything with the three methods, a continuous z, and densities that can be differentiated in z.
        x: examples [N, D].
        num_samples: K, chains for each example.
        num_steps: T, temperatures after the first.
        num_leapfrog: leapfrog steps of each transition.
        exact_posterior_sample: z [N, d] that made x; None runs forwards.

    Returns:
        EvidenceEstimate, of kind "stochastic lower bound", or "stochastic upper bound" where a z is given.  Standard
        error and effective sample size come from the K weights; of chains that all missed a mode they tell nothing.
        Backward chains share their start, so there the standard error is too small.

    Raises:
        ValueError, TypeError: bad ``x`` or counts, a discrete prior, or a sample that does not fit.
        RuntimeError: the model's own tensors were made under ``torch.inference_mode()``.

    References:
        Neal (2001), https://doi.org/10.1023/A:1008923215028;
        Wu, Burda, Salakhutdinov and Grosse (2017), https://arxiv.org/abs/1611.04273;
        Grosse, Ghahramani and Adams (2015), https://arxiv.org/abs/1511.02543
    """
    check_count(num_samples, "num_samples")
    check_count(num_steps, "num_steps", minimum=2)
    check_count(num_leapfrog, "num_leapfrog")
    check_observations(model, x)
    prior = prior_of(model)
    if getattr(prior.support, "is_discrete", False):
        raise ValueError(f"annealing moves a continuous z, got a discrete prior, {type(prior).__name__}: sum over z")
    if exact_posterior_sample is not None:
        _check_exact_sample(exact_posterior_sample, x, prior)
    with measuring(model, x) as x:
        prior = prior_of(model)  # of tensors that a gradient may pass, whatever mode surrounds the call
        path = _Path(model, x, num_leapfrog, _sigmoid_schedule(num_steps, x), _bijection(prior))
        frozen = path.run(prior.sample((num_samples, len(x))), step_sizes=None).step_sizes
        if exact_posterior_sample is None:
            fresh = prior.sample((num_samples, len(x)))
            return _estimate(path.run(fresh, frozen).log_weights)
        # The pilot walks forwards here too: sizes that had seen the exact sample would bias the weights.
        from_posterior = _with_version(exact_posterior_sample).expand(num_samples, -1, -1)
        backwards = [*frozen[-2::-1], frozen[0]]  # the sizes of β_{T−1}, …, β_1, and for β_0 the nearest
        inverse = _estimate(path.reversed().run(from_posterior, backwards).log_weights)
        return replace(inverse, log_prob=-inverse.log_prob, kind="stochastic upper bound")


@dataclass(frozen=True)
class _Run:
    log_weights: Tensor  # [K, N]
    step_sizes: list[Tensor]  # one [N] for each temperature


@dataclass(frozen=True)
class _Path:
    """The densities f_t between two ends, and the transitions that leave each of them invariant."""

    model: LatentVariableModel
    x: Tensor
    num_leapfrog: int
    schedule: Tensor
    to_support: td.Transform | None = None  # z = T(u); None where the chains walk in z itself

    def reversed(self) -> _Path:
        return replace(self, schedule=self.schedule.flip(0))

    def run(self, z: Tensor, step_sizes: list[Tensor] | None) -> _Run:
        """Walk along the schedule from z [K, N, d]; adapt the step sizes where none are given."""
        z, scale = self._start(z)
        size = torch.full_like(self.x[:, 0], FIRST_STEP)
        log_weights = torch.zeros_like(z[..., 0])
        used: list[Tensor] = []
        for t, (before, beta) in enumerate(zip(self.schedule[:-1], self.schedule[1:], strict=True)):
            log_weights += (beta - before) * log_likelihood(self.model, self.x, self._in_support(z))
            size = size if step_sizes is None else step_sizes[t]
            used.append(size)
            density = partial(self._gradient, beta=beta)
            z, acceptance = hamiltonian_transition(density, z, size[:, None] * scale, self.num_leapfrog)
            size = size * (ADAPTATION * (acceptance - TARGET_ACCEPTANCE)).exp()
        return _Run(log_weights, used)

    def _start(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coordinates [K, N, d] of z, and the prior's width in them [d]."""
        prior = prior_of(self.model)
        if self.to_support is None:
            return z, location_and_spread(prior, z.device)[1]
        flat = td.TransformedDistribution(prior, [self.to_support.inv], validate_args=False)
        return self.to_support.inv(z), location_and_spread(flat, z.device)[1]

    def _in_support(self, u: Tensor) -> Tensor:
        return u if self.to_support is None else self.to_support(u)

    def _log_density(self, u: Tensor, beta: Tensor, x: Tensor) -> Tensor:
        prior, z = prior_of(self.model), self._in_support(u)
        log_prior = log_density(prior, z)
        if self.to_support is not None:
            log_volume = self.to_support.log_abs_det_jacobian(u, z)
            log_prior = log_prior + (log_volume if log_volume.ndim == log_prior.ndim else log_volume.sum(-1))
        return log_prior + beta * score_at_once(self.model, x, within_support(prior, z))

    def _gradient(self, u: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
        """Return log f(u) [K, N] and its gradient [K, N, d], a piece at a time."""
        num_samples, num_examples = u.shape[:2]
        rows = rows_at_once(self.x.shape[1])
        if num_samples * num_examples <= rows:
            return self._gradient_of_piece(u, beta, self.x)
        value, gradient = torch.empty_like(u[..., 0]), torch.empty_like(u)
        for k, n in pieces(num_samples, num_examples, rows):
            value[k, n], gradient[k, n] = self._gradient_of_piece(u[k, n], beta, self.x[n])
        return value, gradient

    def _gradient_of_piece(self, u: Tensor, beta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        try:
            return _value_and_gradient(lambda u: self._log_density(u, beta, x), u)
        except ValueError:  # of a distribution that validates its parameters, where a trajectory has exploded
            finite = u.isfinite().all(-1)
            if finite.all():
                raise
            u = torch.where(finite[..., None], u, 0.0)
            value, gradient = _value_and_gradient(lambda u: self._log_density(u, beta, x), u)
            return value.masked_fill(~finite, -torch.inf), gradient


def _value_and_gradient(function: Callable[[Tensor], Tensor], u: Tensor) -> tuple[Tensor, Tensor]:
    """Return function(u) [K, N] and its gradient [K, N, d] in u."""
    with torch.enable_grad():
        u = u.detach().requires_grad_()
        value = function(u)
        (gradient,) = torch.autograd.grad(value.sum(), u)
    return value.detach(), gradient


def _sigmoid_schedule(num_steps: int, like: Tensor) -> Tensor:
    """Return β_0 = 0 … β_T = 1 [T + 1]: a sigmoid from −4 to 4, stretched to end at 0 and 1."""
    values = torch.linspace(-4, 4, num_steps + 1, dtype=like.dtype, device=like.device).sigmoid()
    return (values - values[0]) / (values[-1] - values[0])


def _estimate(log_weights: Tensor) -> EvidenceEstimate:
    running = RunningMean(log_weights[0], len(log_weights))
    running.update(log_weights)
    return running.estimate(covers_prior=True)


def _bijection(prior: td.Distribution) -> td.Transform | None:
    support = bounded_support(prior)
    try:
        return None if support is None else td.biject_to(support)
    except NotImplementedError:  # of a constraint that torch does not know
        return None


def _with_version(tensor: Tensor) -> Tensor:
    """Return a tensor that a gradient may be computed with, also where this one was made under inference mode."""
    return tensor.clone() if tensor.is_inference() else tensor


def _check_exact_sample(z: Tensor, x: Tensor, prior: td.Distribution) -> None:
    check_matrix(z, "exact_posterior_sample", columns="d")
    check_agrees(z, "exact_posterior_sample", x)
    event, support = prior.event_shape, bounded_support(prior)
    if z.shape != (*x.shape[:1], *event):
        raise ValueError(
            f"exact_posterior_sample has shape {list(z.shape)}, but must be {[len(x), *event]}: "
            "the z from which each x was simulated"
        )
    if support is not None and not is_inside(support, z).all():
        row = int((~is_inside(support, z)).nonzero()[0])
        raise ValueError(
            f"exact_posterior_sample holds {z[row].tolist()} in row {row}, outside the support of the prior, a "
            f"{type(prior).__name__}: it is no z from which x was simulated"
        )
