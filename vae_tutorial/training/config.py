"""The settings of a run and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from vae_tutorial.checks import check_count, check_positive


@dataclass(frozen=True)
class TrainConfig:
    """Hold the settings of one run.

    Attributes:
        epochs: passes over the training set, at most.
        batch_size: examples in a step; the last, smaller batch of an epoch is used too.
        learning_rate: of Adam.
        seed: of the shuffling and of the samples of z; the model's own initialisation is made before ``fit``.
        patience: stop after this many epochs without a better validation objective, and give the model the parameters
            of the best epoch; None trains to the end and keeps the last.
        progress: show a tqdm bar (the environment variable TQDM_DISABLE=1 hides all of them).
    """

    epochs: int = 100
    batch_size: int = 100
    learning_rate: float = 2e-3
    seed: int = 0
    patience: int | None = None
    progress: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run."""
        check_count(self.epochs, "epochs")
        check_count(self.batch_size, "batch_size")
        check_count(self.seed, "seed", minimum=0)
        check_positive(self.learning_rate, "learning_rate")
        if self.patience is not None:
            check_count(self.patience, "patience")


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
