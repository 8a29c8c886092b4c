"""A VAE of pythae, wrapped: the ELBO is minus its loss, log p(x) its own estimate's, and other models are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.laws import refused
from tests.support.narrowing import present
from vae_tutorial import adapters, evidence, objectives

models = pytest.importorskip("pythae.models")
PIXELS, LATENT = 9, 2
MISSING = {"bce": 0.0, "mse": PIXELS / 2 * math.log(2 * math.pi)}  # the constant that pythae's loss leaves out


def vae(loss: str, kind: str = "VAE") -> Any:
    torch.manual_seed(0)
    config = getattr(models, f"{kind}Config")(input_dim=(1, 3, 3), latent_dim=LATENT, reconstruction_loss=loss)
    return getattr(models, kind)(config).eval()


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(1)
    return torch.bernoulli(torch.full((8, PIXELS), 0.5))


@torch.no_grad()
@pytest.mark.parametrize("loss", MISSING)
def test_the_bound_is_that_of_pythae(loss: str, x: Tensor) -> None:
    theirs = vae(loss)
    own = sum(-float(theirs({"data": x.view(-1, 1, 3, 3)}).loss) for _ in range(400)) / 400 - MISSING[loss]
    ours = float(objectives.elbo(adapters.from_pythae(theirs), x, num_samples=400).mean())
    assert abs(own - ours) < 0.01


@torch.no_grad()
@pytest.mark.parametrize("loss", MISSING)
def test_log_p_x_is_exact_and_that_of_pythae(loss: str, x: Tensor) -> None:
    theirs = vae(loss)
    wrapped = adapters.from_pythae(theirs)
    exact = evidence.quadrature(wrapped, x)
    found = evidence.importance_sampling(wrapped, x, 2000)
    assert ((found.log_prob - exact.log_prob).abs() < 5 * present(found.standard_error) + 1e-4).all()
    assert "refuse" not in found.verdict
    assert found.verdict.count("trust") >= len(x) / 2
    own = theirs.get_nll(x.view(-1, 1, 3, 3), n_samples=2000, batch_size=100)  # in spite of its name, log p(x)
    assert abs(own - float(exact.log_prob.mean())) < 0.01


@torch.no_grad()
@pytest.mark.parametrize(("asked", "drawn"), [(50, 100), (150, 100), (200, 200)])
def test_its_estimate_draws_whole_batches(asked: int, drawn: int, x: Tensor) -> None:
    """The page of common mistakes says so of the library; a version that mends it fails here."""
    theirs, decoded = vae("bce"), []
    theirs.decoder.register_forward_hook(lambda _, inputs, __: decoded.append(len(inputs[0])))
    theirs.get_nll(x[:1].view(-1, 1, 3, 3), n_samples=asked)
    assert sum(decoded) == drawn


def test_models_of_another_kind_are_refused() -> None:
    config = models.AEConfig(input_dim=(1, 3, 3), latent_dim=LATENT)
    with refused("AE", "three methods"):
        adapters.from_pythae(models.AE(config))
    assert isinstance(adapters.from_pythae(vae("bce", "BetaVAE")), adapters.PythaeVAE)
    theirs = vae("bce")
    theirs.model_config.reconstruction_loss = "l1"
    with refused("reconstruction_loss='l1'"):
        adapters.from_pythae(theirs)
