"""Draw ideas: each function fills a given or a new Figure with one schematic, and returns the Figure.

Each is drawn for a width of 4.6 inches, so that its words stay readable on a phone of 360 pixels, and needs no numbers.
The docstrings suggest an alternative text for the page that shows it.
"""

from vae_tutorial.figures.schematics.bounds import bound_bars, sorted_weights, three_algorithms, two_hills
from vae_tutorial.figures.schematics.gaussians import two_divergences
from vae_tutorial.figures.schematics.graphs import (
    computation_graph,
    evaluate_sample_normalise,
    gradient_paths,
    plate_diagram,
)

__all__ = [
    "bound_bars",
    "computation_graph",
    "evaluate_sample_normalise",
    "gradient_paths",
    "plate_diagram",
    "sorted_weights",
    "three_algorithms",
    "two_divergences",
    "two_hills",
]
