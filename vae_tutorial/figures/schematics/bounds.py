"""Schematics of what lies between a bound and log p(x), and of why an estimate may rest on one draw."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vae_tutorial.figures.roles import role
from vae_tutorial.figures.schematics.shapes import INK, arrow, sheet, tint, whole, words


def _piece(ax: Axes, left: float, low: float, width: float, of: str, text: str, height: float = 6) -> None:
    """Draw a piece of a bar in the look of a role, with words in it."""
    look = role(of)
    ax.add_patch(
        Rectangle(
            (left, low),
            width,
            height,
            facecolor=tint(of, 0.25),
            edgecolor=look.color,
            linestyle=look.linestyle,
            linewidth=1.8,
        )
    )
    words(ax, (left + width / 2, low + height / 2), text)


def bound_bars(figure: Figure | None = None) -> Figure:
    """Draw ELBO(q_φ) ≤ ELBO(q*) ≤ log p(x) as three stacked bars of the same length.

    q* is the best q of the family for this x; q_φ is what the encoder gives.

    Suggested alternative text: "Three bars of the same length. The first is log p(x). The second is the ELBO of the
    best q in the family, and beside it the gap that the family leaves. The third is the ELBO of the encoder's q, which
    is shorter; beside it the gap that the encoder leaves, and the same gap of the family."
    """
    ax = sheet(figure, 35)
    left, full, family, encoder = 1.0, 44.0, 12.0, 13.0
    words(ax, (left, 33), "the model alone", align="left", bold=True)
    _piece(ax, left, 25, full, "model", "$\\log p_\\theta(x)$")
    words(ax, (left, 21.7), "with the best $q$ of its family", align="left", bold=True)
    _piece(ax, left, 13.7, full - family, "bound", "ELBO$(q^*)$")
    _piece(ax, left + full - family, 13.7, family, "true posterior", "family's\ngap")
    words(ax, (left, 10.4), "with the encoder's $q$", align="left", bold=True)
    _piece(ax, left, 2.4, full - family - encoder, "bound", "ELBO$(q_\\phi)$")
    _piece(ax, left + full - family - encoder, 2.4, encoder, "posterior", "encoder's\ngap")
    _piece(ax, left + full - family, 2.4, family, "true posterior", "family's\ngap")
    return whole(ax)


def _skewed(z: np.ndarray) -> np.ndarray:
    """Return a lopsided bump [T] that stands for a true posterior, with height 1."""
    bump = np.exp(-0.5 * ((z + 0.6) / 0.55) ** 2) + 0.55 * np.exp(-0.5 * ((z - 0.55) / 0.75) ** 2)
    return np.asarray(bump / bump.max())


def _bump(z: np.ndarray, loc: float, scale: float, height: float) -> np.ndarray:
    """Return a Gaussian bump [T]."""
    return np.asarray(height * np.exp(-0.5 * ((z - loc) / scale) ** 2))


def three_algorithms(figure: Figure | None = None) -> Figure:
    """Draw EM, variational EM and the VAE side by side, by where each takes its q(z|x) from.

    Suggested alternative text: "Three columns. In each a filled, lopsided curve is the true posterior, and a dashed
    curve is q. EM: q is the posterior, no gap. Variational EM: q is the best Gaussian for this x, a small gap. VAE: q
    is a Gaussian that one network gives for every x, a little off, a larger gap."
    """
    ax = sheet(figure, 35)
    z = np.linspace(-2.6, 2.8, 200)
    posterior = _skewed(z)
    columns = [
        ("EM", posterior, "$q$ is the\nposterior", "no gap"),
        ("variational\nEM", _bump(z, -0.3, 0.78, 0.86), "$q$ fitted\nto each $x$", "family's\ngap"),
        ("VAE", _bump(z, 0.25, 0.72, 0.9), "$q$ from one\nnetwork", "family's +\nencoder's gap"),
    ]
    for number, (name, curve, source, gap) in enumerate(columns):
        middle = 7.8 + 15.2 * number
        across = middle + 2.5 * z
        words(ax, (middle, 31.8), name, size=12.5, bold=True)
        ax.fill_between(across, 17, 17 + 9.5 * posterior, color=tint("true posterior", 0.35), linewidth=0)
        ax.plot(across, 17 + 9.5 * posterior, color=role("true posterior").color, linewidth=1.4)
        ax.plot(across, 17 + 9.5 * curve, color=role("posterior").color, linestyle=role("posterior").linestyle)
        words(ax, (middle, 12.3), source)
        words(ax, (middle, 5), gap, bold=True)
    return whole(ax)


def two_hills(figure: Figure | None = None) -> Figure:
    """Draw why a fit looks k/2N better than the truth on its own data, and is k/2N worse on new data.

    The hills are the mean log-likelihood of the sample and of new data, as functions of θ, in the mean over samples: to
    second order two parabolas of one curvature, which meet at θ*, where nothing was fitted.

    Suggested alternative text: "Two hills over θ, of one shape. That of the sample has its top at θ-hat, that of new
    data at θ-star, where the two hills meet. At θ-hat the sample's hill stands k/2N above that meeting point, and that
    of new data k/2N below it."
    """
    ax = sheet(figure, 37)
    theta = np.linspace(3, 43, 200)
    best, fitted, drop = 17.0, 29.0, 7.0
    curvature = drop / (fitted - best) ** 2
    hills = {"data": (fitted, 31.0), "model": (best, 24.0)}
    for of, (top, height) in hills.items():
        curve = height - curvature * (theta - top) ** 2
        shown = curve > 5.5
        ax.plot(theta[shown], curve[shown], color=role(of).color, linewidth=2.4)
    ax.plot([1, 45], [5, 5], color=INK, linewidth=1.2)
    ax.plot([best, 41], [24, 24], color=INK, linewidth=0.9, linestyle=":")
    for at, name in ((best, "$\\theta^*$"), (fitted, "$\\hat\\theta$")):
        ax.plot([at, at], [5, 24 if at == best else 17], color=INK, linewidth=0.9, linestyle=":")
        words(ax, (at, 2.5), name, size=13)
    arrow(ax, (fitted, 24), (fitted, 31), "data", heavy=True)
    arrow(ax, (fitted, 24), (fitted, 17), "model", heavy=True)
    words(ax, (30.2, 26.7), "$k/2N$", size=13, align="left")
    words(ax, (30.2, 20.8), "$k/2N$", size=13, align="left")
    words(ax, (fitted, 33.6), "on the sample", bold=True)
    words(ax, (9.5, 27), "on new data", bold=True)
    return whole(ax)


def sorted_weights(figure: Figure | None = None) -> Figure:
    """Draw importance weights in order of size, of a good and of a poor proposal: there, one draw is everything.

    The bars are w = p(x, z)/q(z) of 8 draws as shares of their sum.

    Suggested alternative text: "Two rows of eight bars, sorted by size, as shares of their sum. With a good proposal
    all are low and fall slowly: many draws count. With a poor one the first holds almost all of the sum: one draw is
    everything."
    """
    ax = sheet(figure, 36)
    draws = np.arange(8)
    even, uneven = 1.0 / (1 + 0.12 * draws), np.exp(-3.0 * draws)
    _shares(ax, 24, even / even.sum(), "model", "good proposal:\nmany draws count")
    _shares(ax, 5.5, uneven / uneven.sum(), "posterior", "poor proposal:\none draw is everything")
    words(ax, (23, 2.2), "share of the sum, draw by draw")
    return whole(ax)


def _shares(ax: Axes, low: float, shares: np.ndarray, of: str, text: str) -> None:
    """Draw shares [K] as bars above a line, one scale for all: the whole sum would be 15 tenths of an inch high."""
    look, places = role(of), 4 + 5.4 * np.arange(len(shares))
    heights = np.maximum(15 * shares, 0.15)
    ax.bar(places, heights, 3.6, low, color=tint(of, 0.5), edgecolor=look.color, hatch=look.hatch)
    ax.plot([1, 45], [low, low], color=INK, linewidth=1.2)
    words(ax, (45, low + 8.5), text, align="right", bold=True)
