"""Expectations under a Gaussian q by Gauss–Hermite quadrature: no noise, and no grid that has to resolve q."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.numerics import chunks
from vae_tutorial.numerics.families import location_and_scale

MAX_NODES = 2**20
MAX_ORDER = 256


def gauss_hermite(q: td.Distribution, order: int = 20) -> tuple[Tensor, Tensor]:
    """Return nodes z [K, N, d] and weights [K] such that Σ_k weight_k f(z_k) ≈ E_q[f(z)], with K = order^d.

    Exact for polynomials of degree up to 2·order − 1 in each direction.  The nodes follow q's own width, so a very
    narrow q costs no more than a wide one.

    Args:
        q: a Gaussian with batch [N] and event [d]: ``Independent(Normal, 1)`` or ``MultivariateNormal``.
        order: nodes per dimension.

    Raises:
        TypeError: q is not Gaussian.
        ValueError: ``order`` is below 1, or order^d is above 2^20.

    References:
        Golub and Welsch (1969), https://doi.org/10.1090/S0025-5718-69-99647-1
    """
    check_count(order, "order")
    if order > MAX_ORDER:
        raise ValueError(f"order must be at most {MAX_ORDER}, where the weights can still be computed, got {order}")
    d = q.event_shape[-1]
    if order**d > MAX_NODES:
        raise ValueError(
            f"order^d = {order}^{d} nodes for each example is more than {MAX_NODES}: "
            "lower the order, or use samples in place of nodes (elbo_terms)"
        )
    loc, scale_tril = location_and_scale(q)
    points, weights = np.polynomial.hermite_e.hermegauss(order)
    nodes = _as(loc, np.stack(np.meshgrid(*[points] * d, indexing="ij"), -1).reshape(-1, d))
    products = np.stack(np.meshgrid(*[weights / weights.sum()] * d, indexing="ij"), -1).reshape(-1, d).prod(-1)
    return loc + torch.einsum("nij,kj->kni", scale_tril, nodes), _as(loc, products)


def expectation(function: Callable[[Tensor], Tensor], z: Tensor, weights: Tensor) -> Tensor:
    """Return Σ_k weight_k · function(z_k) [N] for nodes z [K, N, d], a few nodes at a time to bound memory.

    Args:
        function: maps z [k, N, d] to [k, N].
        z: nodes [K, N, d].
        weights: [K].
    """
    size = chunks.items_at_once(z.shape[1], chunks.MOST_ROWS)
    return torch.stack(
        [weight @ function(part) for part, weight in zip(z.split(size), weights.split(size), strict=True)]
    ).sum(0)


def _as(reference: Tensor, values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).to(reference)
