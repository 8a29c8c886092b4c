"""Pieces: how much goes through a network at once, so that the memory of a measurement depends on neither N nor K.

Pieces leave no trace in the draws: z is small and drawn for all examples together, and only then decoded in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.likelihoods import matched_log_prob, pairwise_log_prob
from vae_tutorial.posteriors import joined
from vae_tutorial.protocol import LatentVariableModel, likelihood_of, posterior_of, within_support

ELEMENTS = 2**19  # of one array: 4 MB in float64, so that a few of them stay near the processor
MOST_ROWS = 2**12  # through a decoder at once: the layers of a convolutional one are far larger than its output
ENCODED_ROWS = 2**9  # through an encoder at once
BLOCK = 16  # torch makes its normal numbers in blocks of 16; whole blocks, and a chunk's end leaves no trace in them


def rows_at_once(elements_per_row: int) -> int:
    """Return how many rows of this many elements make one piece."""
    return max(1, min(MOST_ROWS, ELEMENTS // elements_per_row))


def sample_sizes(num_samples: int, elements_per_sample: int) -> list[int]:
    """Divide K samples into chunks of at most ``ELEMENTS`` elements, and of whole blocks where a block fits."""
    size = max(1, ELEMENTS // elements_per_sample)
    if size > BLOCK:
        size -= size % BLOCK
    full, rest = divmod(num_samples, size)
    return [size] * full + [rest] * (rest > 0)


def pieces(num_samples: int, num_examples: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Cut an array [K, N] into blocks of at most ``rows`` entries, as slices of both axes."""
    examples = max(1, min(num_examples, rows // num_samples))
    samples = max(1, rows // examples)
    for n in range(0, num_examples, examples):
        for k in range(0, num_samples, samples):
            yield slice(k, k + samples), slice(n, n + examples)


def log_likelihood(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x_n|z_kn) [K, N] for z [K, N, d], decoded in pieces; for use without a gradient."""
    num_samples, num_examples = z.shape[:2]
    rows = rows_at_once(x.shape[1])
    if num_samples * num_examples <= rows:
        return matched_log_prob(likelihood_of(model, z.flatten(0, 1)), x)
    values = x.new_empty(num_samples, num_examples)
    for k, n in pieces(num_samples, num_examples, rows):
        values[k, n] = matched_log_prob(likelihood_of(model, z[k, n].flatten(0, 1)), x[n])
    return values


def log_likelihood_of_all(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x_n|z_g) [N, G] of every x under every z [G, d], decoded in pieces."""
    parts = z.split(rows_at_once(x.shape[1]))
    return torch.cat([pairwise_log_prob(likelihood_of(model, part), x) for part in parts], 1)


def encode(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Return q(z|x) for x [N, D], encoded in pieces where its family can be joined again (Gaussian, categorical).

    A q of another family, or one that is tied to its rows (``models.WithPosterior``), is asked for all at once.
    """
    if len(x) > ENCODED_ROWS:
        parts: list[td.Distribution] = []
        for rows in x.split(ENCODED_ROWS):
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


def log_joint(model: LatentVariableModel, prior: td.Distribution, x: Tensor, z: Tensor, log_prior: Tensor) -> Tensor:
    """Return log p(x_n|z_kn) + log p(z_kn) [K, N]; a z outside the support of p(z) is not decoded."""
    return log_likelihood(model, x, within_support(prior, z)) + log_prior
