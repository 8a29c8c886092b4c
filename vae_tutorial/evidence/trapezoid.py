"""log p(x) by the trapezoid rule on nested lattices: the judge of all other estimates, in one or two dimensions."""

from __future__ import annotations

import warnings

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_positive
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.integral import Integral
from vae_tutorial.protocol import LatentVariableModel, check_observations, measuring, prior_of

DEFAULT_TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4}
LEAST_TOLERANCE = 1e-2  # of any other dtype


@torch.no_grad()
def quadrature(model: LatentVariableModel, x: Tensor, tolerance: float | None = None) -> EvidenceEstimate:
    """Compute log p(x) = log ∫ p(x|z) p(z) dz on lattices that are refined until the number no longer moves.

    In a prior that is a mixture of Gaussians each narrow component has a lattice of its own, as fine as the component
    is narrow: log p(x) = log Σ_c w_c ∫ p(x|z) N_c(z) dz.  Any other prior has one lattice; one whose support
    has an edge, or whose tail is heavy, is first mapped to coordinates in which it has neither.  A lattice covers the
    prior and every q(z|x), is enlarged while mass is found on its edge, and its step is halved until the estimated
    error of each example is below ``tolerance`` or the points run out (2^17 in one dimension, 2^21 in two).  On a
    smooth integrand that vanishes at the edge the trapezoid rule converges faster than any power of the step.  All sums
    are made in float64.

    The error reported is the largest of four estimates, plus one of rounding: of the parameters that the network
    returns in x's dtype, at the likeliest z, and of the sum over pixels.  First, the change made by the last halving,
    times r + r² + …, where r is the factor by which the changes shrink.  One change may be small by accident, so at
    least two are looked at, each counts as no smaller than the square of the one before, and the worse of the last two
    factors is taken.
    Second, the mass in a strip along the lattice's edge, one unit wide, or infinity where that is more than a tenth.
    Third, the amount by which the ELBO of the model's Gaussian q, by Gauss–Hermite quadrature, exceeds the result: it
    finds a peak that lies between the points.  Fourth, the prior's own mass on the lattice, as far as it is not 1, at
    the largest p(x|z) that was met: it tells of needles of the prior between the points.  A narrow peak of p(x|z) that
    q does not know of either can still be missed.

    Args:
        model: anything with the three methods and a continuous z of one or two dimensions.
        x: examples [N, D].
        tolerance: wanted error in nats, rounding included; None means 1e-8 in float64 and 1e-4 in float32, or twice
            the rounding error where that is more.

    Returns:
        EvidenceEstimate of kind "exact", with ``numerical_error`` [N]: read it, it may be above ``tolerance``.

    Raises:
        ValueError: more than two latent dimensions, a discrete z, a prior whose support cannot be mapped to R^d, a q
            that holds NaN, p(x|z) infinite or NaN at an x on the edge of its support, bad ``x`` or ``tolerance``.

    Warns:
        UserWarning: the reported error of an example is above ``tolerance``.

    References:
        Trefethen and Weideman (2014), https://doi.org/10.1137/130932132

    Example:
        >>> from vae_tutorial.models import LinearGaussian
        >>> model = LinearGaussian(torch.ones(3, 1), torch.zeros(3), noise_scale=0.5)
        >>> x = torch.randn(4, 3)
        >>> torch.allclose(quadrature(model, x).log_prob, model.log_prob(x), atol=1e-4)
        True
    """
    check_observations(model, x)
    within_reach = tolerance is None  # then rounding, which no lattice removes, may leave more than the default
    tolerance = DEFAULT_TOLERANCE.get(x.dtype, LEAST_TOLERANCE) if tolerance is None else tolerance
    check_positive(tolerance, "tolerance")
    _check_dimension(prior_of(model))
    with measuring(model, x) as x:
        integral = Integral(model, x, tolerance)
        log_prob, error = integral.settle()
    allowed = (2 * integral.rounding).clamp(min=tolerance) if within_reach else torch.full_like(error, tolerance)
    _warn_above(tolerance, error, allowed)
    return EvidenceEstimate(
        log_prob=log_prob.to(x.dtype),
        standard_error=None,
        effective_sample_size=None,
        numerical_error=error.to(x.dtype),
        kind="exact",
    )


def _warn_above(tolerance: float, error: Tensor, allowed: Tensor) -> None:
    above = (error > allowed) | error.isinf()
    if above.any():
        row = int(error.argmax())
        warnings.warn(
            f"quadrature could not reach its tolerance of {tolerance:g} nats for {int(above.sum())} of {len(error)} "
            f"examples, the worst of them row {row}, whose numerical_error is {float(error[row]):.2g}: read log_prob "
            "of these rows with that error; in float64 rounding is smaller, and prior_monte_carlo needs no lattice",
            stacklevel=3,
        )


def _check_dimension(prior: td.Distribution) -> None:
    d = prior.event_shape[-1]
    if d > 2:
        raise ValueError(
            f"quadrature takes a latent dimension of 1 or 2, got {d}: n points an axis are n^{d} points in all; "
            "use importance_sampling, and look at its effective sample size"
        )
    if _is_discrete(prior):
        raise ValueError(f"quadrature takes a continuous z, got a discrete prior, {type(prior).__name__}: sum over z")


def _is_discrete(distribution: td.Distribution) -> bool:
    try:
        return bool(getattr(distribution.support, "is_discrete", False))
    except NotImplementedError:  # a user's distribution need not declare its support
        return False
