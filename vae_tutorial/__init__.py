"""Helpers of the book *Why maximise log p(x)?*: models, objectives, and log p(x) measured with an honest error."""

from __future__ import annotations

import importlib
from types import ModuleType

from vae_tutorial import (
    adapters,
    datasets,
    diagnostics,
    evidence,
    inference,
    likelihoods,
    models,
    networks,
    objectives,
    posteriors,
    priors,
    protocol,
    training,
)

__version__ = "0.1.0"

__all__ = [
    "adapters",
    "datasets",
    "diagnostics",
    "evidence",
    "explorables",
    "figures",
    "inference",
    "likelihoods",
    "models",
    "networks",
    "objectives",
    "posteriors",
    "priors",
    "protocol",
    "training",
]


def __getattr__(name: str) -> ModuleType:
    """Import what draws on first use, so that importing the package imports neither matplotlib nor ipywidgets."""
    if name in {"explorables", "figures"}:
        return importlib.import_module(f"vae_tutorial.{name}")
    raise AttributeError(f"module 'vae_tutorial' has no attribute {name!r}")
