"""Log-weights by formula, and the k̂ that ArviZ gives them: what the package's own k̂ is held against.

The values are stored, since ArviZ is not in the book's environment.  To make them anew, in an environment of its own::

    python -m venv .venv-arviz && .venv-arviz/bin/pip install arviz==0.22.0
    .venv-arviz/bin/python -m tests.support.pareto
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist

FILE = Path(__file__).with_suffix(".json")
COUNTS = (5, 20, 21, 25, 26, 60, 100, 224, 225, 226, 1000, 5000)
GOLDEN = (math.sqrt(5) - 1) / 2


def log_weights(num_samples: int) -> dict[str, list[float]]:
    """Return K log-weights for each of some laws, from a sequence that fills (0, 1) evenly."""
    u = [(0.5 + i * GOLDEN) % 1 for i in range(1, num_samples + 1)]
    normal = [NormalDist().inv_cdf(value) for value in u]
    laws = {f"shape {k}": [-k * math.log(value) for value in u] for k in (0.1, 0.5, 0.7, 1.0, 2.0)}
    laws |= {f"log-normal, {s}": [s * value - 700 for value in normal] for s in (0.01, 0.5, 2.0, 10.0, 300.0)}
    laws["bounded"] = [math.log(value) for value in u]
    laws["ties"] = [float(round(2 * value)) for value in normal]
    laws["two values"] = [float(value > 0) for value in normal]
    laws["equal"] = [-3.0] * num_samples
    return laws


def by_arviz() -> dict[str, dict[str, float]]:
    """Return ArviZ's k̂ for every law and count."""
    import arviz
    import numpy as np

    return {
        str(count): {name: float(arviz.psislw(np.array(values))[1]) for name, values in log_weights(count).items()}
        for count in COUNTS
    }


def stored() -> dict[str, dict[str, float]]:
    """Return what is stored of ArviZ's k̂; infinity is a number there."""
    return {count: dict(found) for count, found in json.loads(FILE.read_text(encoding="utf-8")).items()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(by_arviz(), indent=1) + "\n", encoding="utf-8")
