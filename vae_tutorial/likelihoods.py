"""Likelihoods p(x|z): modules whose ``forward(z)`` returns a distribution over x, with every constant kept.

Each wraps a network that maps z [M, d] to parameters; an output of more than two axes (images) is flattened to [M, D].
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
import torch.distributions as td
import torch.nn.functional as F
from torch import Tensor, nn

from vae_tutorial.checks import check_count, check_positive, check_support, is_checked, validate_args

Base = TypeVar("Base", bound=td.Distribution)
ELEMENTS_AT_ONCE = 2**22  # of the array [N, G, D] that broadcasting makes: 32 MB in float64


class Bernoulli(nn.Module):
    """Score binary x: p(x|z) = ∏_j λ_j^x_j (1 − λ_j)^(1 − x_j) with λ = sigmoid(net(z)).

    The network returns logits, so no probability is ever clamped.

    Args:
        net: maps z [M, d] to logits [M, D] (or [M, …] with D elements).

    Example:
        >>> Bernoulli(nn.Linear(2, 9))(torch.zeros(5, 2)).batch_shape
        torch.Size([5])
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> td.Independent[td.Bernoulli]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        return _independent(td.Bernoulli(logits=self.net(z).flatten(1), validate_args=validate_args()))


class Binomial(nn.Module):
    """Score counts x of 0…n: p(x|z) = ∏_j C(n, x_j) λ_j^x_j (1 − λ_j)^(n − x_j) with λ = sigmoid(net(z)).

    Args:
        net: maps z [M, d] to logits [M, D].
        total_count: n, the largest count; 16 for the digits.

    Raises:
        TypeError, ValueError: ``total_count`` is not a whole number of at least 1.
    """

    def __init__(self, net: nn.Module, total_count: int = 16) -> None:
        super().__init__()
        check_count(total_count, "total_count")
        self.net = net
        self.total_count = total_count

    def forward(self, z: Tensor) -> td.Independent[td.Binomial]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        logits = self.net(z).flatten(1)
        return _independent(td.Binomial(self.total_count, logits=logits, validate_args=validate_args()))


class Gaussian(nn.Module):
    """Score real x with one noise scale for all pixels: p(x|z) = N(x; net(z), σ² I).

    Args:
        net: maps z [M, d] to the mean [M, D].
        scale: σ, in the units of x; the value held fixed, or the start where it is learned.
        learn_scale: learn log σ together with the network.

    Raises:
        ValueError: ``scale`` is not finite and above 0.
    """

    log_scale: Tensor

    def __init__(self, net: nn.Module, scale: float = 1.0, learn_scale: bool = False) -> None:
        super().__init__()
        check_positive(scale, "scale")
        self.net = net
        log_scale = torch.tensor(math.log(scale), dtype=torch.get_default_dtype())
        if learn_scale:
            self.log_scale = nn.Parameter(log_scale)
        else:
            self.register_buffer("log_scale", log_scale)

    def forward(self, z: Tensor) -> td.Independent[td.Normal]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        loc = self.net(z).flatten(1)
        return _independent(td.Normal(loc, self.log_scale.exp().expand_as(loc), validate_args=validate_args()))


class HeteroscedasticGaussian(nn.Module):
    """Score real x with a noise scale for each pixel: p(x|z) = ∏_j N(x_j; μ_j(z), σ_j(z)²).

    Args:
        net: maps z [M, d] to [M, 2D]: first the means μ, then the logarithms of the scales, log σ.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> td.Independent[td.Normal]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        output = self.net(z).flatten(1)
        if output.shape[1] % 2:
            raise ValueError(
                f"net returned {output.shape[1]} numbers per example, which is odd: "
                "it must return 2·D of them, D means and D log-scales"
            )
        loc, log_scale = output.chunk(2, dim=-1)
        return _independent(td.Normal(loc, log_scale.exp(), validate_args=validate_args()))


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
    with _own_precision(x):
        trials = _trials(distribution, x)
        if trials is not None:
            return _pairwise_trials(*trials)
        size = max(1, ELEMENTS_AT_ONCE // math.prod((*distribution.batch_shape, *distribution.event_shape)))
        return torch.cat([distribution.log_prob(rows.unsqueeze(1)) for rows in x.split(size)])


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
    num_examples = x.shape[0]
    with _own_precision(x):
        trials = _trials(distribution, x)
        if trials is not None:
            logits, counts, x = trials
            logits = logits.unflatten(0, (-1, num_examples))
            if counts is None:  # x is 0 or 1, and picks the sign of its logit
                return -F.softplus(logits * (1 - 2 * x), threshold=40.0).sum(-1)
            on, off = F.logsigmoid(logits), F.logsigmoid(-logits)
            return (
                torch.linalg.vecdot(on, x) + torch.linalg.vecdot(off, counts - x) + _log_choose(counts, x).to(x.dtype)
            )
        repeated = x.expand(distribution.batch_shape[0] // num_examples, -1, -1).flatten(0, 1)
        return distribution.log_prob(repeated).unflatten(0, (-1, num_examples))


def _own_precision(x: Tensor) -> AbstractContextManager[object]:
    """Leave ``torch.autocast``, under which a product of two matrices has 8 bits."""
    under_autocast = torch.is_autocast_enabled(x.device.type)
    return torch.autocast(x.device.type, enabled=False) if under_autocast else nullcontext()


def _trials(distribution: td.Distribution, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor] | None:
    """Return logits, the number of trials of each pixel (None: one) and x, in float32 at least; None for others."""
    base = distribution.base_dist if isinstance(distribution, td.Independent) else distribution
    counts: Tensor | None = None
    if type(base) is td.Binomial and _shares_counts(base):
        counts = base.total_count[0]
    elif type(base) is not td.Bernoulli:
        return None
    dtype = torch.promote_types(torch.promote_types(base.logits.dtype, x.dtype), torch.float32)
    return base.logits.to(dtype), None if counts is None else counts.to(dtype), x.to(dtype)


def _pairwise_trials(logits: Tensor, counts: Tensor | None, x: Tensor) -> Tensor:
    """Return log p_g(x_n) [N, G] for logits [G, D], right to the precision of x."""
    n, wide = torch.ones_like(x[0]) if counts is None else counts, widest(x.device)
    # One product in float64 is faster than two in float32.
    score = _one_sign(logits, n, x) if x.dtype == wide else _difference(logits.to(wide), n.to(wide), x.to(wide))
    return (score if counts is None else score + _log_choose(n, x)[:, None]).to(x.dtype)


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


def _independent(base: Base) -> td.Independent[Base]:
    return td.Independent(base, 1, validate_args=validate_args())


def _shares_counts(base: td.Binomial) -> bool:
    """Tell whether every member of the batch has the same count for each pixel, as the product form asks."""
    return bool((base.total_count == base.total_count[0]).all())


def _log_choose(n: Tensor, x: Tensor) -> Tensor:
    """Return Σ_j log C(n_j, x_nj) [N], in float64: its three parts are large and nearly cancel near 0 and n."""
    n, k = n.to(widest(x.device)), x.to(widest(x.device))
    return (torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)).sum(-1)
