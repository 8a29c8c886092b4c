"""Measure log p(x), the log of a model's evidence, and say how far off the number may be."""

from vae_tutorial.evidence.annealing import annealed_importance_sampling
from vae_tutorial.evidence.bidirectional import Bracket, bracket
from vae_tutorial.evidence.enumeration import enumeration
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.monte_carlo import importance_sampling, prior_monte_carlo
from vae_tutorial.evidence.proposals import tempered
from vae_tutorial.evidence.trapezoid import quadrature

__all__ = [
    "Bracket",
    "EvidenceEstimate",
    "annealed_importance_sampling",
    "bracket",
    "enumeration",
    "importance_sampling",
    "prior_monte_carlo",
    "quadrature",
    "tempered",
]
