"""Hamiltonian Monte Carlo: one move that leaves a density as it is, made along the density's gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def hamiltonian_transition(
    value_and_gradient: Callable[[Tensor], tuple[Tensor, Tensor]], z: Tensor, step: Tensor, num_leapfrog: int
) -> tuple[Tensor, Tensor]:
    """Make one Metropolis-corrected leapfrog trajectory.

    Args:
        value_and_gradient: of z [K, N, d], returns log f(z) [K, N], up to a constant, and its gradient [K, N, d].
        z: where K chains of each of N densities stand [K, N, d].
        step: size of a leapfrog step in each coordinate, [N, d].
        num_leapfrog: steps of the trajectory.

    Returns:
        The chains' next z [K, N, d], and the mean acceptance of each density [N].
    """
    momentum = start_momentum = torch.randn_like(z)
    # A length of its own for each chain: with one length for all, a path of half a period only mirrors z.
    step = step * (0.5 + torch.rand_like(z[..., :1]))
    start_value, gradient = value_and_gradient(z)
    proposal, value = z, start_value
    for _ in range(num_leapfrog):
        momentum = momentum + 0.5 * step * gradient
        proposal = proposal + step * momentum
        value, gradient = value_and_gradient(proposal)
        momentum = momentum + 0.5 * step * gradient
    kinetic = 0.5 * (start_momentum.square() - momentum.square()).sum(-1)
    probability = (value - start_value + kinetic).clamp(max=0).exp().nan_to_num(0.0)
    accepted = torch.rand_like(probability) < probability
    return torch.where(accepted[..., None], proposal, z), probability.mean(0)
