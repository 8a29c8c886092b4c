"""The scripts of the moving figures without a page: in node, which most readers and many contributors do not have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bookkit.paths import ROOT
from tests.support.moving import named

EXPLORABLES = ROOT / "vae_tutorial" / "explorables"
NUMERICS = EXPLORABLES / "js" / "numerics"
COMPUTE = ROOT / "tests" / "js" / "compute.js"
TOOLS = ROOT / "node_modules" / ".installed"


def need(*tools: str) -> None:
    """Skip a test where node, or what ``make js`` installs for it, is missing; .ci/run requires both."""
    missing = [tool for tool in tools if not (TOOLS.exists() if tool == "node_modules" else shutil.which(tool))]
    if missing:
        reason = f"{' and '.join(missing)} missing: install nodejs and npm, and run `make js`"
        pytest.fail(reason) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(reason)


def computed(asked: Sequence[dict[str, Any]], numerics: Path = NUMERICS) -> list[dict[str, float]]:
    """Return, for each figure's name, state and data, the numbers that the page would show, under Python's names."""
    command = ["node", str(COMPUTE), str(numerics)]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60)
    return [named({name: float(text) for name, text in answer.items()}) for answer in json.loads(run.stdout)]
