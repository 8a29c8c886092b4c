"""What mistakes made on purpose are tried on: a model whose every number is known, and a q off by a known KL."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from vae_tutorial.models import LinearGaussian, WithPosterior
from vae_tutorial.objectives import elbo_terms_by_quadrature


@contextmanager
def caught_by_the_law() -> Iterator[None]:
    """Expect the law to fail: on the mistake."""
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        yield


def linear(noise_scale: float = 0.6) -> LinearGaussian:
    """Return the model whose every number is known: x [2] from one latent dimension."""
    return LinearGaussian(torch.tensor([[1.5], [-0.8]]), torch.tensor([0.3, 1.0]), noise_scale)


def examples(model: Any, num_examples: int = 3) -> Tensor:
    return zoo.observations(model, num_examples)


def off(model: LinearGaussian, x: Tensor) -> WithPosterior:
    """Return the model with a q that is wrong by a known KL."""
    exact = model.posterior(x)
    loc, scale = exact.mean.detach() + 0.3, 1.6 * exact.stddev.detach()
    return WithPosterior(model, td.Independent(td.Normal(loc, scale), 1))


def known_kl(model: LinearGaussian, x: Tensor) -> Tensor:
    """Return KL(q ‖ p(z|x)) of `off`, by hand."""
    scale = model.posterior(x).stddev.detach()[:, 0]
    return (-math.log(1.6) + (1.6**2 - 1) / 2) + 0.5 * (0.3 / scale) ** 2


def exact_elbo(model: Any, x: Tensor) -> Tensor:
    return elbo_terms_by_quadrature(model, x, order=4).elbo
