"""What every estimator of log p(x) returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from vae_tutorial.evidence import report, verdict
from vae_tutorial.evidence.verdict import Verdict

Kind = Literal["exact", "stochastic lower bound", "stochastic upper bound"]


@dataclass(frozen=True, repr=False)
class EvidenceEstimate:
    """Hold log p(x) and what is known of its error.

    Attributes:
        log_prob: log p(x) [N], in nats.
        standard_error: of ``log_prob`` [N], in nats, by the delta method; None where nothing was sampled.
        effective_sample_size: (Σ w)² / Σ w² [N], between 1 and K; None where nothing was sampled.
        numerical_error: estimated error of a quadrature [N], in nats; None where samples were drawn.
        kind: "exact" up to ``numerical_error``, or on which side of log p(x) the estimate lies on average.
        pareto_k: k̂ [N], how heavy the tail of the weights is, without a unit: their variance is finite for k̂ < ½ and
            their mean for k̂ < 1.  Infinite where the tail has fewer than five weights: of 20 draws or fewer, or where
            the largest weights are equal.  None where nothing was sampled.
        num_samples: K, draws for each example; None where nothing was sampled.
        standard_error_of_mean: of the mean of ``log_prob`` over the examples [], in nats, from the draws alone and with
            those counted that examples share; None where nothing was sampled.
        shared_draws: whether examples share draws, so that their errors are correlated.
        covers_prior: whether some of the draws come from the prior, or chains from it, so that weights have a bound.

    **The verdict** on each example is "trust", "doubt" or "refuse", by this rule.

    ============  ====================================================  ===============================================
    verdict       of an estimate from draws                             of a quadrature or a sum
    ============  ====================================================  ===============================================
    ``refuse``    k̂ ≥ 1, or an effective sample size below 5, or a      ``numerical_error`` of a nat or more, or a
                  value that is not finite                              value that is not finite
    ``trust``     k̂ surely below ⅓, at least 100 draws, an effective    ``numerical_error`` of at most 0.1 nats
                  sample size of at least 100, and some draws from
                  the prior
    ``doubt``     everything else, and every upper bound                everything else
    ============  ====================================================  ===============================================

    Below ⅓ the weights have a third moment, so that an estimate of so many draws is about Gaussian and its standard
    error means what it says; between ⅓ and 0.7 a mean of weights may still be close, but runs that were lucky look
    best.  "Surely" adds two standard errors to k̂, after the k̂ of one call were drawn together as far as their
    differences are noise.  Without draws from the prior nothing bounds a weight, and where q is too narrow a light tail
    is luck.  An upper bound is not trusted, since one exact sample lies behind all of its weights.

    **What no verdict knows**: k̂, standard error and effective sample size are computed from the weights that were
    drawn.  Where the proposal misses a part of the posterior, no weight tells of it, and all three look fine while the
    estimate is low.  ``evidence.bracket`` finds that out, on x that the model itself makes.

    References:
        Vehtari, Simpson, Gelman, Yao and Gabry (2024), https://arxiv.org/abs/1507.02646, on k̂
    """

    log_prob: Tensor
    standard_error: Tensor | None
    effective_sample_size: Tensor | None
    numerical_error: Tensor | None
    kind: Kind
    pareto_k: Tensor | None = None
    num_samples: int | None = None
    standard_error_of_mean: Tensor | None = None
    shared_draws: bool = False
    covers_prior: bool = False

    @property
    def verdict(self) -> list[Verdict]:
        """Return "trust", "doubt" or "refuse" for each of the N examples, by the rule above.

        Raises:
            ValueError: the estimate carries neither k̂ and its companions nor a numerical error.
        """
        if self.numerical_error is not None:
            return verdict.of_numerical_error(self.log_prob, self.numerical_error)
        if self.pareto_k is None or self.effective_sample_size is None or self.num_samples is None:
            raise ValueError(
                "a verdict needs pareto_k, effective_sample_size and num_samples, or numerical_error, and this "
                "estimate has none of them: take it as an estimator of vae_tutorial.evidence returns it"
            )
        return verdict.of_samples(
            self.log_prob,
            self.pareto_k,
            self.effective_sample_size,
            self.num_samples,
            can_be_trusted=self.covers_prior and self.kind != "stochastic upper bound",
        )

    def report(self) -> str:
        """Say in words what the number is worth: the mean and its error, the verdicts, the worst, what to do next."""
        return report.of_estimate(self)

    def __repr__(self) -> str:
        return f"EvidenceEstimate({report.in_short(self)})"
