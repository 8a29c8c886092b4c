"""What a training by Lightning should log of a model with the three methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.diagnostics import active_units
from vae_tutorial.evidence import importance_sampling
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.objectives import elbo_terms
from vae_tutorial.protocol import LatentVariableModel, evaluation_mode


def lightning_callback(
    x: Tensor,
    model_of: Callable[[Any], LatentVariableModel] | None = None,
    *,
    every_n_epochs: int = 10,
    num_samples: int = 1000,
) -> Any:
    """Make a callback of Lightning that logs, on held-out x [N, D], what a reader of the curves should see.

    After each epoch of training: ``elbo`` and ``rate`` (nats, mean over x) and ``active_units`` (how many).  Every
    ``every_n_epochs`` epochs also ``log_p_x`` by importance sampling, ``log_p_x_error`` (of its mean, from the draws)
    and, of the verdicts of ``EvidenceEstimate``, the shares ``trust``, ``doubt`` and ``refuse``.

    Args:
        x: at least two examples; they are taken to the device of the LightningModule.
        model_of: gives the model with the three methods, of the LightningModule; without it, the module is the model.
        every_n_epochs: how often log p(x) is estimated.
        num_samples: draws for each example there.

    Returns:
        A ``lightning.pytorch.Callback``.  What it draws does not move the random numbers of the training.

    Raises:
        ImportError: Lightning is not installed.
        ValueError: ``every_n_epochs`` is no positive count.
    """
    from lightning.pytorch import Callback

    check_count(every_n_epochs, "every_n_epochs")
    check_count(len(x), "the number of examples", minimum=2)

    class LogLikelihood(Callback):  # type: ignore[misc]  # Lightning is not in every environment
        """Log of a model what ``lightning_callback`` says."""

        @torch.no_grad()
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            """Measure, and hand the numbers to the module's logger."""
            measured = pl_module if model_of is None else model_of(pl_module)
            images = x.to(pl_module.device)
            with isolated_rng(images.device), evaluation_mode(measured):
                terms = elbo_terms(measured, images)
                logged: dict[str, Any] = {"elbo": terms.elbo.mean(), "rate": terms.kl.mean()}
                logged["active_units"] = active_units(measured, images).sum().float()
                if (trainer.current_epoch + 1) % every_n_epochs == 0:
                    found = importance_sampling(measured, images, num_samples)
                    logged |= {"log_p_x": found.log_prob.mean(), "log_p_x_error": found.standard_error_of_mean}
                    logged |= {word: found.verdict.count(word) / len(x) for word in ("trust", "doubt", "refuse")}
            pl_module.log_dict(logged)

    return LogLikelihood()
