"""The record that the chapter loads, put together part by part."""

from __future__ import annotations

import json
from typing import Any

import torch

from bookkit.paths import RECORDS
from experiments.why_not_reconstruction.measures import PRIOR_DRAWS
from experiments.why_not_reconstruction.ten_dimensions import ANNEALED_CHAINS, ANNEALED_STEPS, DRAWS, STARTS
from experiments.why_not_reconstruction.worlds import FAR, FASHION_IMAGES, PARTS, PATTERN_COMPONENTS, SAMPLES, SEEDS

RECORD = RECORDS / "why_not_reconstruction.json"


def write(part: str, rows: list[dict[str, Any]], minutes: int) -> None:
    """Store a part's measurements together with what they were made with."""
    conditions = {
        "patterns": "the 14 bars and stripes of 3×3 pixels, each 20 times; 9-64-2 tanh nets, Adam 1e-2, batch 28; "
        f"mixture of {PATTERN_COMPONENTS} full Gaussians; without gap: the objective is log p(x) by a 61×61 lattice, "
        "all 14 patterns a step",
        "data": "digits (binary), 1200 for training; 2-D: all 300 validation and 297 held-out and the first 297 "
        "training digits; 10-D: the first 50 validation, 100 held-out and 100 training digits",
        "model": "64-128-128 tanh nets, Bernoulli pixels, prior N(0, I)",
        "training": "Adam 2e-3, batch 100, one sample of z; objective: reconstruction - weight * KL",
        "refitted priors": "one Gaussian, and a mixture of full Gaussians (100 in 2-D, 10 in 10-D), fitted to the "
        "codes of the whole training set",
        "2-D": f"quadrature, tolerance 0.05; for the mixture {PRIOR_DRAWS} draws from it",
        "10-D": f"importance sampling, {DRAWS} draws a digit from {STARTS} fitted Gaussians and the prior; "
        f"*_annealed: annealed importance sampling, {ANNEALED_CHAINS} chains, "
        f"{ANNEALED_STEPS} steps",
        "leads": "2-D, held-out digits: log p(x) of the model trained on the ELBO less that of the other, each trained "
        "again to the epoch that validation chose in two_dimensions; standard error over the 297 digits",
        "fashion": f"Fashion-MNIST, 50000 for training, the first {FASHION_IMAGES} test images, on above half grey; "
        "784-128-128-2 tanh nets, Adam 1e-3, batch 100; priors fitted to 5000 training images' codes",
        "coverage": f"{SAMPLES} samples of each model; pixels: that a held-out digit and the nearest differ in, mean; "
        f"far: share of held-out digits from which every sample differs in more than {FAR} of the 64 pixels",
        "*_mismatch, information": "of the training set's codes, 3 samples a code",
        "units": "nats per example, means over examples; *_error: mean (2-D) or root mean square (10-D) of their own",
    }
    old = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    minutes_of = old.get("processor minutes of each part", {}) | {part: minutes}
    record = {
        "command": "python -m experiments.why_not_reconstruction",
        "seeds": list(SEEDS),
        "device": f"CPU, {torch.get_num_threads()} thread, float64, torch {torch.__version__.split('+')[0]}",
        "processor minutes of each part": minutes_of,
        "conditions": conditions,
    }
    parts = {name: rows if name == part else old.get(name, []) for name in PARTS}
    RECORD.write_text(json.dumps(record | parts, indent=1) + "\n", encoding="utf-8")
