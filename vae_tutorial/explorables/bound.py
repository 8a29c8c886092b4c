"""log p(x) = ELBO + gap, under the finger."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.evidence import quadrature
from vae_tutorial.explorables.explorable import Explorable, Number, bundle, style
from vae_tutorial.inference import grid_posterior
from vae_tutorial.objectives import elbo_terms_by_quadrature

NOISE_SCALE = 0.5


class BentLine:
    """z ~ N(0, 1), x ~ N(z + bend · z², 0.5²), and q(z) = N(loc, scale²): what the figure shows, in torch."""

    def __init__(self, bend: float, loc: float, scale: float) -> None:
        self.bend, self.loc, self.scale = bend, loc, scale

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [1]."""
        return td.Independent(td.Normal(torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, 1]: batch [M], event [1]."""
        return td.Independent(td.Normal(z + self.bend * z**2, torch.full_like(z, NOISE_SCALE)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q, the same for each x [N, 1]: batch [N], event [1]."""
        return td.Independent(td.Normal(torch.full_like(x, self.loc), torch.full_like(x, self.scale)), 1)


class BoundExplorer(Explorable):
    """Move a Gaussian q, and see ELBO and gap trade places under a log p(x) that stays.

    The model is z ~ N(0, 1), x ~ N(z + bend · z², 0.5²), the observation x = 0.5.

    Args:
        loc: mean of q, −4 to 4.
        scale: standard deviation of q, 0.05 to 3.
        bend: θ, how much the decoder's line is bent, 0 to 1; at 0 the posterior is Gaussian and the gap can vanish.
        x: the observation, −3 to 4.

    Raises:
        traitlets.TraitError: a value is not a finite number within its ends.

    Example:
        >>> explorer = BoundExplorer(loc=0.4)
        >>> round(explorer.terms()["log p(x)"], 4)
        -1.1397
    """

    summary = "Drag q, or use the sliders: ELBO and gap trade places, and their sum, log p(x), stays."
    _esm = bundle("bound")
    _css = style()
    loc = Number(0.0, -4, 4)
    scale = Number(0.8, 0.05, 3)
    bend = Number(0.5, 0, 1)
    x = Number(0.5, -3, 4)

    def terms(self) -> dict[str, float]:
        """Return log p(x), ELBO, gap, reconstruction and rate, in nats, by the package's functions in float64.

        log p(x) is a trapezoid sum, the ELBO is Gauss–Hermite, the gap a sum over midpoints: three computations.
        """
        model = BentLine(self.bend, self.loc, self.scale)
        x = torch.tensor([[self.x]], dtype=torch.float64)
        parts = elbo_terms_by_quadrature(model, x, order=64)
        posterior = grid_posterior(model, x, num_points=6000, low=-30, high=30)
        values = {
            "log p(x)": quadrature(model, x, tolerance=1e-8).log_prob,
            "ELBO": parts.elbo,
            "gap": posterior.kl_from(model.posterior(x)),
            "reconstruction": parts.reconstruction,
            "rate": parts.kl,
        }
        return {name: float(value) for name, value in values.items()}
