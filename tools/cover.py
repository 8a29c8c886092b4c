"""Make what the book opens with: the picture of one network trained on two objectives, and the home page's figure.

Run it from the top folder: ``python tools/cover.py``.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib.pyplot as plt
import torch

import vae_tutorial as vt

STATIC = Path(__file__).resolve().parent.parent / "book" / "_static"
PICTURE = STATIC / "cover.png"
FIGURE = STATIC / "home.html"  # included by intro.md
OBJECTIVES = {
    "trained on the ELBO": vt.objectives.elbo,
    "trained on reconstruction alone": partial(vt.objectives.beta_elbo, beta=0.0),
}


def trained(objective: vt.training.Objective, digits: vt.datasets.Dataset) -> vt.models.VAE:
    """Return the book's VAE for digits after 200 epochs on this objective."""
    torch.manual_seed(1)
    model = vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(vt.networks.MLP(64, 4)),
        decoder=vt.likelihoods.Bernoulli(vt.networks.MLP(2, 64)),
    )
    config = vt.training.TrainConfig(epochs=200, seed=1, progress=False)
    vt.training.fit(model, digits.train, config, objective=objective)
    return model


def draw_codes() -> None:
    """Train both, and draw the codes of held-out digits on top of the prior."""
    torch.set_default_dtype(torch.float64)
    vt.figures.use_style()
    digits = vt.datasets.load_digits()
    _, panels = plt.subplots(1, 2, figsize=(9, 4.6), sharex=True, sharey=True)
    for ax, (title, objective) in zip(panels, OBJECTIVES.items(), strict=True):
        model = trained(objective, digits)
        with torch.no_grad():
            codes = model.posterior(digits.test).sample()
        log_prob = vt.evidence.quadrature(model, digits.test, tolerance=1e-4).log_prob.mean()
        vt.figures.draw_codes(ax, codes, label="codes of held-out digits, z ~ q(z|x)")
        vt.figures.draw_gaussian(ax, torch.zeros(2), torch.eye(2), of="prior", label="prior p(z), 1 and 2 σ")
        ax.set_title(f"{title}\nexact log p(x) = −{-log_prob:.1f} nats per held-out digit")
    panels[0].legend(loc="lower left", fontsize="small")
    plt.savefig(PICTURE, dpi=130, metadata={"Software": None})


def main() -> None:
    """Make both."""
    FIGURE.write_text(vt.explorables.BoundExplorer().to_html() + "\n", encoding="utf-8")
    draw_codes()


if __name__ == "__main__":
    main()
