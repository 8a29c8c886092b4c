"""The stored records of longer runs, and the scripts that made them: read and loaded in one way by their tests."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType
from typing import Any

import pages


def record(name: str) -> Any:
    """Return what is stored under this name."""
    path = pages.ROOT / "vae_tutorial" / "records" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def script(name: str) -> ModuleType:
    """Load the script that made the record of this name."""
    path = pages.ROOT / "benchmarks" / f"{name}.py"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
