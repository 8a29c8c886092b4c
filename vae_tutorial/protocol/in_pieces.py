"""Call a model's methods for many rows, a piece at a time, so that memory depends on neither N nor K.

Pieces leave no trace in the draws: z is small and drawn for all examples together, and only then decoded in pieces.
"""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.likelihoods import matched_log_prob, pairwise_log_prob
from vae_tutorial.numerics import chunks
from vae_tutorial.numerics.families import joined
from vae_tutorial.numerics.supports import within_support
from vae_tutorial.protocol.methods import LatentVariableModel, likelihood_of, posterior_of


def encode(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Return q(z|x) for x [N, D], encoded in pieces where its family can be joined again (Gaussian, categorical).

    A q of another family, or one that is tied to its rows (``models.WithPosterior``), is asked for all at once.
    """
    if len(x) > chunks.ENCODED_ROWS:
        parts: list[td.Distribution] = []
        for rows in x.split(chunks.ENCODED_ROWS):
            try:
                parts.append(posterior_of(model, rows, prior))
            except (ValueError, TypeError, RuntimeError, IndexError):  # whatever is wrong, the whole will tell
                break
            if joined(parts[:1]) is None:
                break
        else:
            whole = joined(parts)
            if whole is not None:
                return whole
    return posterior_of(model, x, prior)


def score_at_once(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x_n|z_kn) [K, N] for z [K, N, d], decoded at once, so that a gradient reaches z and the decoder."""
    return matched_log_prob(likelihood_of(model, z.flatten(0, 1)), x)


def log_likelihood(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x_n|z_kn) [K, N] for z [K, N, d], decoded in pieces; for use without a gradient."""
    num_samples, num_examples = z.shape[:2]
    rows = chunks.rows_at_once(x.shape[1])
    if num_samples * num_examples <= rows:
        return score_at_once(model, x, z)
    values = x.new_empty(num_samples, num_examples)
    for k, n in chunks.pieces(num_samples, num_examples, rows):
        values[k, n] = score_at_once(model, x[n], z[k, n])
    return values


def log_likelihood_of_all(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x_n|z_g) [N, G] of every x under every z [G, d], decoded in pieces."""
    parts = z.split(chunks.rows_at_once(x.shape[1]))
    return torch.cat([pairwise_log_prob(likelihood_of(model, part), x) for part in parts], 1)


def log_joint(model: LatentVariableModel, prior: td.Distribution, x: Tensor, z: Tensor, log_prior: Tensor) -> Tensor:
    """Return log p(x_n|z_kn) + log p(z_kn) [K, N]; a z outside the support of p(z) is not decoded."""
    return log_likelihood(model, x, within_support(prior, z)) + log_prior
