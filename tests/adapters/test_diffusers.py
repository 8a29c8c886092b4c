"""An AutoencoderKL, wrapped: its rate is diffusers' own KL, sigma the best, log p(x) exact or refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.laws import refused
from tests.support.narrowing import present
from vae_tutorial import adapters, evidence, objectives

diffusers = pytest.importorskip("diffusers")


def autoencoder(pixels: int, channels: int = 1) -> Any:
    """Make a random AutoencoderKL of as many latents as pixels times channels; nothing is fetched."""
    torch.manual_seed(0)
    return diffusers.AutoencoderKL(
        in_channels=1, out_channels=1, block_out_channels=(8,), norm_num_groups=4, latent_channels=channels,
        sample_size=pixels, mid_block_add_attention=False,
    ).eval()  # fmt: skip


def images(pixels: int) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(4, 1, pixels, pixels)


@torch.no_grad()
def test_rate_and_sigma_are_those_of_the_library() -> None:
    theirs, x = autoencoder(8, 2), images(8)
    wrapped = adapters.from_diffusers(theirs, x)
    terms = objectives.elbo_terms(wrapped, x.flatten(1), num_samples=200)
    assert torch.allclose(terms.kl, theirs.encode(x).latent_dist.kl(), rtol=1e-4)
    q = theirs.encode(x).latent_dist
    errors = torch.stack([(x - theirs.decode(q.sample()).sample).square().mean() for _ in range(200)])
    assert abs(float(wrapped.sigma) / float(errors.mean().sqrt()) - 1) < 0.05
    best = float(terms.reconstruction.mean())
    for factor in (0.8, 1.25):
        wrapped.sigma.mul_(factor)
        assert float(objectives.elbo_terms(wrapped, x.flatten(1), num_samples=200).reconstruction.mean()) < best
        wrapped.sigma.div_(factor)


@torch.no_grad()
def test_log_p_x_is_exact_where_it_can_be_measured() -> None:
    """One latent for one pixel: quadrature knows the truth."""
    x = images(1)
    wrapped = adapters.from_diffusers(autoencoder(1), x)
    found = wrapped.log_prob(x.flatten(1), 4000)
    exact = evidence.quadrature(wrapped, x.flatten(1)).log_prob
    assert ((found.log_prob - exact).abs() < 5 * present(found.standard_error) + 1e-3).all()


@torch.no_grad()
def test_log_p_x_is_refused_where_one_draw_has_all_the_weight() -> None:
    x = images(16)
    wrapped = adapters.from_diffusers(autoencoder(16, 2), x)
    wrapped.sigma.fill_(0.05)
    with refused("cannot be measured", "Report the rate and sigma"):
        wrapped.log_prob(x.flatten(1), 200)


def test_another_model_is_refused() -> None:
    with pytest.raises(TypeError, match="must be an AutoencoderKL"):
        adapters.from_diffusers(torch.nn.Linear(2, 2), images(8))
