"""Schematics of what feeds what: a model, its training, its gradients, and what one can ask of it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vae_tutorial.figures.schematics.shapes import INK, arrow, box, circle, sheet, whole, words


def computation_graph(figure: Figure | None = None) -> Figure:
    """Draw how an ELBO is computed: x, encoder, μ and σ, z with ε entering, decoder, logits, and the two terms.

    Suggested alternative text: "A graph read from top to bottom. x enters the encoder, which gives μ and σ. They and
    the noise ε make z = μ + σε. z enters the decoder, which gives logits. The logits and x give the reconstruction
    term; μ, σ and the prior give the KL term. The ELBO is the first minus the second."
    """
    ax = sheet(figure, 53)
    _encode_and_decode(ax)
    _divergence(ax)
    box(ax, (14.5, 5), (20, 5), "bound", "reconstruction")
    ax.plot([10.5, 1.5, 1.5, 3], [49.5, 49.5, 5, 5], color=INK, linewidth=1.6)  # x, past the networks
    arrow(ax, (2.5, 5), (4.5, 5))
    arrow(ax, (24.5, 5), (27, 5), "bound", heavy=True)
    words(ax, (36, 5), "ELBO =\nreconstruction − KL", bold=True)
    return whole(ax)


def _encode_and_decode(ax: Axes) -> None:
    """Draw the way from x through z to the logits."""
    box(ax, (14.5, 49.5), (8, 5), "data", "$x$")
    box(ax, (14.5, 40.5), (20, 6), "posterior", "encoder  $q_\\phi(z\\,|\\,x)$")
    box(ax, (14.5, 31.5), (10, 5), "posterior", "$\\mu,\\ \\sigma$", opacity=0)
    box(ax, (14.5, 22.5), (15, 5), "posterior", "$z = \\mu + \\sigma\\,\\varepsilon$")
    box(ax, (14.5, 13.8), (20, 6), "model", "decoder  $p_\\theta(x\\,|\\,z)$")
    for start, end in ((47, 43.5), (37.5, 34), (29, 25), (20, 16.8), (10.8, 7.5)):
        arrow(ax, (14.5, start), (14.5, end))
    words(ax, (15.7, 9.3), "logits", align="left")
    box(ax, (33, 22.5), (16.5, 5), "data", "noise  $\\varepsilon \\sim N(0, I)$", opacity=0)
    arrow(ax, (24.7, 22.5), (22, 22.5))


def _divergence(ax: Axes) -> None:
    """Draw the way from q and the prior to the KL term, and on to the sum."""
    box(ax, (35.5, 40.5), (13, 5), "prior", "prior  $p(z)$")
    box(ax, (35.5, 31.5), (19, 5), "bound", "KL")
    arrow(ax, (35.5, 38), (35.5, 34))
    arrow(ax, (19.5, 31.5), (26, 31.5))
    arrow(ax, (43.5, 29), (43.5, 8.2), "bound", heavy=True)


def plate_diagram(figure: Figure | None = None) -> Figure:
    """Draw the latent-variable model p(z) p(x|z) as a plate diagram, with the encoder beside it, dashed.

    Suggested alternative text: "Inside a plate marked 'N examples', an arrow leads from the unobserved circle z, drawn
    from the prior, to the observed, filled circle x; θ stands outside and points to x. A dashed arrow from φ and x
    back to z is the encoder, marked 'no part of the model'."
    """
    ax = sheet(figure, 33)
    ax.add_patch(Rectangle((14, 2.5), 18, 28.5, fill=False, edgecolor=INK, linewidth=1.4))
    words(ax, (23, 4.6), "$N$ examples", size=11)
    circle(ax, (23, 25), 3.6, "prior", "$z$")
    circle(ax, (23, 11.5), 3.6, "model", "$x$", filled=True)
    arrow(ax, (23, 21.4), (23, 15.2), "model", heavy=True)
    words(ax, (4.5, 11.5), "$\\theta$", size=15)
    arrow(ax, (6.5, 11.5), (19.3, 11.5), "model", heavy=True)
    arrow(ax, (26.3, 13.2), (26.3, 23.4), "posterior", dashed=True, bend=0.35)
    words(ax, (41.5, 18.3), "$\\phi$", size=15)
    arrow(ax, (39.8, 18.3), (28.5, 18.3), "posterior", dashed=True)
    words(ax, (7, 25.5), "prior\n$p(z)$")
    words(ax, (7, 18.3), "decoder\n$p_\\theta(x\\,|\\,z)$")
    words(ax, (39.2, 27), "encoder $q_\\phi(z\\,|\\,x)$:\nno part of\nthe model", size=10.5)
    return whole(ax)


def gradient_paths(figure: Figure | None = None) -> Figure:
    """Draw why the draw is rewritten: the gradient stops at a drawn z, and passes through z = μ + σε.

    Suggested alternative text: "Two columns. Left, 'draw z': φ gives μ and σ, z is drawn from them, f(z) follows; the
    gradient comes back from f to z and stops at the draw. Right, 'rewrite the draw': ε enters from the side, z is
    μ + σε, and the gradient comes back from f through z to μ, σ and φ."
    """
    ax = sheet(figure, 44)
    for left, title in ((0, "draw $z$"), (23, "rewrite the draw")):
        words(ax, (left + 11, 41.8), title, size=13, bold=True)
        box(ax, (left + 9, 35.5), (8, 5), "posterior", "$\\phi$")
        box(ax, (left + 9, 26.5), (9, 5), "posterior", "$\\mu,\\ \\sigma$", opacity=0)
        box(ax, (left + 9, 8), (9, 5), "model", "$f(z)$")
        for start, end in ((33, 29), (24, 19.7), (14.7, 10.5)):
            arrow(ax, (left + 7.5, start), (left + 7.5, end))
        arrow(ax, (left + 10.5, 10.7), (left + 10.5, 14.6), "bound", heavy=True)
    _stopped(ax)
    _passing(ax)
    words(ax, (11, 2), "the gradient stops")
    words(ax, (34, 2), "the gradient reaches $\\phi$")
    return whole(ax)


def _stopped(ax: Axes) -> None:
    """Draw the left column's z, and the bar at which its gradient ends."""
    box(ax, (9, 17.2), (16, 5), "posterior", "$z \\sim N(\\mu, \\sigma^2)$")
    ax.plot([8.7, 12.5], [20.9, 20.9], color=INK, linewidth=4, solid_capstyle="butt")
    words(ax, (13.2, 22), "no path", size=10.5, align="left")


