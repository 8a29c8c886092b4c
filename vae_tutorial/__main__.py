"""``python -m vae_tutorial`` tells what is installed and checks here that log p(x) = ELBO + KL(q(z|x) ‖ p(z|x))."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import torch

import vae_tutorial as vt
from vae_tutorial.datasets import files, mnist

PACKAGES = ("torch", "numpy", "scikit-learn", "matplotlib", "anywidget", "ipywidgets", "safetensors", "tqdm", "pooch")
TOLERANCE = 1e-6  # nats


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


def main() -> int:
    """Print the report; return 1 where the identity does not hold."""
    machine = f"{platform.system()} {platform.machine()}"
    print(f"vae_tutorial {vt.__version__}, Python {platform.python_version()}, {machine}")
    print("packages:    " + ", ".join(f"{package} {version_of(package)}" for package in PACKAGES))
    print(f"device:      {describe_device()}")
    print(f"data folder: {describe_data()}")
    residual = largest_residual()
    holds = residual < TOLERANCE
    print(f"self-check:  |log p(x) − (ELBO + KL)| is at most {residual:.1e} nats: {'good' if holds else 'WRONG'}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
