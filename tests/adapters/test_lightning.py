"""The callback for Lightning: what it logs is what the package measures, and the training does not notice it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.laws import refused
from vae_tutorial import adapters, diagnostics, evidence, likelihoods, models, networks, objectives, posteriors

lightning = pytest.importorskip("lightning.pytorch")
LOGGED = {"elbo", "rate", "active_units"}
WITH_EVIDENCE = LOGGED | {"log_p_x", "log_p_x_error", "trust", "doubt", "refuse"}


def module() -> Any:
    """Make a LightningModule that holds and trains a small VAE."""
    torch.manual_seed(0)

    class Module(lightning.LightningModule):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            encoder = posteriors.DiagonalGaussian(networks.MLP(9, 4, (8,)))
            self.vae = models.VAE(encoder, likelihoods.Bernoulli(networks.MLP(2, 9, (8,))))

        def training_step(self, x: Tensor) -> Tensor:
            return -objectives.elbo(self.vae, x).mean()

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), 1e-2)

    return Module()


def trained(callbacks: list[Any], x: Tensor, root: Path, epochs: int) -> tuple[Any, dict[str, Tensor]]:
    """Train and return the module, and what was logged last."""
    trained = module()
    trainer = lightning.Trainer(
        max_epochs=epochs, callbacks=callbacks, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=root,
    )  # fmt: skip
    torch.manual_seed(1)
    trainer.fit(trained, torch.utils.data.DataLoader(x, batch_size=8))  # type: ignore[arg-type]
    return trained, trainer.callback_metrics


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(2)
    return torch.bernoulli(torch.rand(32, 9))


@pytest.mark.filterwarnings("ignore")
def test_what_is_logged_is_what_the_package_measures(x: Tensor, tmp_path: Path) -> None:
    callback = adapters.lightning_callback(x, lambda module: module.vae, every_n_epochs=2, num_samples=500)
    found, logged = trained([callback], x, tmp_path, epochs=2)
    assert set(logged) >= WITH_EVIDENCE
    vae = found.vae
    with torch.no_grad():
        terms = objectives.elbo_terms(vae, x, 200)
        exact = evidence.quadrature(vae, x).log_prob.mean()
    assert abs(logged["elbo"] - terms.elbo.mean()) < 0.3
    assert torch.isclose(logged["rate"], terms.kl.mean(), rtol=1e-4)
    assert logged["active_units"] == diagnostics.active_units(vae, x).sum()
    assert abs(logged["log_p_x"] - exact) < 5 * logged["log_p_x_error"] + 1e-3
    assert torch.isclose(logged["trust"] + logged["doubt"] + logged["refuse"], torch.tensor(1.0))
    _, between = trained([callback], x, tmp_path, epochs=1)
    assert set(between) == LOGGED


@pytest.mark.filterwarnings("ignore")
def test_the_training_does_not_notice_it(x: Tensor, tmp_path: Path) -> None:
    callback = adapters.lightning_callback(x, lambda module: module.vae, every_n_epochs=1, num_samples=50)
    watched, alone = (trained(callbacks, x, tmp_path, 3)[0] for callbacks in ([callback], []))
    assert watched.training == alone.training
    for one, other in zip(watched.parameters(), alone.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_cannot_be_logged_is_refused(x: Tensor) -> None:
    with refused("every_n_epochs"):
        adapters.lightning_callback(x, every_n_epochs=0)
    with refused("number of examples"):
        adapters.lightning_callback(x[:1])
