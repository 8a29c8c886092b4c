"""The weight of the KL from 0 to 1, over recorded models."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any

from vae_tutorial.explorables.explorable import Explorable, Place, Whole, bundle, style
from vae_tutorial.explorables.packing import pack

RECORDS = resources.files("vae_tutorial") / "records"
QUANTITIES = ("reconstruction", "rate", "declared", "gaussian", "mixture")
WEIGHTS = (0.0, 0.01, 0.1, 0.3, 1.0)


class ReconstructionExplorer(Explorable):
    """Weight the KL from 0 to 1, and see reconstruction, codes and log p(x) change; then refit the prior.

    The models are recorded: the digits VAE of the chapter "Why is it not enough to maximise the reconstruction term?",
    two latent dimensions, 100 epochs, three seeds, held-out digits (``experiments/why_not_reconstruction``).

    Args:
        step: which weight, 0 to 4: 0, 0.01, 0.1, 0.3 or 1, where the objective is the ELBO.
        refitted: 0 for the prior as declared, N(0, I); 1 for one Gaussian fitted to the codes of the training digits.

    Raises:
        traitlets.TraitError: a value is not a whole number within its ends.

    Example:
        >>> round(ReconstructionExplorer().terms()["log p(x), declared"], 2)
        -18.82
    """

    summary = (
        "Move the weight of the KL from 1 to 0: reconstruction rises, log p(x) falls, until the prior is refitted."
    )
    _esm = bundle("reconstruction")
    _css = style("plane")
    step = Place("weights", 4)
    refitted = Whole(0, 0, 1)

    def __init__(self, **numbers: float) -> None:
        self.weights = WEIGHTS
        super().__init__(**numbers)
        self._data = _recorded()

    def terms(self) -> dict[str, float]:
        """Return the recorded means per held-out digit for seed 0, in nats: its two terms and three log p(x)."""
        found = dict(zip(QUANTITIES, self._data["rows"][int(self.step)][0], strict=True))
        return {f"log p(x), {name}" if name in QUANTITIES[2:] else name: value for name, value in found.items()}


def _recorded() -> dict[str, Any]:
    """Return the numbers of each weight and seed, and codes, prior and samples of seed 0 for each weight."""
    rows = _read("why_not_reconstruction.json")["two_dimensions"]
    numbers = {
        (row["weight"], row["seed"]): [row[name] for name in QUANTITIES]
        for row in rows
        if (row["epochs"], row["split"]) == (100, "held-out")
    }
    seeds = sorted({seed for _, seed in numbers})
    pictures = _read("why_not_reconstruction_pictures.json")["weights"]
    reach = max(abs(value) for picture in pictures for code in picture["codes"] for value in code)
    limit = math.ceil(10 * reach) / 10
    return {
        "weights": [f"{weight:g}" for weight in WEIGHTS],
        "rows": [[numbers[weight, seed] for seed in seeds] for weight in WEIGHTS],
        "limit": limit,
        "pictures": [picture | {"codes": pack(picture["codes"], -limit, limit)} for picture in pictures],
    }


def _read(name: str) -> Any:
    return json.loads((RECORDS / name).read_text(encoding="utf-8"))
