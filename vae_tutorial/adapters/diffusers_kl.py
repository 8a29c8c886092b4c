"""An AutoencoderKL of diffusers."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.evidence import EvidenceEstimate, importance_sampling
from vae_tutorial.protocol import evaluation_mode


class DiffusersVAE(nn.Module):
    """Hold an AutoencoderKL and give it the three methods; made by ``from_diffusers``."""

    def __init__(self, vae: Any, image_shape: torch.Size, latent_shape: torch.Size, sigma: Tensor) -> None:
        super().__init__()
        self.vae, self.image_shape, self.latent_shape = vae, image_shape, latent_shape
        self.register_buffer("sigma", sigma)

    sigma: Tensor

    def prior(self) -> td.Distribution:
        """Return N(0, I), batch [], event [d]."""
        zeros = self.sigma.new_zeros(self.latent_shape.numel())
        return td.Independent(td.Normal(zeros, torch.ones_like(zeros)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return N(decoder(z), σ² I), batch [M], event [D], for z [M, d]."""
        mean = self.vae.decode(z.view(-1, *self.latent_shape)).sample.flatten(1)
        return td.Independent(td.Normal(mean, self.sigma), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x), batch [N], event [d], for x [N, D]."""
        q = self.vae.encode(x.view(-1, *self.image_shape)).latent_dist
        return td.Independent(td.Normal(q.mean.flatten(1), q.std.flatten(1)), 1)

    def log_prob(self, x: Tensor, num_samples: int = 1000) -> EvidenceEstimate:
        """Estimate log p(x) of x [N, D] by importance sampling, or refuse where the estimate is worth nothing.

        Raises:
            ValueError: at least one example has the verdict "refuse".
        """
        found = importance_sampling(self, x, num_samples)
        effective, refused = found.effective_sample_size, found.verdict.count("refuse")
        if refused and effective is not None:
            raise ValueError(
                f"log p(x) cannot be measured for {refused} of {len(x)} examples: only {float(effective.min()):.1f} of "
                f"{num_samples} draws count. Report the rate and sigma, or the ELBO as the bound that it is"
            )
        return found


@torch.no_grad()
def from_diffusers(vae: Any, x: Tensor) -> DiffusersVAE:
    """Wrap an AutoencoderKL, which has no noise of its own, with the σ that explains its errors on x best.

    ::

        p(z) = N(0, I),   p(x|z) = N(decoder(z), σ² I),   σ² = mean over x and pixels of (x − decoder(z))²,  z ~ q(z|x)

    This σ maximises the ELBO in σ.  x [N, C, H, W] has the units that ``vae`` takes; afterwards it is flattened to
    [N, D].  z is what ``encode`` returns, without ``scaling_factor``.  ``objectives.elbo_terms`` gives the rate.

    Raises:
        ImportError: diffusers is not installed.
        TypeError: ``vae`` is no AutoencoderKL.
    """
    from diffusers import AutoencoderKL

    if not isinstance(vae, AutoencoderKL):
        raise TypeError(f"vae must be an AutoencoderKL of diffusers, got {type(vae).__module__}.{type(vae).__name__}")
    with evaluation_mode(vae):
        q = vae.encode(x).latent_dist
        z = q.sample()
        sigma = (x - vae.decode(z).sample).square().mean().sqrt()
    return DiffusersVAE(vae, x.shape[1:], z.shape[1:], sigma)
