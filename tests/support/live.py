"""The trainer of the page, asked under node: what it computes, without a page."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

from torch import Tensor

from tests.support import node
from vae_tutorial import datasets

TRAIN = node.COMPUTE.with_name("train.js")


@functools.cache
def images() -> tuple[Tensor, Tensor]:
    """Return the digits that travel in the figure: 400 to train on and 100 held out."""
    digits = datasets.load_digits()
    return digits.train[:400].double(), digits.test[:100].double()


def answered(tasks: list[dict[str, Any]], numerics: Path = node.NUMERICS) -> list[Any]:
    """Return what the page's trainer answers."""
    node.need("node")
    train, held_out = images()
    asked = {"train": train.flatten().tolist(), "heldOut": held_out.flatten().tolist(), "tasks": tasks}
    command = ["node", str(TRAIN), str(numerics)]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    answers: list[Any] = json.loads(run.stdout)
    return answers


def settings(weight: float = 1.0, noise: bool = True, learning_rate: float = 5e-3) -> dict[str, Any]:
    """Return the settings of a run, under the page's names."""
    return {"klWeight": weight, "noise": noise, "learningRate": learning_rate}
