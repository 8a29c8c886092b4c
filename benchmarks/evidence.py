"""Time log p(x) by importance sampling, K = 1000 on a 784–512–20 VAE, against pythae and against matrix products alone.

Both packages score the same images with the same weights.  ``posterior`` draws all samples from q(z|x), which is what
pythae's ``get_nll`` does; ``defensive`` is the package's default, whose half from the prior is decoded once for all
images.  ``products`` are the decoder's two matrix products for as many samples, and nothing else.  pythae runs without
a gradient, at its default batch of 100 samples and at one that holds them all.  Peak memory is that of a fresh process.

    python -m benchmarks.evidence [--repeats 7] [--threads 1]
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable

import torch
from torch import nn

import vae_tutorial as vt
from benchmarks.networks import HIDDEN, IMAGE, LATENT, binary_images, pythae_vae, translated
from benchmarks.timing import arguments, milliseconds, ratios, record, take_turns

IMAGES = 20
SAMPLES = 1000
ROWS = 1000  # of one product


def products(model: vt.models.VAE) -> Callable[[], None]:
    """Return the decoder's two products for as many samples, into memory that is there already."""
    z = torch.randn(ROWS, LATENT)
    first, last = (layer.weight.T for layer in model.decoder.modules() if isinstance(layer, nn.Linear))
    hidden, image = torch.empty(ROWS, HIDDEN), torch.empty(ROWS, IMAGE)

    def run() -> None:
        for _ in range(IMAGES * SAMPLES // ROWS):
            torch.mm(z, first, out=hidden)
            torch.mm(hidden, last, out=image)

    return run


def estimate(model: vt.models.VAE, x: torch.Tensor, samples: int, *, defensive: bool) -> float:
    """Return the package's mean log p(x), in nats."""
    proposal = None if defensive else model.posterior(x)
    return float(vt.evidence.importance_sampling(model, x, samples, proposal=proposal).log_prob.mean())


def peak_memory(samples: int, *, defensive: bool) -> int:
    """Return the peak resident memory of a fresh process that scores the images with ``samples`` draws, in KiB."""
    command = [sys.executable, "-m", "benchmarks.evidence", "--peak", str(samples), str(int(defensive))]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peaks() -> dict[str, dict[str, float]]:
    """Compare peaks of fresh processes; to be called first, since Linux lets a child begin at its parent's peak."""
    result = {}
    for name in ("posterior", "defensive"):
        few, many = (peak_memory(samples, defensive=name == "defensive") for samples in (100, 10_000))
        result[name] = {"K = 100": round(few / 1024), "K = 10000": round(many / 1024), "ratio": round(many / few, 3)}
    return result


def _print_peak(samples: int, *, defensive: bool) -> None:
    torch.set_num_threads(1)
    model = translated(pythae_vae())
    with torch.no_grad():
        estimate(model, binary_images(IMAGES), samples, defensive=defensive)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


@torch.no_grad()
def main() -> None:
    """Alternate the contenders, check that they agree, and record the ratios."""
    options = arguments(__doc__, repeats=7)
    torch.manual_seed(0)
    peak_mebibytes = peaks()
    theirs = pythae_vae().eval()
    ours = translated(theirs)
    x = binary_images(IMAGES)
    contenders = {
        "posterior": lambda: estimate(ours, x, SAMPLES, defensive=False),
        "defensive": lambda: estimate(ours, x, SAMPLES, defensive=True),
        "pythae, batches of 100": lambda: theirs.get_nll(x.view(-1, 1, 28, 28), n_samples=SAMPLES, batch_size=100),
        "pythae, batches of 1000": lambda: theirs.get_nll(x.view(-1, 1, 28, 28), n_samples=SAMPLES, batch_size=1000),
        "products": products(ours),
    }
    times = take_turns(contenders, options.repeats)
    means = {name: float(run()) for name, run in contenders.items() if name != "products"}
    if max(means.values()) - min(means.values()) > 1:
        raise SystemExit(f"the contenders disagree by more than a nat, so they did not do the same work: {means}")
    result = {
        "task": f"log p(x), VAE {IMAGE}–{HIDDEN}–{LATENT}, {IMAGES} images, K = {SAMPLES}, float32",
        "ratios of medians": {name: ratios(times, name) for name in ("posterior", "defensive")},
        "milliseconds per image": milliseconds(times, per=IMAGES),
        "mean log p(x) in nats": {name: round(mean, 2) for name, mean in means.items()},
        "peak memory in MiB": peak_mebibytes,
    }
    record("evidence", options, result, packages=("pythae",))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        _print_peak(int(sys.argv[2]), defensive=bool(int(sys.argv[3])))
    else:
        main()
