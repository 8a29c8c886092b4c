"""What training maximises: per example, in nats, summed over dimensions, constants kept, never negated.

Every function takes any model with the three methods of ``protocol`` and data x [N, D], and returns [N] (weights:
[K, N]).  The value returned is always the bound itself; where an estimator is about gradients, only its gradient
differs.  The one minus sign stands in the training loop.
"""

from vae_tutorial.objectives.draw import sample_posterior
from vae_tutorial.objectives.importance_weighted import iwae_bound, log_importance_weights
from vae_tutorial.objectives.lower_bound import (
    ElboTerms,
    beta_elbo,
    elbo,
    elbo_terms,
    elbo_terms_by_quadrature,
    sticking_the_landing_elbo,
)
from vae_tutorial.objectives.score_function import score_function_elbo

__all__ = [
    "ElboTerms",
    "beta_elbo",
    "elbo",
    "elbo_terms",
    "elbo_terms_by_quadrature",
    "iwae_bound",
    "log_importance_weights",
    "sample_posterior",
    "score_function_elbo",
    "sticking_the_landing_elbo",
]
