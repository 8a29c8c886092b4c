"""Draw what the book shows: arrays in, Axes out; one colour, line and marker for each role, in every chapter.

``figures.schematics`` draws ideas instead of numbers.
"""

from vae_tutorial.figures import schematics
from vae_tutorial.figures.drawing import (
    draw_bars,
    draw_codes,
    draw_density,
    draw_gaussian,
    draw_image,
    draw_images,
    draw_line,
)
from vae_tutorial.figures.roles import ROLES, Role, role, use_style

__all__ = [
    "ROLES",
    "Role",
    "draw_bars",
    "draw_codes",
    "draw_density",
    "draw_gaussian",
    "draw_image",
    "draw_images",
    "draw_line",
    "role",
    "schematics",
    "use_style",
]
