"""Make log p(x) wrong by 5 nats, everywhere in this process: a notebook's check must notice (tests/notebooks)."""

import dataclasses
import functools
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

NATS = 5.0
running = 0  # estimators that have been called and have not returned yet


def plant(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that the log p(x) it returns, alone or in an `EvidenceEstimate`, is too high."""

    @functools.wraps(function)
    def planted(*args: Any, **kwargs: Any) -> Any:
        global running
        running += 1
        try:
            result = function(*args, **kwargs)
        finally:
            running -= 1
        if running:  # one estimator may call another: only what leaves the outermost is wrong
            return result
        if hasattr(result, "log_prob"):
            return dataclasses.replace(result, log_prob=result.log_prob + NATS)
        return result + NATS

    return planted


def returns_estimate(value: Any) -> bool:
    """Say whether this is one of the package's estimators of log p(x)."""
    if not inspect.isfunction(value) or not value.__module__.startswith("vae_tutorial.evidence"):
        return False
    return "EvidenceEstimate" in str(inspect.signature(value).return_annotation)


def models_with_log_prob() -> list[Any]:
    """Return the package's models that know their log p(x) by a formula."""
    import_all()
    named = vars(sys.modules["vae_tutorial.models"]).values()
    return [model for model in named if inspect.isclass(model) and "log_prob" in vars(model)]


def import_all() -> None:
    """Import every module of the package."""
    package = importlib.import_module("vae_tutorial")
    for module in pkgutil.walk_packages(package.__path__, "vae_tutorial."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def plant_in_package() -> None:
    """Wrap each estimator under every name that anybody holds it by, and `log_prob` of each model that has one."""
    import_all()
    holders = [module for name, module in sys.modules.items() if name.split(".")[0] in {"vae_tutorial", "__main__"}]
    wrapped: dict[Any, Any] = {}
    for holder in holders:
        for name, value in list(vars(holder).items()):
            if returns_estimate(value) and value not in wrapped.values():
                wrapped.setdefault(value, plant(value))
                setattr(holder, name, wrapped[value])
    for model in models_with_log_prob():
        model.log_prob = plant(model.log_prob)
