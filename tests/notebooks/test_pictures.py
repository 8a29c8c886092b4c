"""A stored figure that its cell no longer draws is a fault; the blends at the edges of the same figure are none."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image, ImageChops, ImageFilter

from bookkit import pictures
from tests.support.narrowing import present
from vae_tutorial import figures

X = np.linspace(0, 6, 200)


def draw(change: Callable[[Axes], Any] = lambda axes: None) -> bytes:
    """Return a small figure in the book's style: two curves, points and words."""
    with plt.rc_context():
        figures.use_style()
        figure, axes = plt.subplots()
        axes.plot(X, np.sin(X), color=figures.role("model").color, label="model")
        axes.plot(X, np.cos(X), color=figures.role("data").color, label="data")
        axes.plot(X[::20], np.zeros(10), ".", color=figures.role("prior").color)
        axes.set(xlabel="z", ylabel="log p(x), nats", xlim=(0, 6), ylim=(-1.2, 1.2))
        axes.legend(loc="lower left")
        change(axes)
        drawn = BytesIO()
        figure.savefig(drawn, format="png")
        plt.close(figure)
    return drawn.getvalue()


def in_pixels(axes: Axes, pixels: float) -> float:
    """Return how far up the axis this many pixels reach."""
    low, high = axes.transData.inverted().transform([(0, 0), (0, pixels)])
    return float(high[1] - low[1])


def moved(pixels: float) -> Callable[[Axes], None]:
    def change(axes: Axes) -> None:
        line = axes.lines[0]
        line.set_ydata(np.asarray(line.get_ydata()) + in_pixels(axes, pixels))

    return change


CHANGES: dict[str, Callable[[Axes], Any]] = {
    "a curve moved by two pixels": moved(2),
    "a curve moved down by two pixels": moved(-2),
    "the colour of another role": lambda axes: axes.lines[0].set_color(figures.role("posterior").color),
    "a missing label": lambda axes: axes.set_xlabel(""),
    "another label": lambda axes: axes.set_xlabel("x"),
    "a missing legend": lambda axes: present(axes.get_legend()).remove(),
    "a missing point": lambda axes: axes.lines[2].set_data(X[::20][:-1], np.zeros(9)),
    "another limit of the axis": lambda axes: axes.set_xlim(0, 6.1),
}


def test_the_same_figure_has_no_fault_in_either_form() -> None:
    figure = draw()
    assert pictures.faults([figure], [draw()]) == []
    assert pictures.faults([pictures.lighten_png(pictures.strip_png(figure))], [figure]) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_planted_change_is_a_fault(name: str) -> None:
    stored, fresh = pictures.lighten_png(draw()), draw(CHANGES[name])
    assert len(pictures.faults([stored], [fresh])) == 1
    assert len(pictures.faults([fresh], [stored])) == 1


@pytest.mark.parametrize("pixels", [0.05, 0.3, -0.5])
def test_a_part_of_a_pixel_is_none(pixels: float) -> None:
    assert pictures.faults([draw()], [draw(moved(pixels))]) == []


def test_other_blends_at_the_edges_are_none() -> None:
    with Image.open(BytesIO(draw())) as image:
        sharp = image.convert("RGB")
    soft = Image.blend(sharp, sharp.filter(ImageFilter.SMOOTH), 0.5)
    assert ImageChops.difference(sharp, soft).getbbox() is not None
    assert pictures.different_pixels(sharp, soft) <= pictures.STRAY


def test_another_number_or_size_of_pictures_is_a_fault() -> None:
    figure = draw()
    with Image.open(BytesIO(figure)) as image:
        wider = BytesIO()
        image.resize((image.width + 1, image.height)).save(wider, "PNG")
    assert "1 pictures are stored, and the cell draws 0" in pictures.faults([figure], [])[0]
    assert "pixels" in pictures.faults([figure], [wider.getvalue()])[0]
