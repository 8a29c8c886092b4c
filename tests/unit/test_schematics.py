"""Schematics: every word is there, stands free and inside the picture, and every colour is one of the book's."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.text import Text

from tests.support.narrowing import as_a
from vae_tutorial import figures
from vae_tutorial.figures import schematics
from vae_tutorial.figures.schematics import gaussians, shapes

WORDS = {
    "bound_bars": ["log p_θ(x)", "ELBO(q^*)", "ELBO(q_φ)", "family's gap", "encoder's gap"],
    "computation_graph": ["x", "encoder", "μ, σ", "ε ∼ N(0, I)", "decoder", "logits", "prior p(z)", "KL", "ELBO"],
    "evaluate_sample_normalise": ["evaluate", "sample", "normalise", "one x", "noise", "every x", "sum to 1"],
    "gradient_paths": ["draw z", "rewrite the draw", "no path", "ε", "z = μ + σε", "stops", "reaches φ"],
    "plate_diagram": ["N examples", "z", "x", "θ", "φ", "prior p(z)", "decoder", "no part of the model"],
    "sorted_weights": ["many draws count", "one draw is everything", "share of the sum"],
    "three_algorithms": ["EM", "variational EM", "VAE", "no gap", "family's gap", "encoder's gap"],
    "two_divergences": ["KL(q∥p), the bound's", "KL(p∥q)", "q too narrow", "q too wide"],
    "two_hills": ["θ^*", "θ-hat", "k/2N", "on the sample", "on new data"],
}
SIGNS = {"theta": "θ", "phi": "φ", "mu": "μ", "sigma": "σ", "varepsilon": "ε", "sim": "∼", "log": "log ", "|": "∥"}

every_schematic = pytest.mark.parametrize("name", schematics.__all__)


@pytest.fixture(autouse=True)
def fresh_figures() -> Iterator[None]:
    with plt.rc_context():
        figures.use_style()
        yield
    plt.close("all")


def drawn(name: str) -> Figure:
    figure = getattr(schematics, name)()
    as_a(FigureCanvasAgg, figure.canvas).draw()
    return as_a(Figure, figure)


def written(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def spoken(text: str) -> str:
    r"""Return what a label says without its mathematical mark-up: $\hat\theta$ is θ-hat."""
    text = re.sub(r"\\hat\\(\w+)", lambda match: SIGNS[match[1]] + "-hat", text)
    text = re.sub(r"\\([,\s])", "", text)
    text = re.sub(r"\\(\w+|\|)", lambda match: SIGNS[match[1]], text)
    return re.sub(r"\s+", " ", text.replace("$", ""))


def missing(figure: Figure, wanted: list[str]) -> list[str]:
    said = " · ".join(spoken(text.get_text()) for text in written(figure)).replace(" ", "")
    return [word for word in wanted if word.replace(" ", "") not in said]


def collisions(figure: Figure) -> list[tuple[str, str]]:
    boxes = [(text.get_text(), text.get_window_extent()) for text in written(figure)]
    return [(a, b) for (a, first), (b, second) in itertools.combinations(boxes, 2) if first.overlaps(second)]


def colors(figure: Figure) -> set[str]:
    """Return the colours of all that is drawn, without opacity; the axes themselves are switched off."""
    found = set()
    for artist in figure.axes[0].get_children():
        unseen = isinstance(artist, mpl.axis.Axis | mpl.spines.Spine) or artist is figure.axes[0].patch
        if unseen or (isinstance(artist, Text) and not artist.get_text()):
            continue
        for name in ("get_facecolor", "get_edgecolor", "get_color"):
            if hasattr(artist, name):
                values = mpl.colors.to_rgba_array(getattr(artist, name)())
                found |= {to_hex(value[:3]) for value in values if value[3] > 0}
    return found


def test_every_schematic_is_under_these_laws() -> None:
    assert sorted(WORDS) == sorted(schematics.__all__)


@every_schematic
def test_a_schematic_says_its_words(name: str) -> None:
    assert missing(drawn(name), WORDS[name]) == []


@every_schematic
def test_a_lost_label_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Axes, "text", lambda *_, **__: None)
    assert missing(drawn(name), WORDS[name]) == WORDS[name]


@every_schematic
def test_labels_stand_apart_and_inside(name: str) -> None:
    figure = drawn(name)
    assert collisions(figure) == []
    for text in written(figure):
        extent = text.get_window_extent()
        edge = figure.bbox
        assert edge.x0 <= extent.x0, text
        assert extent.x1 <= edge.x1, text
        assert edge.y0 <= extent.y0, text
        assert extent.y1 <= edge.y1, text


def test_labels_that_collide_are_found() -> None:
    figure = drawn("bound_bars")
    figure.axes[0].text(23, 28, "in the way")
    assert collisions(figure) != []


@every_schematic
def test_colours_are_those_of_the_roles(name: str) -> None:
    allowed = {look.color for look in figures.ROLES.values()} | {"#ffffff"}
    found = colors(drawn(name))
    assert found <= allowed
    assert len(found - {"#ffffff", figures.role("data").color}) >= 1, "not all of it is ink"


def test_a_foreign_colour_is_found() -> None:
    figure = drawn("bound_bars")
    figure.axes[0].plot([1, 2], [1, 2], color="#123456")
    assert "#123456" in colors(figure)


@every_schematic
def test_words_are_readable_on_a_phone(name: str) -> None:
    """At 360 pixels a page leaves 328 for a figure; a word's size on its screen is what is left of its points."""
    figure = drawn(name)
    pixels_for_an_inch = 328 / figure.get_size_inches()[0]
    assert min(float(text.get_fontsize()) for text in written(figure)) / 72 * pixels_for_an_inch > 10


