"""What is trained, and how it is looked at on the way."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from torch import Tensor

import vae_tutorial as vt


def trained(
    model: vt.models.VAE,
    train: Tensor,
    config: vt.training.TrainConfig,
    objective: vt.training.Objective,
    epochs: tuple[int, ...],
) -> Iterator[tuple[int, vt.models.VAE]]:
    """Train once, and return the model as it was after each of the epochs asked for."""
    kept: dict[int, dict[str, Tensor]] = {}

    def keep(epoch: int, model: vt.models.VAE) -> None:
        if epoch in epochs:
            kept[epoch] = {name: value.clone() for name, value in model.state_dict().items()}

    vt.training.fit(model, train, config, objective=objective, callback=keep)
    for epoch, parameters in kept.items():
        model.load_state_dict(parameters)
        yield epoch, model


def weighted(weight: float) -> vt.training.Objective:
    """Return the reconstruction term minus this weight times the KL."""
    return functools.partial(vt.objectives.beta_elbo, beta=weight)
