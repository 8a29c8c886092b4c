"""Enclose log p(x) from both sides, on x that the model itself makes, to see whether an estimator suffices for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive
from vae_tutorial.evidence.annealing import annealed_importance_sampling
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.mixture import Mixture
from vae_tutorial.numerics.chunks import MOST_ROWS
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    evaluation_mode,
    likelihood_of,
    measuring,
    prior_of,
)

Method = Literal["importance sampling", "annealing"]
Proposals = td.Distribution | Sequence[td.Distribution]
CERTAIN = 2.0  # standard errors of the mean width that are added before it is held to be small enough
STATED_ERRORS = 5.0  # by which the two sides of one example may differ before no error bar explains it


@dataclass(frozen=True, repr=False)
class Bracket:
    """Hold a lower and an upper estimate of log p(x) for x that the model made, and say what their distance means.

    Attributes:
        x: the examples [N, D] that the model made.
        z: the z [N, d] that made them, each an exact draw from p(z|x).
        lower: what the estimator says of them, of kind "stochastic lower bound".
        upper: the same estimator run backwards from z, of kind "stochastic upper bound".
        tolerance: the mean width that is small enough, in nats.
        setting: the estimator and what it was given, in words.
    """

    x: Tensor
    z: Tensor
    lower: EvidenceEstimate
    upper: EvidenceEstimate
    tolerance: float
    setting: str

    @property
    def width(self) -> Tensor:
        """Return upper less lower [N], in nats; of single examples it may be negative, on average it is not."""
        return self.upper.log_prob - self.lower.log_prob

    @property
    def mean_width(self) -> float:
        """Return the mean width, in nats, by which the lower bound is at most too low on average for this model."""
        return float(self.width.mean())

    @property
    def mean_width_error(self) -> float:
        """Return the standard error of the mean width, in nats, from how widths differ and what shared draws add."""
        variance = self.width.var() / len(self.width)
        for side in (self.lower, self.upper):
            if side.shared_draws and side.standard_error_of_mean is not None:
                variance = variance + side.standard_error_of_mean**2
        return float(variance.sqrt())

    @property
    def suffices(self) -> bool:
        """Tell whether the mean width and two of its standard errors are within the tolerance."""
        return self.mean_width + CERTAIN * self.mean_width_error <= self.tolerance

    @property
    def open(self) -> Tensor:
        """Return the indices of the examples whose own width is above the tolerance and five stated errors."""
        error = self.lower.standard_error
        assert error is not None, "both sides are sampled"
        return (self.width > self.tolerance + STATED_ERRORS * error).nonzero()[:, 0]

    def report(self) -> str:
        """Say in words where log p(x) lies, how wide the bracket is, and whether the setting suffices."""
        return "\n".join([*self._sides(), f"Width: {self._width()}.", self._sentence(), *self._blindness()])

    def __repr__(self) -> str:
        verdict = "suffices" if self.suffices else "does not suffice"
        return f"Bracket({len(self.x)} examples, width {self._width()}, {self.setting}: {verdict})"

    def _width(self) -> str:
        return f"{self.mean_width:.3f} ± {self.mean_width_error:.3f} nats"

    def _sides(self) -> list[str]:
        below, above = self.lower.log_prob.mean(), self.upper.log_prob.mean()
        error_below = self.lower.standard_error_of_mean
        return [
            f"{len(self.x)} examples that the model made; {self.setting}.",
            f"Mean of log p(x): from below {below:.3f} ± {error_below:.3f}, "
            f"from above {above:.3f} ± {self.mean_width_error:.3f} nats.",
        ]

    def _sentence(self) -> str:
        if self.suffices:
            return (
                f"The setting suffices for this model: on x of its own, log p(x) is on average at most "
                f"{max(self.mean_width, 0) + CERTAIN * self.mean_width_error:.2f} nats too low, where "
                f"{self.tolerance:g} are allowed. Data unlike the model's own may be harder."
            )
        if self.mean_width <= self.tolerance:
            return (
                f"Whether the setting suffices cannot be told to within {self.tolerance:g} nats from "
                f"{len(self.x)} examples: take more of them."
            )
        return (
            f"The setting does not suffice for this model: the sides are further apart than {self.tolerance:g} nats. "
            "Take more draws, another proposal or more temperatures, until they meet."
        )

    def _blindness(self) -> list[str]:
        verdicts = self.lower.verdict
        blind = [n for n in self.open.tolist() if verdicts[n] == "trust"]
        if not blind:
            return []
        shown = ", ".join(map(str, blind[:5])) + (", …" if len(blind) > 5 else "")
        return [
            f"k̂ is blind here: {len(blind)} of {verdicts.count('trust')} examples with the verdict trust have a width "
            f"that no error bar explains ({shown}). The proposal misses a part of the posterior."
        ]


@torch.no_grad()
def bracket(
    model: LatentVariableModel,
    num_examples: int = 100,
    num_samples: int = 1000,
    *,
    method: Method = "importance sampling",
    proposal: Callable[[Tensor], Proposals] | None = None,
    num_steps: int = 200,
    num_leapfrog: int = 5,
    tolerance: float = 0.1,
) -> Bracket:
    """Enclose log p(x) between two estimates, on x drawn from the model, and say whether the estimator suffices for it.

    ::

        z* ~ p(z),  x ~ p(x|z*)        so z* is an exact draw from p(z|x)
        lower: log p̂(x), E[p̂] = p(x)                  E[lower] ≤ log p(x)
        upper: the same estimator run backwards from z*, E[1/p̂] = 1/p(x)        E[upper] ≥ log p(x)

    Importance sampling runs backwards by exchanging one of its K draws for z*; annealing by starting at z*, and walking
    from the posterior to the prior.  The mean width is an upper bound for how much too low the estimator is on average,
    and needs no truth.  It sees what standard error, effective sample size and k̂ cannot: where the proposal misses a
    mode, every z* from that mode has a huge weight.

    It speaks of x as the model makes them.  Real data may be harder, where the model does not fit them.

    Args:
        model: anything with the three methods; it must be able to draw x.
        num_examples: N, how many x are drawn; the error of the width falls with √N.
        num_samples: K, as for the estimator itself.
        method: "importance sampling" or "annealing".
        proposal: for importance sampling, a function of x [N, D] that returns what ``importance_sampling`` takes; None
            is its default.
        num_steps: temperatures, for annealing.
        num_leapfrog: leapfrog steps of each transition, for annealing.
        tolerance: mean width that is small enough, in nats.

    Returns:
        Bracket.

    Raises:
        ValueError, TypeError: bad counts, ``method``, ``proposal`` or ``tolerance``.

    References:
        Grosse, Ghahramani and Adams (2015), bidirectional Monte Carlo, https://arxiv.org/abs/1511.02543;
        Wu, Burda, Salakhutdinov and Grosse (2017), for decoders, https://arxiv.org/abs/1611.04273
    """
    check_count(num_examples, "num_examples", minimum=2)
    check_count(num_samples, "num_samples")
    if method not in ("importance sampling", "annealing"):
        raise ValueError(f'method must be "importance sampling" or "annealing", got {method!r}')
    check_positive(tolerance, "tolerance")
    if proposal is not None and (method == "annealing" or not callable(proposal)):
        raise TypeError(
            "proposal must be a function of x that returns what importance_sampling takes, such as "
            f'lambda x: [model.posterior(x), model.prior()], and goes with method="importance sampling", got '
            f'{type(proposal).__name__} with method="{method}"'
        )
    x, z = _simulated(model, num_examples)
    if method == "annealing":
        settings = (num_samples, num_steps, num_leapfrog)
        lower = annealed_importance_sampling(model, x, *settings)
        upper = annealed_importance_sampling(model, x, *settings, exact_posterior_sample=z)
        setting = f"annealing with {num_samples} chains, {num_steps} temperatures and {num_leapfrog} leapfrog steps"
        return Bracket(x, z, lower, upper, tolerance, setting)
    check_observations(model, x)
    with measuring(model, x) as x:
        mixture = Mixture.of(model, x, num_samples, None if proposal is None else proposal(x))
        lower, upper = mixture.estimate(), mixture.estimate(exact_posterior_sample=z)
    what = "half from q, half from the prior" if proposal is None else "from the proposal that was given"
    return Bracket(x, z, lower, upper, tolerance, f"importance sampling with {num_samples} draws, {what}")


def _simulated(model: LatentVariableModel, num_examples: int) -> tuple[Tensor, Tensor]:
    """Draw x [N, D] from the model, and return it with the z [N, d] that made it."""
    with evaluation_mode(model):
        z = prior_of(model).sample((num_examples,))
        x = torch.cat([likelihood_of(model, part).sample() for part in z.split(MOST_ROWS)])
    return x, z
