"""What every schematic is made of: a sheet measured in tenths of an inch, and boxes, circles, arrows and words."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from vae_tutorial.figures.roles import role

WIDTH = 46.0  # tenths of an inch: what a phone shows without making 12 points unreadable
INK = role("data").color
Point = tuple[float, float]


def sheet(figure: Figure | None, height: float) -> Axes:
    """Return bare Axes over the whole of a figure, whose units are tenths of an inch from its lower left corner.

    Args:
        figure: the figure to clear, size and fill; None makes a new one with the current backend.
        height: in tenths of an inch.
    """
    figure = plt.figure() if figure is None else figure
    figure.clear()
    figure.set_layout_engine("none")
    figure.set_size_inches(WIDTH / 10, height / 10)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, height))
    ax.set_axis_off()
    return ax


def whole(ax: Axes) -> Figure:
    """Return the figure that the Axes stand in."""
    return ax.get_figure(root=True)  # type: ignore[return-value]


def tint(of: str, opacity: float = 0.16) -> tuple[float, float, float, float]:
    """Return a role's colour, thinned so that ink can be read on it."""
    return to_rgba(role(of).color, opacity)


def words(ax: Axes, at: Point, text: str, size: float = 11.5, align: str = "center", bold: bool = False) -> None:
    """Write words in ink, centred on their height."""
    weight = "bold" if bold else "normal"
    ax.text(*at, text, fontsize=size, ha=align, va="center", color=INK, weight=weight, linespacing=1.25)


def box(ax: Axes, center: Point, size: Point, of: str, text: str, opacity: float = 0.16) -> None:
    """Draw a rounded box of width and height in the look of a role, with words in it."""
    (x, y), (width, height), look = center, size, role(of)
    corner = (x - width / 2 + 0.6, y - height / 2 + 0.6)
    ax.add_patch(
        FancyBboxPatch(
            corner,
            width - 1.2,
            height - 1.2,
            boxstyle="round,pad=0.6",
            facecolor=tint(of, opacity),
            edgecolor=look.color,
            linestyle=look.linestyle,
            linewidth=1.8,
        )
    )
    words(ax, center, text)


def circle(ax: Axes, center: Point, radius: float, of: str, text: str, filled: bool = False) -> None:
    """Draw a random quantity: a circle in the look of a role, filled where the quantity is observed."""
    look = role(of)
    face = tint(of, 0.3) if filled else "white"
    ax.add_patch(Circle(center, radius, facecolor=face, edgecolor=look.color, linestyle=look.linestyle, linewidth=1.8))
    words(ax, center, text, size=14)


def arrow(
    ax: Axes, start: Point, end: Point, of: str = "data", dashed: bool = False, bend: float = 0.0, heavy: bool = False
) -> None:
    """Draw an arrow from point to point; ``bend`` curves it, in units of its length."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=16 if heavy else 13,
            connectionstyle=f"arc3,rad={bend}",
            color=role(of).color,
            linestyle="--" if dashed else "-",
            linewidth=2.6 if heavy else 1.6,
            shrinkA=0,
            shrinkB=0,
        )
    )
