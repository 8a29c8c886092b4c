"""Figures: each function draws what it was given, in the look of its role, on the Axes that it returns."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
import torch

from tests.support.laws import refused
from tests.support.narrowing import as_a, present

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from vae_tutorial import figures


def face(drawn: Collection) -> str:
    """Return the colour that the first part is filled with, without its opacity."""
    red, green, blue, _ = to_rgba_array(drawn.get_facecolor())[0]
    return to_hex((red, green, blue))


def levels_of(drawn: Collection) -> list[float]:
    """Return the levels of a density between which it is filled, or at which a line runs."""
    return list(as_a(ContourSet, drawn).levels)


@pytest.fixture(autouse=True)
def fresh_figures() -> Iterator[None]:
    with plt.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def ax() -> Axes:
    return plt.subplots()[1]


def test_the_style_loads_and_sets_what_the_book_relies_on() -> None:
    figures.use_style()
    assert plt.rcParams["figure.facecolor"] == "white"
    assert plt.rcParams["figure.constrained_layout.use"] is True
    assert plt.rcParams["axes.spines.top"] is False
    assert plt.rcParams["image.interpolation"] == "nearest"


def test_every_role_has_a_look_of_its_own_without_colour_too() -> None:
    looks = figures.ROLES.values()
    assert list(figures.ROLES) == ["data", "model", "prior", "posterior", "true posterior", "bound"]
    for field in ("color", "marker", "hatch"):
        assert len({getattr(look, field) for look in looks}) == len(looks), field
    assert len({(str(look.linestyle), look.marker) for look in looks}) == len(looks)
    lines = [look.dashes for look in looks if look.dashes != "none"]
    assert len(set(lines)) == len(lines) == 4


@pytest.mark.parametrize("name", figures.ROLES)
def test_a_role_has_as_many_strokes_and_gaps_in_a_page_as_in_a_plot(ax: Axes, name: str) -> None:
    look = figures.role(name)
    (line,) = ax.plot([0, 1], [0, 1], linestyle=look.linestyle)
    _, in_a_plot = line._dash_pattern  # type: ignore[attr-defined]  # what matplotlib makes of the style; it has no public name
    in_a_page = [] if look.dashes == "none" else [float(length) for length in look.dashes.split()]
    assert len(in_a_page) == len(in_a_plot or [])
    assert [a > b for a, b in itertools.pairwise(in_a_page)] == [a > b for a, b in itertools.pairwise(in_a_plot or [])]


@pytest.mark.parametrize("name", figures.ROLES)
def test_a_role_is_found_by_name(name: str) -> None:
    assert figures.role(name) is figures.ROLES[name]


def test_an_unknown_role_is_refused_by_every_function(ax: Axes) -> None:
    calls = [
        lambda: figures.role("likelihood"),
        lambda: figures.draw_line(ax, [0], [0], "likelihood"),
        lambda: figures.draw_bars(ax, ["a"], [1.0], "likelihood"),
        lambda: figures.draw_codes(ax, np.zeros((1, 2)), "likelihood"),
        lambda: figures.draw_gaussian(ax, [0, 0], np.eye(2), "likelihood"),
        lambda: figures.draw_density(ax, [[0, 1], [0, 1]], np.ones(4), "likelihood"),
    ]
    for call in calls:
        with refused("role must be one of data, model, prior", "got 'likelihood'"):
            call()
    assert len(ax.lines) + len(ax.patches) + len(ax.collections) == 0


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda y: torch.tensor(y, requires_grad=True)])
def test_a_line_holds_its_numbers_in_the_look_of_its_role(ax: Axes, kind: type) -> None:
    x, y = [0.0, 1.0, 2.0], [3.0, 1.0, -2.0]
    assert figures.draw_line(ax, kind(x), kind(y), "posterior", label="q", markers=True) is ax
    (line,) = ax.lines
    look = figures.role("posterior")
    assert np.array_equal(line.get_xydata(), np.column_stack([x, y]))
    assert (line.get_color(), line.get_linestyle(), line.get_marker()) == (look.color, look.linestyle, look.marker)
    assert line.get_label() == "q"


def test_a_line_has_markers_only_when_asked_and_about_a_dozen_of_them(ax: Axes) -> None:
    figures.draw_line(ax, np.arange(240), np.zeros(240), "model")
    figures.draw_line(ax, np.arange(240), np.zeros(240), "model", markers=True)
    assert [line.get_marker() for line in ax.lines] == ["", "o"]
    assert ax.lines[1].get_markevery() == 20


def test_bars_hold_their_numbers_from_top_to_bottom(ax: Axes) -> None:
    roles = ["data", "model", "bound"]
    assert figures.draw_bars(ax, ["a", "b", "c"], torch.tensor([1.0, -2.5, 3.0]), roles) is ax
    assert [as_a(Rectangle, bar).get_width() for bar in ax.patches] == [1.0, -2.5, 3.0]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [figures.role(role).color for role in roles]
    assert [bar.get_hatch() for bar in ax.patches] == [figures.role(role).hatch for role in roles]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.texts] == ["1.00", "-2.50", "3.00"]
    assert ax.yaxis_inverted()


def test_bars_may_share_a_role_and_go_without_numbers(ax: Axes) -> None:
    figures.draw_bars(ax, ["a", "b"], [1.0, 2.0], "prior", label="rate", number_format="")
    assert {to_hex(bar.get_facecolor()) for bar in ax.patches} == {figures.role("prior").color}
    assert not ax.texts
    assert ax.get_legend_handles_labels()[1] == ["rate"]
    with refused():
        figures.draw_bars(ax, ["a", "b"], [1.0, 2.0], ["prior"])


def test_images_are_drawn_row_by_row_ink_dark_on_light() -> None:
    images = torch.rand(5, 6)
    axes = figures.draw_images(images, (2, 3), columns=3, titles=list("abcde"))
    assert len(axes) == 5
    assert len(axes[0].figure.axes) == 6
    for ax, image, title in zip(axes, images, "abcde", strict=True):
        (drawn,) = ax.images
        assert np.array_equal(present(drawn.get_array()), image.view(2, 3).numpy())
        assert drawn.cmap.name == "Greys"
        assert drawn.get_clim() == (0.0, 1.0)
        assert ax.get_title() == title or ax.get_title("left") == title
    assert not axes[0].figure.axes[5].axison


def test_images_take_their_range_and_their_width() -> None:
    axes = figures.draw_images(np.ones((2, 4)), (2, 2), columns=2, value_range=(0, 16), width=5.0)
    assert axes[0].images[0].get_clim() == (0, 16)
    assert as_a(Figure, axes[0].figure).get_size_inches()[0] == 5.0
    assert as_a(Figure, axes[0].figure).get_size_inches()[1] == pytest.approx(2.625)


def test_codes_are_points_of_the_latent_plane(ax: Axes) -> None:
    codes = torch.randn(7, 2)
    assert figures.draw_codes(ax, codes, "prior", label="p(z)") is ax
    (points,) = ax.collections
    assert np.allclose(points.get_offsets(), codes.numpy())
    assert face(points) == figures.role("prior").color
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_aspect()) == ("$z_1$", "$z_2$", 1.0)


@pytest.mark.parametrize("mass", [(0.5,), (0.5, 0.9, 0.99)])
def test_an_ellipse_holds_the_mass_that_was_asked_for(ax: Axes, mass: tuple[float, ...]) -> None:
    covariance = torch.tensor([[2.0, 0.9], [0.9, 0.7]])
    figures.draw_gaussian(ax, [0.3, -0.2], covariance, mass=mass, label="q")
    draws = torch.distributions.MultivariateNormal(torch.tensor([0.3, -0.2]), covariance).sample((100_000,)).numpy()
    ax.set(xlim=(-20, 20), ylim=(-20, 20))
    for ellipse, share in zip(ax.patches, mass, strict=True):
        path = ellipse.get_patch_transform().transform_path(ellipse.get_path())
        assert path.contains_points(draws).mean() == pytest.approx(share, abs=0.006)  # four standard errors at ½
    assert ax.get_legend_handles_labels()[1] == ["q"]


def test_two_densities_of_one_gaussian_are_drawn_at_the_same_mass(ax: Axes) -> None:
    axis = torch.linspace(-5, 5, 401)
    density = torch.exp(-0.5 * (axis[:, None] ** 2 + axis[None, :] ** 2))
    figures.draw_gaussian(ax, [0, 0], np.eye(2), mass=(0.5, 0.9, 0.99))
    radii = sorted(as_a(Ellipse, ellipse).width / 2 for ellipse in ax.patches)
    figures.draw_density(ax, [axis, axis], density)
    lines = ax.collections[-1]
    drawn = sorted(float(np.linalg.norm(np.asarray(path.vertices), axis=1).max()) for path in lines.get_paths())
    assert np.allclose(drawn, radii, atol=0.03)


def test_a_share_of_the_mass_lies_between_0_and_1(ax: Axes) -> None:
    with refused():
        figures.draw_gaussian(ax, [0, 0], np.eye(2), mass=(0.5, 1.0))


def test_the_ellipses_of_a_gaussian_lie_at_one_and_two_standard_deviations(ax: Axes) -> None:
    loc, covariance = np.array([1.0, -2.0]), np.array([[2.0, 0.9], [0.9, 0.7]])
    figures.draw_gaussian(ax, torch.tensor(loc), covariance, "true posterior", label="p(z|x)")
    for distance, ellipse in zip((1, 2), ax.patches, strict=True):
        points = ellipse.get_patch_transform().transform(np.asarray(ellipse.get_path().vertices)[:-1])
        on_curve = points[::3] - loc  # the vertices between them steer the Bézier curves
        distances = np.sqrt(np.einsum("ni,ij,nj->n", on_curve, np.linalg.inv(covariance), on_curve))
        assert distances == pytest.approx(distance, abs=1e-6)
        assert to_hex(ellipse.get_edgecolor()) == figures.role("true posterior").color
    assert ax.get_legend_handles_labels()[1] == ["p(z|x)"]


def test_the_regions_of_a_density_hold_the_mass_they_claim(ax: Axes) -> None:
    first, second = np.linspace(-6, 6, 121), np.linspace(-5, 7, 161)
    density = np.exp(-0.5 * (first[:, None] ** 2 + (second[None] - 1) ** 2))
    assert figures.draw_density(ax, (first, second), density.ravel(), "bound") is ax
    fills, (lines,) = ax.collections[:3], ax.collections[3:]
    for fill, share in zip(fills, (0.99, 0.9, 0.5), strict=True):
        level = levels_of(fill)[0]
        assert density[density >= level].sum() / density.sum() == pytest.approx(share, abs=0.01)
        assert level == pytest.approx(1 - share, abs=0.02), "of a Gaussian in the plane"
        outline = np.concatenate([path.vertices for path in fill.get_paths()])
        radius = math.sqrt(-2 * math.log(level))
        assert outline.mean(0) == pytest.approx([0, 1], abs=0.1), "first dimension across, second up"
        assert np.abs(outline[:, 1] - 1).max() == pytest.approx(radius, abs=0.05)
        assert face(fill) == figures.role("bound").color
    assert levels_of(lines) == [levels_of(fill)[0] for fill in fills]


def test_every_drawing_function_is_under_these_laws() -> None:
    drawing = [name for name, value in vars(figures).items() if name.startswith("draw_") and inspect.isfunction(value)]
    source = inspect.getsource(inspect.getmodule(fresh_figures))  # type: ignore[arg-type]
    assert not [name for name in drawing if f"figures.{name}(" not in source and name != "draw_image"]