def _passing(ax: Axes) -> None:
    """Draw the right column's z with its noise, and its gradient on the way back."""
    box(ax, (32, 17.2), (13.5, 5), "posterior", "$z = \\mu + \\sigma\\varepsilon$")
    circle(ax, (43, 17.2), 2.1, "data", "$\\varepsilon$")
    arrow(ax, (40.9, 17.2), (38.9, 17.2))
    arrow(ax, (33.5, 19.9), (33.5, 23.9), "bound", heavy=True)
    arrow(ax, (33.5, 29.1), (33.5, 32.9), "bound", heavy=True)


def evaluate_sample_normalise(figure: Figure | None = None) -> Figure:
    """Draw the three things that can be asked of a distribution p(x): evaluate, sample, normalise.

    Suggested alternative text: "Three rows through one box, p_θ. Evaluate: an image x goes in, one number p_θ(x) comes
    out. Sample: noise goes in, an image x comes out. Normalise: all images go in, and the numbers sum to 1."
    """
    ax = sheet(figure, 34)
    rows = [
        (26.5, "evaluate", "one $x$", "a number,\n$p_\\theta(x)$"),
        (15.5, "sample", "noise", "a new $x$"),
        (4.5, "normalise", "every $x$", "they sum\nto $1$"),
    ]
    for y, name, put_in, comes_out in rows:
        words(ax, (1, y + 5), name, size=13, align="left", bold=True)
        box(ax, (7, y), (12, 5.5), "data", put_in, opacity=0)
        box(ax, (23, y), (9, 5.5), "model", "$p_\\theta$")
        box(ax, (38.5, y), (13.5, 6.5), "data", comes_out, opacity=0)
        arrow(ax, (13, y), (18.5, y), "model", heavy=True)
        arrow(ax, (27.5, y), (31.7, y), "model", heavy=True)
    return whole(ax)
