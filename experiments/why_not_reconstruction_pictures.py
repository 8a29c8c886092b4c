"""Store codes and samples for the chapter's figure that moves: the models of seed 0 after 100 epochs.

Run ``python -m experiments.why_not_reconstruction_pictures`` after experiments.why_not_reconstruction: the models are
trained again, and have to be those of its record.  It writes vae_tutorial/records/why_not_reconstruction_pictures.json
in about a minute.
"""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor

import vae_tutorial as vt
from bookkit.digits import digits_vae
from experiments.why_not_reconstruction.measures import terms
from experiments.why_not_reconstruction.record import RECORD
from experiments.why_not_reconstruction.training import trained, weighted
from experiments.why_not_reconstruction.worlds import WEIGHTS

PICTURES = RECORD.with_name("why_not_reconstruction_pictures.json")
NUM_SAMPLES = 12
SEED, EPOCHS = 0, 100


def pictures(digits: vt.datasets.Dataset) -> list[dict[str, Any]]:
    """Return, for each weight, the held-out codes, the Gaussian refitted to the training codes, and decoder means."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["two_dimensions"]
    found = []
    for weight in WEIGHTS:
        config = vt.training.TrainConfig(epochs=EPOCHS, seed=SEED, progress=False)
        ((_, model),) = trained(digits_vae(SEED), digits.train, config, weighted(weight), (EPOCHS,))
        key = {"weight": weight, "seed": SEED, "epochs": EPOCHS, "split": "held-out"}
        (row,) = [row for row in recorded if row.items() >= key.items()]
        for name, value in terms(model, digits.test).items():
            if abs(value - row[name]) > 0.01:
                raise RuntimeError(f"weight {weight}: {name} is {value:.3f}, but the record says {row[name]}")
        found.append(picture(model, digits) | {"weight": weight})
    return found


@torch.no_grad()
def picture(model: vt.models.VAE, digits: vt.datasets.Dataset) -> dict[str, Any]:
    """Return rounded codes, the refitted Gaussian, and decoder means at its and the declared prior's draws of z."""
    prior = vt.diagnostics.refit_gaussian_prior(model, digits.train)
    torch.manual_seed(0)
    noise = torch.randn(NUM_SAMPLES, 2)  # the same for every weight and both priors
    z = {"declared": noise, "gaussian": prior.loc + noise @ prior.scale_tril.T}
    means = {name: (15 * model.likelihood(values).mean).round().int() for name, values in z.items()}
    return {
        "codes": rounded(model.posterior(digits.test).mean, 2),
        "loc": rounded(prior.loc, 3),
        "scale_tril": rounded(prior.scale_tril, 3),
        "means": {name: ["".join(f"{pixel:x}" for pixel in row.tolist()) for row in m] for name, m in means.items()},
    }


def rounded(values: Tensor, decimals: int) -> Any:
    """Return numbers of so many decimals."""
    if values.ndim == 1:
        return [round(value, decimals) for value in values.tolist()]
    return [rounded(row, decimals) for row in values]


def main() -> None:
    """Store what the figure that moves shows, beside the numbers."""
    record = {
        "command": "python -m experiments.why_not_reconstruction_pictures",
        "seed": SEED,
        "epochs": EPOCHS,
        "codes": "means of q(z|x) of the 297 held-out digits",
        "loc, scale_tril": "of the Gaussian fitted to the codes of all 1200 training digits",
        "means": f"E[x|z] in fifteenths, one hexadecimal digit a pixel, at {NUM_SAMPLES} draws of z from each prior",
        "weights": pictures(vt.datasets.load_digits()),
    }
    PICTURES.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    main()
