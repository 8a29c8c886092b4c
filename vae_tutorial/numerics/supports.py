"""Densities that end: the support of a distribution, and what to make of a z outside of it."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.numerics.random import isolated_rng


def log_density(distribution: td.Distribution, z: Tensor) -> Tensor:
    """Return the log-density of p(z) or q(z|x) at z […, d], and −∞ wherever z is outside of its support.

    torch raises there, or, where validation is off, may return a finite number: the formula of the density, continued
    past its edge.
    """
    support = bounded_support(distribution)
    if support is None:
        return distribution.log_prob(z)
    inside = is_inside(support, z)
    if inside.all():
        return distribution.log_prob(z)
    log_prob = distribution.log_prob(_moved_inside(distribution, z, inside))
    return log_prob.masked_fill(~inside, -torch.inf)


def within_support(prior: td.Distribution, z: Tensor) -> Tensor:
    """Return z with a draw from p(z) in place of each z outside its support, for a decoder that knows no such z."""
    support = bounded_support(prior)
    if support is None:
        return z
    inside = is_inside(support, z)
    return z if inside.all() else _moved_inside(prior, z, inside)


def _moved_inside(distribution: td.Distribution, z: Tensor, inside: Tensor) -> Tensor:
    with isolated_rng(z.device), torch.no_grad():
        somewhere = distribution.sample()
    return torch.where(inside[..., None], z, somewhere)


def bounded_support(distribution: td.Distribution) -> td.constraints.Constraint | None:
    """Return the support of a continuous distribution, or None where it is all of R^d, discrete or not declared."""
    try:
        support = getattr(distribution, "component_distribution", distribution).support  # a mixture's: its components'
    except NotImplementedError:  # a user's distribution need not declare one
        return None
    whole = support is None or support.is_discrete or elementwise(support) is td.constraints.real
    return None if whole else support


def elementwise(support: td.constraints.Constraint) -> td.constraints.Constraint:
    """Return the constraint on single numbers that a support repeats for each dimension, where it does."""
    base: Any = support
    while hasattr(base, "base_constraint"):
        base = base.base_constraint
    return base


def is_inside(support: td.constraints.Constraint, z: Tensor) -> Tensor:
    """Tell which z […, d] lie in a support: booleans […]."""
    inside = support.check(z)
    return inside if inside.ndim < z.ndim else inside.all(-1)
