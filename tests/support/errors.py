"""What a reported numerical error promises, as a law."""

from __future__ import annotations

from torch import Tensor

from vae_tutorial.evidence import EvidenceEstimate

UNREACHED = "ignore:quadrature could not reach its tolerance"  # where the error is looked at, and its warning known
ROUNDING = 1e-11  # of a sum of some thousand numbers, relative to |log p(x)|


def within_its_error(estimate: EvidenceEstimate, truth: Tensor, what: object, epsilon: float = ROUNDING) -> None:
    assert estimate.numerical_error is not None
    error = (estimate.log_prob.double() - truth.double()).abs()
    excess = error - estimate.numerical_error.double() - epsilon * (1 + truth.double().abs())
    worst = int(excess.argmax())
    assert excess[worst] <= 0, (
        f"{what}: row {worst}, expected {truth[worst]:.10g}, actual {estimate.log_prob[worst]:.10g}, off by "
        f"{error[worst]:.2g} with a reported error of {estimate.numerical_error[worst]:.2g}"
    )
