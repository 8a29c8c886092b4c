"""Train a model: one loop, one frozen configuration, one history, one checkpoint file."""

from vae_tutorial.training.config import History, TrainConfig
from vae_tutorial.training.loop import Objective, fit

__all__ = ["History", "Objective", "TrainConfig", "fit"]
