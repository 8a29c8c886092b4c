"""Time one epoch of the digits VAE: ``vae_tutorial.training.fit`` against a plain DataLoader and Adam.

Both train the book's 64–128–128–2 network at batch 100; the plain loop, in ``plain.py``, is what a tutorial would
write.  It needs nothing but the package.

    python -m benchmarks.training_step [--repeats 25] [--threads 1]
"""

from __future__ import annotations

from collections.abc import Callable

import torch

import vae_tutorial as vt
from benchmarks.plain import train_plainly
from benchmarks.timing import arguments, milliseconds, ratios, record, take_turns
from bookkit.digits import digits_vae

BATCH_SIZE = 100
EPOCHS = 20


def main() -> None:
    """Alternate the two loops and record the ratio of their medians."""
    options = arguments(__doc__, repeats=25)
    torch.manual_seed(0)
    digits = vt.datasets.load_digits()
    labels = digits.train_labels
    assert labels is not None
    ours, plain = digits_vae(), digits_vae()
    config = vt.training.TrainConfig(epochs=EPOCHS, batch_size=BATCH_SIZE, progress=False)
    contenders: dict[str, Callable[[], object]] = {
        "fit": lambda: vt.training.fit(ours, digits.train, config),
        "plain loop": lambda: train_plainly(plain, digits.train, labels, BATCH_SIZE, EPOCHS),
    }
    times = take_turns(contenders, options.repeats)
    steps = EPOCHS * -(-len(digits.train) // BATCH_SIZE)
    result = {
        "task": f"digits VAE 64–128–128–2, batch {BATCH_SIZE}, {EPOCHS} epochs of {len(digits.train)} images a repeat",
        "ratios of medians": ratios(times, "fit"),
        "milliseconds per step": milliseconds(times, per=steps),
    }
    record(f"training step, digits, threads: {options.threads}", options, result)


if __name__ == "__main__":
    main()
