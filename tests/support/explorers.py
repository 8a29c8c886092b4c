"""Every explorable, those that show a model or a history with small ones, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support.narrowing import linear_layers
from vae_tutorial.explorables import (
    BoundExplorer,
    DensityExplorer,
    EncoderSwap,
    ImportanceExplorer,
    LatentExplorer,
    LikelihoodExplorer,
    LiveTrainer,
    MarginalExplorer,
    ReconstructionExplorer,
    SharedPriorExplorer,
    TrainingExplorer,
)
from vae_tutorial.explorables.explorable import Explorable
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import DiagonalGaussian


def small_vae(
    decoder: nn.Module | None = None,
    wrap: Callable[[nn.Module], nn.Module] = Bernoulli,
    spread: float = 4.0,
    activation: Callable[[], nn.Module] = nn.Tanh,
) -> VAE:
    """Return a VAE of 3×3 images with random weights, whose decoder listens to z and whose codes are spread out."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        encoder, own = MLP(9, 4, (8,)), MLP(2, 9, (16, 16), activation)
    with torch.no_grad():
        linear_layers(encoder)[-1].weight[:2] *= spread
        for layer in linear_layers(own):
            layer.weight *= 3
    return VAE(DiagonalGaussian(encoder), wrap(decoder or own), StandardNormal(2))


def images(count: int = 3) -> Tensor:
    """Return random 3×3 images [count, 9]."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return torch.randint(2, (count, 9)).to(torch.get_default_dtype())


def latent_explorer(**changes: Any) -> LatentExplorer:
    """Return the explorer of a small VAE."""
    arguments = {"model": small_vae(), "images": images(), "image_shape": (3, 3), "codes_of": images(40), **changes}
    return LatentExplorer(**arguments)


def training_explorer(**changes: Any) -> TrainingExplorer:
    """Return the explorer of a made-up run: twenty codes that spread out, a bound that rises, a gap that does not."""
    angles = torch.linspace(0, 6, 20)
    circle = torch.stack([angles.cos(), angles.sin()], 1)
    arguments = {
        "epochs": [0, 1, 5, 20],
        "elbo": [-44.37012, -27.17345, -23.76001, -21.38],
        "log_prob": [-44.28, -27.10003, -23.65, -20.94009],
        "codes": torch.stack([radius * circle for radius in (0.1, 0.8, 1.5, 3.2)]),
        **changes,
    }
    return TrainingExplorer(**arguments)


def encoder_swap(**numbers: Any) -> EncoderSwap:
    """Return the swap of a small VAE's parts: three encoders, two decoders, two priors."""
    model, other = small_vae(), small_vae(spread=1.0)
    prior = StandardNormal(2)()
    encoders = {"as built": model.posterior, "another": other.posterior, "the prior": lambda x: prior.expand([len(x)])}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        decoders: dict[str, Callable[[Tensor], td.Distribution]] = {
            "as built": model.likelihood,
            "another": Bernoulli(MLP(2, 9, (16,))),
        }
    priors = {"N(0, I)": prior, "moved": td.Independent(td.Normal(torch.tensor([1.0, 0.0]), torch.ones(2)), 1)}
    return EncoderSwap(encoders, decoders, priors, images(), **numbers)


MAKERS: dict[str, Callable[..., Explorable]] = {
    "BoundExplorer": BoundExplorer,
    "DensityExplorer": DensityExplorer,
    "EncoderSwap": encoder_swap,
    "ImportanceExplorer": ImportanceExplorer,
    "LatentExplorer": latent_explorer,
    "LikelihoodExplorer": LikelihoodExplorer,
    "LiveTrainer": LiveTrainer,
    "MarginalExplorer": MarginalExplorer,
    "ReconstructionExplorer": ReconstructionExplorer,
    "SharedPriorExplorer": SharedPriorExplorer,
    "TrainingExplorer": training_explorer,
}
