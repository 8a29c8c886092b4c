"""Score x under p(x|z): every x under every member of a batch, or each x under members of its own."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol

import torch
import torch.distributions as td
import torch.nn.functional as F
from torch import Tensor

from vae_tutorial.checks import check_support, is_checked
from vae_tutorial.numerics.chunks import items_at_once

ELEMENTS_AT_ONCE = 2**22  # of the array [N, G, D] that broadcasting makes: 32 MB in float64


def pairwise_log_prob(distribution: td.Distribution, x: Tensor) -> Tensor:
    """Score every x under every member of a batch of distributions: log p_g(x_n).

    A Bernoulli and a Binomial of n trials are products of matrices instead of an [N, G, D] array::

        log p_g(x) = x · min(l_g, 0) − (n − x) · max(l_g, 0) + Σ_j n_j log sigmoid |l_gj| + Σ_j log C(n_j, x_j)

    with l the logits: no term but the last is above 0, so nothing cancels.  For x in float32 they are one product,
    x · l_g − Σ_j n_j softplus(l_gj), which cancels where a pixel is certain, and so is taken in float64.  What
    ``torch.autocast`` says is of no account; the result has x's dtype, and float32 at least.  Other families are
    broadcast.

    Args:
        distribution: batch [G], event [D].
        x: examples [N, D].

    Returns:
        Log-probabilities [N, G], in nats, summed over D, constants kept.

    Raises:
        ValueError: shapes do not fit, or x lies outside the support.
    """
    if len(distribution.batch_shape) != 1 or distribution.event_shape != x.shape[1:]:
        raise ValueError(
            f"distribution has batch {list(distribution.batch_shape)} and event {list(distribution.event_shape)}, "
            f"x has shape {list(x.shape)}: batch must be [G] and event must be [D], where x is [N, D]"
        )
    if not is_checked(x):
        check_support(distribution, x.unsqueeze(1))
    return _scored(distribution, x, _Outer())


def matched_log_prob(distribution: td.Distribution, x: Tensor) -> Tensor:
    """Score each x under its own K distributions: log p_kn(x_n).

    A Bernoulli and a Binomial are sums of terms of one sign, in which nothing cancels::

        log p_kn(x) = Σ_j x_j log λ_knj + (n_j − x_j) log (1 − λ_knj) + log C(n_j, x_j),   λ = sigmoid(logits)

    Scores are made in float32 at least, also under ``torch.autocast``.

    Args:
        distribution: batch [K·N], event [D], the K members of x_n at positions n, N + n, 2N + n, ….
        x: examples [N, D], inside the support (``protocol.check_observations`` makes sure of it).

    Returns:
        Log-probabilities [K, N], in nats, summed over D, constants kept.
    """
    return _scored(distribution, x, _Matched())


class _Trials(NamedTuple):
    """Pixels that are on in x of n trials, as a Bernoulli and a Binomial have them, in float32 at least."""

    logits: Tensor
    n: Tensor | None  # of each pixel [D]; None: one
    x: Tensor


class _Pairing(Protocol):
    """Describe which members of a batch an x is scored under."""

    def trials(self, trials: _Trials) -> Tensor:
        """Return the scores by products of arrays that have no axis for the pairs."""

    def other(self, distribution: td.Distribution, x: Tensor) -> Tensor:
        """Return the scores of any family."""


class _Outer:
    """Every x under every member: [N, G]."""

    def trials(self, trials: _Trials) -> Tensor:
        logits, n, x = trials
        ones, wide = torch.ones_like(x[0]) if n is None else n, widest(x.device)
        # One product in float64 is faster than two in float32.
        if x.dtype == wide:
            score = _one_sign(logits, ones, x)
        else:
            score = _difference(logits.to(wide), ones.to(wide), x.to(wide))
        return (score if n is None else score + _log_choose(n, x)[:, None]).to(x.dtype)

    def other(self, distribution: td.Distribution, x: Tensor) -> Tensor:
        size = items_at_once(math.prod((*distribution.batch_shape, *distribution.event_shape)), ELEMENTS_AT_ONCE)
        return torch.cat([distribution.log_prob(rows.unsqueeze(1)) for rows in x.split(size)])


class _Matched:
    """Each x under its own K members: [K, N]."""

    def trials(self, trials: _Trials) -> Tensor:
        logits, n, x = trials
        logits = logits.unflatten(0, (-1, len(x)))
        if n is None:  # x is 0 or 1, and picks the sign of its logit
            return -F.softplus(logits * (1 - 2 * x), threshold=40.0).sum(-1)
        on, off = F.logsigmoid(logits), F.logsigmoid(-logits)
        return torch.linalg.vecdot(on, x) + torch.linalg.vecdot(off, n - x) + _log_choose(n, x).to(x.dtype)

    def other(self, distribution: td.Distribution, x: Tensor) -> Tensor:
        repeated = x.expand(distribution.batch_shape[0] // len(x), -1, -1).flatten(0, 1)
        return distribution.log_prob(repeated).unflatten(0, (-1, len(x)))


def _scored(distribution: td.Distribution, x: Tensor, pairing: _Pairing) -> Tensor:
    """Return log p(x) of all pairs, by the family's own form where there is one."""
    with _own_precision(x):
        trials = _trials(distribution, x)
        return pairing.other(distribution, x) if trials is None else pairing.trials(trials)


def _own_precision(x: Tensor) -> AbstractContextManager[object]:
    """Leave ``torch.autocast``, under which a product of two matrices has 8 bits."""
    under_autocast = torch.is_autocast_enabled(x.device.type)
    return torch.autocast(x.device.type, enabled=False) if under_autocast else nullcontext()


def _trials(distribution: td.Distribution, x: Tensor) -> _Trials | None:
    """Return what the score of a Bernoulli or a Binomial is made of; None for other families."""
    base = distribution.base_dist if isinstance(distribution, td.Independent) else distribution
    counts: Tensor | None = None
    if type(base) is td.Binomial and _shares_counts(base):
        counts = base.total_count[0]
    elif type(base) is not td.Bernoulli:
        return None
    dtype = torch.promote_types(torch.promote_types(base.logits.dtype, x.dtype), torch.float32)
    return _Trials(base.logits.to(dtype), None if counts is None else counts.to(dtype), x.to(dtype))


def _difference(logits: Tensor, n: Tensor, x: Tensor) -> Tensor:
    return x @ logits.T - F.softplus(logits, threshold=40.0) @ n


def _one_sign(logits: Tensor, n: Tensor, x: Tensor) -> Tensor:
    """Return the same by log sigmoid(l) = min(l, 0) + log sigmoid(|l|): no term is above 0."""
    size = logits.abs()
    below = (logits - size) / 2  # min(l, 0), with the right slope, a half, at 0
    score = torch.addmm(F.logsigmoid(size) @ n, x, below.T)
    return torch.addmm(score, n - x, (logits - below).T, alpha=-1)


def widest(device: torch.device) -> torch.dtype:
    """Return float64, or float32 on a device that has nothing wider."""
    return torch.float32 if device.type == "mps" else torch.float64


def _shares_counts(base: td.Binomial) -> bool:
    """Tell whether every member of the batch has the same count for each pixel, as the product form asks."""
    return bool((base.total_count == base.total_count[0]).all())


def _log_choose(n: Tensor, x: Tensor) -> Tensor:
    """Return Σ_j log C(n_j, x_nj) [N], in float64: its three parts are large and nearly cancel near 0 and n."""
    n, k = n.to(widest(x.device)), x.to(widest(x.device))
    return (torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)).sum(-1)
