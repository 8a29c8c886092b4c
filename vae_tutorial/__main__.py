"""``python -m vae_tutorial`` tells what is installed and checks here that log p(x) = ELBO + KL(q(z|x) ‖ p(z|x)).

Its exit status is 0 where both sides agree and 3 where they do not.  Python itself ends with 1 or 2 where the check
could not be made, so these say nothing about the identity.
"""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import torch

import vae_tutorial as vt
from vae_tutorial.datasets import files, mnist

PACKAGES = ("torch", "numpy", "scikit-learn", "matplotlib", "anywidget", "ipywidgets", "safetensors", "tqdm", "pooch")
TOLERANCE = 1e-6  # nats
DIFFERS = 3  # exit status that nothing else gives
ASCII = str.maketrans({"−": "-", "–": "-", "×": "x", "‖": "||"})


def version_of(package: str) -> str:
    """Return the installed version, or say that there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def describe_device() -> str:
    """Name the processor that torch would use."""
    threads = f"{torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name()}), cpu with {threads}"
    return f"cpu with {threads}, {torch.backends.cpu.get_cpu_capability()}"


def describe_data() -> str:
    """Name the data folder and the data sets that are there whole."""
    sets = {
        "MNIST": mnist.MNIST,
        "Fashion-MNIST": mnist.FASHION_MNIST,
        "static binarised MNIST (idx)": mnist.STATIC_IDX,
        "static binarised MNIST (text)": mnist.STATIC_TEXT,
    }
    there = [name for name, parts in sets.items() if all(files.is_at_hand(part) for part in parts.values())]
    return f"{vt.datasets.data_folder()} ({', '.join(there) or 'empty: what is asked for is downloaded'})"


@torch.no_grad()
def largest_residual() -> float:
    """Compute both sides of the identity by separate methods, in nats, and return their largest difference.

    log p(x) is summed on a lattice; the bound is integrated under q by Gauss–Hermite; the gap is the KL divergence to
    the posterior on another grid.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = vt.posteriors.DiagonalGaussian(vt.networks.MLP(9, 4, (16,)))
        decoder = vt.likelihoods.Bernoulli(vt.networks.MLP(2, 9, (16,)))
        model = vt.models.VAE(encoder, decoder).double()
    x = vt.datasets.bars_and_stripes().images[::25].double()
    log_prob = vt.evidence.quadrature(model, x).log_prob
    bound = vt.objectives.elbo_terms_by_quadrature(model, x).elbo
    gap = vt.inference.grid_posterior(model, x).kl_from(model.posterior(x))
    return float((log_prob - bound - gap).abs().max())


def say(line: str) -> None:
    """Print a line; where the terminal's encoding lacks a character, print its nearest form in that encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    print(line)


def main() -> int:
    """Print the report; return 3 where the identity does not hold, and 0 where it does."""
    machine = f"{platform.system()} {platform.machine()}"
    say(f"vae_tutorial {vt.__version__}, Python {platform.python_version()}, {machine}")
    say("packages:    " + ", ".join(f"{package} {version_of(package)}" for package in PACKAGES))
    say(f"device:      {describe_device()}")
    say(f"data folder: {describe_data()}")
    residual = largest_residual()
    holds = residual < TOLERANCE
    say(f"self-check:  |log p(x) − (ELBO + KL)| is at most {residual:.1e} nats: {'good' if holds else 'WRONG'}")
    return 0 if holds else DIFFERS


if __name__ == "__main__":
    sys.exit(main())
