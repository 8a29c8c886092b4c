"""A schematic of the two directions of a divergence, on one tilted Gaussian."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from vae_tutorial.figures.roles import role
from vae_tutorial.figures.schematics.shapes import sheet, tint, whole, words

COVARIANCE = np.array([[1.0, 0.85], [0.85, 1.0]])


def two_divergences(figure: Figure | None = None) -> Figure:
    """Draw the best axis-aligned Gaussian for a tilted one, by KL(q‖p) and by KL(p‖q).

    For p = N(m, Σ), KL(q‖p) is least at variances 1/(Σ⁻¹)ᵢᵢ, and KL(p‖q) at variances Σᵢᵢ (Bishop, Pattern Recognition
    and Machine Learning, 2006, section 10.1.2). Ellipses lie at 2 standard deviations.

    Suggested alternative text: "The same tilted ellipse twice, the true posterior. Left, under KL(q‖p), which training
    uses, q is a small circle, too narrow along the ellipse. Right, under KL(p‖q), q is a large circle, too
    wide across it."
    """
    ax = sheet(figure, 32)
    inside = 1 / np.diag(np.linalg.inv(COVARIANCE))
    around = np.diag(COVARIANCE)
    panels = [
        (12.0, inside, "KL$(q\\,\\|\\,p)$, the bound's", "$q$ too narrow"),
        (34.0, around, "KL$(p\\,\\|\\,q)$", "$q$ too wide"),
    ]
    for middle, variances, name, finding in panels:
        words(ax, (middle, 29.5), name, size=13)
        _ellipse(ax, middle, COVARIANCE, "true posterior")
        _ellipse(ax, middle, np.diag(variances), "posterior")
        words(ax, (middle, 2.2), finding, bold=True)
    words(ax, (12 + 6.6, 23.6), "$p$", size=13)
    return whole(ax)


def _ellipse(ax: Axes, middle: float, covariance: np.ndarray, of: str) -> None:
    """Draw a Gaussian's ellipse at 2 standard deviations, a unit being 4.5 tenths of an inch."""
    variances, directions = np.linalg.eigh(covariance)
    angle = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    minor, major = 4 * 4.5 * np.sqrt(variances)
    look = role(of)
    filled = of == "true posterior"
    ax.add_patch(
        Ellipse(
            (middle, 16),
            major,
            minor,
            angle=angle,
            facecolor=tint(of, 0.3) if filled else "none",
            edgecolor=look.color,
            linestyle=look.linestyle,
            linewidth=2.2,
        )
    )