@every_schematic
def test_a_given_figure_is_filled_and_returned(name: str) -> None:
    given = Figure()
    FigureCanvasAgg(given)
    given.add_subplot().plot([0, 1])
    open_before = plt.get_fignums()
    assert getattr(schematics, name)(given) is given
    assert len(given.axes) == 1
    assert plt.get_fignums() == open_before, "no other figure was opened"
    assert given.get_size_inches()[0] == shapes.WIDTH / 10


@every_schematic
def test_a_docstring_suggests_an_alternative_text(name: str) -> None:
    function: Callable[..., Figure] = getattr(schematics, name)
    suggested = re.search(r'Suggested alternative text: "(.+?)"', " ".join((inspect.getdoc(function) or "").split()))
    assert suggested is not None
    assert 40 <= len(suggested[1]) <= 500


def test_the_ellipses_are_the_best_of_both_directions() -> None:
    """Neither divergence falls when a variance of the drawn q is moved: compared with KL in closed form."""
    sigma, precision = gaussians.COVARIANCE, np.linalg.inv(gaussians.COVARIANCE)

    def reverse(variances: np.ndarray) -> float:
        return float(0.5 * (np.diag(precision) @ variances - np.log(variances).sum()))

    def forward(variances: np.ndarray) -> float:
        return float(0.5 * ((np.diag(sigma) / variances).sum() + np.log(variances).sum()))

    circles = [as_a(Ellipse, patch) for patch in drawn("two_divergences").axes[0].patches][1::2]
    for divergence, ellipse in zip((reverse, forward), circles, strict=True):
        variances = np.array([ellipse.width, ellipse.height]) ** 2 / (4 * 4.5) ** 2
        for change in (0.95, 1.05):
            assert divergence(variances * change) > divergence(variances)


def test_the_three_bars_have_one_length_and_the_gaps_add_up() -> None:
    rows: dict[float, float] = {}
    for patch in drawn("bound_bars").axes[0].patches:
        bar = as_a(Rectangle, patch)
        rows[bar.get_y()] = rows.get(bar.get_y(), 0.0) + bar.get_width()
    assert len(rows) == 3
    assert np.allclose(list(rows.values()), next(iter(rows.values())))


def test_the_hills_meet_where_nothing_was_fitted() -> None:
    """At θ* both are worth the same, and at θ̂ they lie as far above that as below it."""
    lines = [line for line in drawn("two_hills").axes[0].lines if np.size(line.get_xdata()) > 9]
    hills = {line.get_color(): np.asarray(line.get_xydata(), float) for line in lines}
    sample, new = (hills[figures.role(of).color] for of in ("data", "model"))
    top, best = sample[np.argmax(sample[:, 1])], new[np.argmax(new[:, 1])]
    assert np.interp(best[0], *sample.T) == pytest.approx(best[1], abs=0.1)
    assert top[1] - best[1] == pytest.approx(best[1] - np.interp(top[0], *new.T), abs=0.1)


def test_q_of_em_is_the_posterior_and_the_others_lie_off_it() -> None:
    lines = drawn("three_algorithms").axes[0].lines
    pairs = zip(lines[::2], lines[1::2], strict=True)
    gaps = [np.abs(np.subtract(posterior.get_ydata(), q.get_ydata())).max() for posterior, q in pairs]
    assert gaps[0] == 0
    assert gaps[0] < gaps[1] < gaps[2]


def test_weights_are_shares_on_one_scale() -> None:
    heights = [as_a(Rectangle, bar).get_height() for bar in drawn("sorted_weights").axes[0].patches]
    good, poor = heights[:8], heights[8:]
    whole = sum(good)  # the smallest of the poor are drawn a hair higher than they are, so as to be seen
    assert max(poor) / whole > 0.9
    assert whole <= sum(poor) < 1.1 * whole
    assert max(good) / sum(good) < 0.25
    assert good == sorted(good, reverse=True)
