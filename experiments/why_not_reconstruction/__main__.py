"""Measure, and write the record that the chapter of the same name loads.

Run ``python -m experiments.why_not_reconstruction`` from the root of the repository.  It writes
vae_tutorial/records/why_not_reconstruction.json in about an hour of one processor.  Parts can be made one by one
(``--parts patterns``); the others stay as they are in the record.  Images of 28×28 pixels are measured where their
files are at hand (the environment variable VAE_TUTORIAL_DATA names the folder).
"""

from __future__ import annotations

import argparse
import time

import torch

from experiments.why_not_reconstruction.record import write
from experiments.why_not_reconstruction.worlds import PARTS


def main() -> None:
    """Measure the parts asked for, and put them into the record."""
    parser = argparse.ArgumentParser(description="Train and measure with the KL weighted from 0 to 1.")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), help="what to measure (default: all)")
    for part in parser.parse_args().parts:
        start = time.process_time()
        rows = PARTS[part]()
        write(part, rows, minutes=round((time.process_time() - start) / 60))


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    main()
