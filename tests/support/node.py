"""The scripts of the moving figures without a page: in node, which most readers and many contributors do not have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bookkit.paths import ROOT
from vae_tutorial.explorables.explorable import Explorable

EXPLORABLES = ROOT / "vae_tutorial" / "explorables"
NUMERICS = EXPLORABLES / "js" / "numerics"
COMPUTE = ROOT / "tests" / "js" / "compute.js"
TOOLS = ROOT / "node_modules" / ".installed"

# What the page calls each number, and what Python calls it; the others have one name.
PYTHON_NAMES = {
    "logP": "log p(x)",
    "elbo": "ELBO",
    "logLik": "log p(x|z)",
    "kl": "KL",
    "effective": "effective sample size",
    "error": "claimed error",
} | {prior: f"log p(x), {prior}" for prior in ("declared", "gaussian", "mixture")}


def need(*tools: str) -> None:
    """Skip a test where node, or what ``make js`` installs for it, is missing; .ci/run requires both."""
    missing = [tool for tool in tools if not (TOOLS.exists() if tool == "node_modules" else shutil.which(tool))]
    if missing:
        reason = f"{' and '.join(missing)} missing: install nodejs and npm, and run `make js`"
        pytest.fail(reason) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(reason)


def named(shown: dict[str, float]) -> dict[str, float]:
    """Return the page's numbers under Python's names."""
    return {PYTHON_NAMES.get(name, name): value for name, value in shown.items()}


def computed(explorers: Sequence[Explorable], numerics: Path = NUMERICS) -> list[dict[str, float]]:
    """Return the numbers that the page would show for each of these figures, under Python's names."""
    asked = [
        {"figure": type(explorer).__name__, "state": explorer.numbers(), "data": explorer._data}
        for explorer in explorers
    ]
    run = subprocess.run(
        ["node", COMPUTE, numerics], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60
    )
    return [named({name: float(text) for name, text in answer.items()}) for answer in json.loads(run.stdout)]
