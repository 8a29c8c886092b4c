"""p(x) = ∫ p(x|z) p(z) dz, under the finger."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.evidence import quadrature
from vae_tutorial.explorables.explorable import Explorable, Number, bundle, style

NOISE_SCALE = 0.3


class Wave:
    """z ~ N(0, 1), x ~ N(2 sin(1.3 z + 0.5), 0.3²): what the figure shows, in torch."""

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [1]."""
        return td.Independent(td.Normal(torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, 1]: batch [M], event [1]."""
        return td.Independent(td.Normal(2 * torch.sin(1.3 * z + 0.5), torch.full_like(z, NOISE_SCALE)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return the prior for each x [N, 1], which says where to look for z: batch [N], event [1]."""
        return self.prior().expand(x.shape[:1])


class MarginalExplorer(Explorable):
    """Move x, and see the integrand p(x|z) p(z), its area p(x), and the posterior of z.

    The model is z ~ N(0, 1), x ~ N(2 sin(1.3 z + 0.5), 0.3²).

    Args:
        x: the observation, −3 to 3.

    Raises:
        traitlets.TraitError: x is not a finite number from −3 to 3.

    Example:
        >>> MarginalExplorer(x=1.0).density() < 1
        True
    """

    summary = "Drag a dot, or use the slider, to choose x: the area under the integrand is p(x)."
    _esm = bundle("marginal")
    _css = style()
    x = Number(1.0, -3, 3)

    def density(self) -> float:
        """Return p(x), per unit of x, by quadrature in float64."""
        x = torch.tensor([[self.x]], dtype=torch.float64)
        return float(quadrature(Wave(), x, tolerance=1e-8).log_prob.exp())
