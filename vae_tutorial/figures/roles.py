"""The look of each role: one colour, line and marker in every figure of the book, still or moving."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import matplotlib.pyplot as plt


@dataclass(frozen=True)
class Role:
    """Hold the look of one role: colour is never its only carrier.

    ``linestyle`` is its line in matplotlib's words, ``dashes`` the same kind of line in those of SVG, in pixels.
    """

    color: str
    linestyle: str
    dashes: str
    marker: str
    hatch: str


# Okabe and Ito's palette, told apart with any colour vision: https://jfly.uni-koeln.de/color/
ROLES = {
    "data": Role("#3d3d3d", "-", "none", "s", ""),
    "model": Role("#0072b2", "-", "none", "o", "//"),
    "prior": Role("#e69f00", ":", "2 3", "D", ".."),
    "posterior": Role("#d55e00", "--", "7 4", "^", "xx"),
    "true posterior": Role("#009e73", "-.", "9 3 2 3", "v", "\\\\"),
    "bound": Role("#b0508a", (0, (5, 1.5)), "7 3", "P", "--"),  # type: ignore[arg-type]
}


def use_style() -> None:
    """Set the book's style for all figures that follow."""
    with resources.as_file(resources.files("vae_tutorial") / "book.mplstyle") as path:
        plt.style.use(path)


def role(name: str) -> Role:
    """Return the look of a role.

    Raises:
        ValueError: there is no such role.
    """
    if name not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}, got {name!r}")
    return ROLES[name]
