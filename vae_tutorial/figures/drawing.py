"""Draw numbers: arrays in, Axes out, each in the look of its role."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse
from numpy.typing import ArrayLike
from torch import Tensor

from vae_tutorial.figures.roles import role


def draw_line(ax: Axes, x: ArrayLike, y: ArrayLike, of: str, label: str | None = None, markers: bool = False) -> Axes:
    """Draw y over x in the look of a role.

    Args:
        ax: where to draw.
        x, y: numbers [T].
        of: the role, such as "model".
        label: for the legend.
        markers: draw the role's marker at a dozen of the points.
    """
    look = role(of)
    x, y = _array(x), _array(y)
    every = max(1, len(x) // 12)
    marker = look.marker if markers else ""
    ax.plot(x, y, color=look.color, linestyle=look.linestyle, marker=marker, markevery=every, label=label)
    return ax


def draw_bars(
    ax: Axes,
    names: Sequence[str],
    values: ArrayLike,
    of: str | Sequence[str],
    label: str | None = None,
    number_format: str = "{:.2f}",
) -> Axes:
    """Draw a horizontal bar for each name, from top to bottom, with its number written beside it.

    Args:
        ax: where to draw.
        names: what each bar stands for.
        values: lengths [B].
        of: the role of all bars, or of each.
        label: for the legend, where all bars share a role.
        number_format: how to write the numbers; an empty string writes none.
    """
    roles = [of] * len(names) if isinstance(of, str) else list(of)
    values = _array(values)
    positions = np.arange(len(names))
    looks = [role(name) for name in roles]
    bars = ax.barh(positions, values, color=[look.color for look in looks], edgecolor="white", label=label)
    for bar, look in zip(bars, looks, strict=True):
        bar.set_hatch(look.hatch)
    ax.set_yticks(positions, names)
    ax.invert_yaxis()
    ax.axvline(0, color="0.4", linewidth=0.8)
    if number_format:
        ax.bar_label(bars, [number_format.format(value) for value in values], padding=4)
        ax.margins(x=0.16)
    return ax


def draw_images(
    images: ArrayLike,
    image_shape: tuple[int, int],
    columns: int = 8,
    titles: Sequence[str] | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    width: float | None = None,
) -> Sequence[Axes]:
    """Draw images side by side, ink dark on light, in a new figure; return their Axes.

    Args:
        images: [N, height · width].
        image_shape: (height, width).
        columns: images in a row.
        titles: a line above each image.
        value_range: the values drawn as white and as black.
        width: of the figure, in inches; by default that of the style sheet.
    """
    images = _array(images).reshape(-1, *image_shape)
    rows = math.ceil(len(images) / columns)
    width = width or plt.rcParams["figure.figsize"][0]
    height = width / columns * rows * image_shape[0] / image_shape[1] * (1.3 if titles else 1.05)
    _, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for index, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        draw_image(ax, image, image_shape, value_range)
        if titles:
            ax.set_title(titles[index], fontsize="small")
    return list(axes.flat[: len(images)])


def draw_image(
    ax: Axes, image: ArrayLike, image_shape: tuple[int, int], value_range: tuple[float, float] = (0.0, 1.0)
) -> Axes:
    """Draw one image [height · width], ink dark on light, with a thin frame."""
    low, high = value_range
    ax.imshow(_array(image).reshape(image_shape), cmap="Greys", vmin=low, vmax=high)
    ax.set_axis_on()
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set(visible=True, color="0.75", linewidth=0.6)
    return ax


def draw_codes(ax: Axes, codes: ArrayLike, of: str = "posterior", label: str | None = None) -> Axes:
    """Draw points [N, 2] of the latent plane in the look of a role."""
    look, codes = role(of), _array(codes)
    ax.scatter(codes[:, 0], codes[:, 1], s=9, color=look.color, marker=look.marker, alpha=0.55, lw=0, label=label)
    return _latent_plane(ax)


def draw_gaussian(
    ax: Axes,
    loc: ArrayLike,
    covariance: ArrayLike,
    of: str = "posterior",
    label: str | None = None,
    mass: Sequence[float] | None = None,
) -> Axes:
    """Draw ellipses of a Gaussian in the latent plane: at 1 and 2 standard deviations, or around shares of its mass.

    In the plane the ellipse at r standard deviations holds 1 − exp(−r²/2) of the mass: 39 per cent at 1, 86 at 2.

    Args:
        ax: where to draw.
        loc: mean [2].
        covariance: [2, 2].
        of: the role.
        label: for the legend.
        mass: the shares to draw, such as (0.5, 0.9, 0.99), those of ``draw_density``: two densities in one picture are
            compared at the same mass.

    Raises:
        ValueError: a share is not between 0 and 1.
    """
    look = role(of)
    if mass is not None and not all(0 < share < 1 for share in mass):
        raise ValueError(f"mass must hold shares between 0 and 1, got {tuple(mass)}")
    radii = (1.0, 2.0) if mass is None else tuple(math.sqrt(-2 * math.log1p(-share)) for share in mass)
    variances, directions = np.linalg.eigh(_array(covariance))
    angle = math.degrees(math.atan2(directions[1, 1], directions[0, 1]))
    for radius in radii:
        minor, major = 2 * radius * np.sqrt(variances)
        ellipse = Ellipse(
            tuple(_array(loc)),
            major,
            minor,
            angle=angle,
            fill=False,
            color=look.color,
            linestyle=look.linestyle,
            linewidth=1.6,
            label=label if radius == radii[-1] else None,
        )
        ax.add_patch(ellipse)
    return _latent_plane(ax)


def draw_density(ax: Axes, axes: Sequence[ArrayLike], density: ArrayLike, of: str = "true posterior") -> Axes:
    """Fill the regions of the latent plane that hold the densest 50, 90 and 99 per cent of a distribution.

    Args:
        ax: where to draw.
        axes: the grid along each dimension, two arrays [n].
        density: values [n · n] or [n, n], first dimension first; they need not be normalised.
        of: the role.
    """
    first, second = (_array(axis) for axis in axes)
    density = _array(density).reshape(len(first), len(second))
    ordered = np.sort(density, axis=None)[::-1]
    mass = np.cumsum(ordered) / ordered.sum()
    levels = [float(ordered[np.searchsorted(mass, share)]) for share in (0.99, 0.9, 0.5)]
    color = role(of).color
    for level, alpha in zip(levels, (0.25, 0.35, 0.5), strict=True):
        ax.contourf(first, second, density.T, levels=[level, math.inf], colors=[color], alpha=alpha)
    ax.contour(first, second, density.T, levels=sorted(set(levels)), colors=[color], linewidths=0.8)
    return _latent_plane(ax)


def _latent_plane(ax: Axes) -> Axes:
    ax.set_aspect("equal", adjustable="box")
    ax.set_xlabel("$z_1$")
    ax.set_ylabel("$z_2$")
    return ax


def _array(values: ArrayLike) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
