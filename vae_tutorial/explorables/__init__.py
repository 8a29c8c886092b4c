"""Figures that move: widgets in Jupyter, and the same figures with no kernel in a page.

Each is a Python class over a small ES module in the anywidget format.  In Jupyter its traits are live and link with
ipywidgets.  Its HTML form holds everything that it needs, asks nobody for anything, and works in a static page.
"""

from vae_tutorial.explorables.bound import BoundExplorer
from vae_tutorial.explorables.density import DensityExplorer
from vae_tutorial.explorables.importance import ImportanceExplorer
from vae_tutorial.explorables.latent import LatentExplorer
from vae_tutorial.explorables.likelihood import LikelihoodExplorer
from vae_tutorial.explorables.live import LiveTrainer
from vae_tutorial.explorables.marginal import MarginalExplorer
from vae_tutorial.explorables.reconstruction import ReconstructionExplorer
from vae_tutorial.explorables.sharing import SharedPriorExplorer
from vae_tutorial.explorables.swap import EncoderSwap
from vae_tutorial.explorables.training import TrainingExplorer

__all__ = [
    "BoundExplorer",
    "DensityExplorer",
    "EncoderSwap",
    "ImportanceExplorer",
    "LatentExplorer",
    "LikelihoodExplorer",
    "LiveTrainer",
    "MarginalExplorer",
    "ReconstructionExplorer",
    "SharedPriorExplorer",
    "TrainingExplorer",
]
