"""The settings of a run and what it leaves behind."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

from vae_tutorial.checks import check_count, check_positive

Schedule = Literal["constant", "cosine", "linear"]


@dataclass(frozen=True)
class TrainConfig:
    """Hold the settings of one run: numbers and words, so that a checkpoint can write them down.

    Attributes:
        epochs: passes over the training set, at most.
        batch_size: examples in a step; the last, smaller batch of an epoch is used too.
        learning_rate: of Adam, η.
        schedule: what becomes of η over the S steps of all ``epochs``: "constant", "cosine", which makes step s with
            η (1 + cos(π s / S)) / 2, or "linear", with η (1 − s / S); s counts from 0.
        clip_norm: longest gradient; where the norm over all parameters is larger, the gradient is shortened to it.
            None leaves it as it is.
        weight_decay: λ; before each step a parameter θ loses η λ θ (AdamW).  The 0 of plain Adam.
        seed: of the shuffling, of the samples of z and of ``transform``; the model's own initialisation is made before
            ``fit``.
        patience: stop after this many epochs without a better validation objective, and give the model the parameters
            of the best epoch; None trains to the end and keeps the last.
        progress: show a tqdm bar in a notebook or a terminal (the environment variable TQDM_DISABLE=1 hides all).
    """

    epochs: int = 100
    batch_size: int = 100
    learning_rate: float = 2e-3
    schedule: Schedule = field(default="constant", kw_only=True)
    clip_norm: float | None = field(default=None, kw_only=True)
    weight_decay: float = field(default=0.0, kw_only=True)
    seed: int = 0
    patience: int | None = None
    progress: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_count(self.epochs, "epochs")
        check_count(self.batch_size, "batch_size")
        check_count(self.seed, "seed", minimum=0)
        check_positive(self.learning_rate, "learning_rate")
        if self.schedule not in get_args(Schedule):
            raise ValueError(f'schedule must be "constant", "cosine" or "linear", got {self.schedule!r}')
        if self.clip_norm is not None:
            check_positive(self.clip_norm, "clip_norm")
        check_positive(self.weight_decay, "weight_decay", allow_zero=True)
        if self.patience is not None:
            check_count(self.patience, "patience")

    def learning_rate_at(self, step: int, num_steps: int) -> float:
        """Return the learning rate of a step, counted from 0, of a run of ``num_steps``."""
        if self.schedule == "cosine":
            return self.learning_rate * (1 + math.cos(math.pi * step / num_steps)) / 2
        if self.schedule == "linear":
            return self.learning_rate * (1 - step / num_steps)
        return self.learning_rate


@dataclass
class History:
    """Record one run, a number for each epoch.

    Attributes:
        train: mean objective per example over the epoch's batches, as they were met during training, in nats.
        validation: mean objective per validation example at the end of the epoch; empty without validation data.
    """

    train: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int | None:
        """Return the epoch, counted from 1, with the highest validation objective; None without validation data."""
        return 1 + max(range(len(self.validation)), key=self.validation.__getitem__) if self.validation else None
