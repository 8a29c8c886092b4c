"""Models whose z takes a few values, so that log p(x) is a plain sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributions as td
from torch import nn

from tests.support import zoo
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, GaussianMixture, UniformCategorical, WithPrior
from vae_tutorial.posteriors import Categorical


def discrete_vae(num_categories: int = 3, num_pixels: int = 6) -> VAE:
    decoder = nn.Linear(num_categories, num_pixels)
    with torch.no_grad():
        decoder.weight.mul_(4)
    encoder = Categorical(nn.Linear(num_pixels, num_categories))
    return VAE(encoder, Bernoulli(decoder), prior=UniformCategorical(num_categories))


def gaussian_mixture() -> GaussianMixture:
    factor = torch.randn(4, 2, 2)
    covariance = factor @ factor.mT + 0.2 * torch.eye(2)
    return GaussianMixture(torch.tensor([0.1, 0.2, 0.3, 0.4]), 2 * torch.randn(4, 2), covariance)


def weighted() -> WithPrior:
    return WithPrior(discrete_vae(), td.OneHotCategorical(probs=torch.tensor([0.7, 0.2, 0.1])))


MODELS: dict[str, Callable[[], Any]] = {
    "categories": zoo.Categories,
    "discrete VAE": discrete_vae,
    "discrete VAE, other prior": weighted,
    "gaussian mixture": gaussian_mixture,
}
