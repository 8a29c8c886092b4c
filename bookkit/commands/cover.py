"""Make what the book opens with: a picture of one network trained on two objectives, the home page's three figures that
move, and the card that a link to the book shows elsewhere.

Run it from the top folder: ``python -m bookkit.commands.cover`` makes all, and with names some of them
(``picture`` trains for two minutes, and reconstruction alone does not repeat to the last digit).
"""

from __future__ import annotations

import argparse
import os
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib.pyplot as plt
import torch

import vae_tutorial as vt
from bookkit import chromium, stills
from bookkit.digits import digits_vae
from bookkit.paths import BOOK
from vae_tutorial.explorables.explorable import Explorable

STATIC = BOOK / "_static"
PICTURE = STATIC / "cover.png"
FIGURES: dict[str, Explorable] = {  # by the name of the file that intro.md includes
    "home": vt.explorables.DensityExplorer(),
    "home_bound": vt.explorables.BoundExplorer(x=2.5, bend=0.0, loc=1.4, scale=0.8),
    "home_live": vt.explorables.LiveTrainer(),
}
CARD = STATIC / "card.png"  # named in the head of every page, by _templates/layout.html
OBJECTIVES: dict[str, vt.training.Objective] = {
    "on the ELBO": vt.objectives.elbo,
    "on reconstruction alone": partial(vt.objectives.beta_elbo, beta=0.0),
}


def trained(objective: vt.training.Objective, digits: vt.datasets.Dataset) -> vt.models.VAE:
    """Return the book's VAE for digits after 200 epochs on this objective."""
    model = digits_vae(1)
    config = vt.training.TrainConfig(epochs=200, seed=1, progress=False)
    vt.training.fit(model, digits.train, config, objective=objective)
    return model


def mean_log_p(model: vt.protocol.LatentVariableModel, x: torch.Tensor) -> float:
    """Return the mean of exact log p(x), with the encoder cut out: it is no part of the model."""
    encoderless = vt.models.WithPosterior(model, model.prior().expand([len(x)]))
    return float(vt.evidence.quadrature(encoderless, x, tolerance=1e-2).log_prob.mean())


def draw_codes() -> None:
    """Train both, and draw the codes of held-out digits on top of the prior."""
    torch.set_default_dtype(torch.float64)
    vt.figures.use_style()
    digits = vt.datasets.load_digits()
    _, panels = plt.subplots(1, 2, figsize=(6.4, 3.9), sharex=True, sharey=True)
    for ax, (title, objective) in zip(panels, OBJECTIVES.items(), strict=True):
        model = trained(objective, digits)
        with torch.no_grad():
            codes = model.posterior(digits.test).sample()
        fitted = vt.models.WithPrior(model, vt.diagnostics.refit_gaussian_prior(model, digits.train))
        declared, refitted = (mean_log_p(version, digits.test) for version in (model, fitted))
        vt.figures.draw_codes(ax, codes, label="codes of held-out digits")
        vt.figures.draw_gaussian(ax, torch.zeros(2), torch.eye(2), of="prior", label="prior p(z), 1 and 2 σ")
        ax.set_title(
            f"{title}\nlog p(x), this prior: −{-declared:.1f}\nlog p(x), refitted prior: −{-refitted:.1f}", loc="left"
        )
    handles, labels = panels[0].get_legend_handles_labels()
    panels[0].figure.legend(handles, labels, loc="outside lower center", ncols=2)
    plt.savefig(PICTURE, dpi=200, metadata={"Software": None})


def draw_card() -> None:
    """Draw the question, and the bound's two bars under it, at the size that sites show: 1200 by 630 pixels."""
    terms = vt.explorables.BoundExplorer().terms()
    fig = plt.figure(figsize=(12, 6.3), layout="none")
    fig.text(0.06, 0.80, "Why maximise log p(x)?", fontsize=50, weight="bold", color="#17324d")
    fig.text(0.06, 0.69, "From maximum likelihood to the variational autoencoder, with numbers", fontsize=21)
    ax = fig.add_axes((0.06, 0.06, 0.88, 0.54))
    bars = [
        (1, terms["log p(x)"], "model", "log p(x)"),
        (0, terms["ELBO"], "bound", "ELBO"),
        (0, terms["gap"], "true posterior", "gap = KL(q(z|x) ‖ p(z|x))"),
    ]
    floor = -3.0  # where the bars begin, in nats
    start = dict.fromkeys((0, 1), floor)
    for row, value, role, label in bars:
        width = value if role == "true posterior" else value - floor
        ax.barh(row, width, left=start[row], height=0.7, color=vt.figures.ROLES[role].color, alpha=0.85)
        ax.text(start[row] + 0.03, row, label, va="center", fontsize=22, color="white", weight="bold")
        start[row] += width
    ax.set(xlim=(floor, -0.9), ylim=(-0.5, 1.5))
    ax.axis("off")
    fig.savefig(CARD, dpi=100, bbox_inches=None, metadata={"Software": None})


def draw_figures() -> None:
    """Write the figures that move, each with a picture of itself for readers whose browser runs no script."""
    with chromium.launched() as browser:
        page = browser.new_page(viewport={"width": stills.WIDTH, "height": 900}, color_scheme="light")
        for name, figure in FIGURES.items():
            text = figure.to_html()
            text = stills.with_still(text, stills.picture(page, text))
            (STATIC / f"{name}.html").write_text(text + "\n", encoding="utf-8")


PARTS = {"figures": draw_figures, "picture": draw_codes, "card": draw_card}


def main() -> None:
    """Make the parts asked for."""
    parser = argparse.ArgumentParser(description="Make the picture, the figures and the card that the book opens with.")
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; none means all")
    asked = parser.parse_args().parts or list(PARTS)
    if unknown := sorted(set(asked) - set(PARTS)):
        parser.error(f"no part is called {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    for part in asked:
        PARTS[part]()


if __name__ == "__main__":
    main()
