"""The stored records of longer runs, read in one way by their tests."""

from __future__ import annotations

import json
from typing import Any

from bookkit import paths


def record(name: str) -> Any:
    """Return what is stored under this name."""
    return json.loads((paths.RECORDS / f"{name}.json").read_text(encoding="utf-8"))
