"""A model's density over x, moved towards data that stay, under the finger."""

from __future__ import annotations

import torch
import torch.distributions as td
import traitlets
from torch import Tensor

from vae_tutorial.explorables.explorable import Explorable, Number, bundle, style

DOTS = (-2.6, 0.5, 0.75, 0.95, 1.15, 1.35, 1.6, 1.9)  # seven together, and one apart


class DensityExplorer(Explorable):
    """Move a model p_θ(x) = N(loc, scale²), and see what it makes of eight dots that never move.

    θ is centre and width.  The area under the density is one whatever θ is, so what rises at some dots sinks at others.
    The goal is the average of log p_θ(x) at the dots: a dot that the curve misses costs more than the others can gain.

    Args:
        loc: centre of the model, −4 to 4.
        scale: standard deviation of the model, 0.4 to 4.

    Raises:
        traitlets.TraitError: a value is not a finite number within its ends.

    Example:
        >>> explorer = DensityExplorer(loc=1.2, scale=0.5)
        >>> terms = explorer.terms()
        >>> terms["average"] < terms["best"]
        True
    """

    summary = (
        "Move centre and width of the model's density: its area stays 1, the data stay where they are, "
        "and a bar shows the average log p(x) at the data."
    )
    _esm = bundle("density")
    _css = style()
    _data = traitlets.Dict({"dots": list(DOTS)}).tag(sync=True)
    loc = Number(1.2, -4, 4)
    scale = Number(3.0, 0.4, 4)

    def dots(self) -> Tensor:
        """Return the data [8]."""
        return torch.tensor(DOTS, dtype=torch.float64)

    def log_densities(self) -> Tensor:
        """Return log p_θ(x_n) of each dot [8], in nats."""
        return self._model().log_prob(self.dots())

    def terms(self) -> dict[str, float]:
        """Return four numbers: three in nats per dot, and the area under the density.

        "average" is that of log p_θ at the dots, "lowest" the least of them, "best" the average under the Gaussian of
        maximum likelihood, −½ log(2πe s²) with s² the variance of the dots; "area" comes from the cumulative
        distribution function.
        """
        scores, spread = self.log_densities(), self.dots().var(unbiased=False)
        far = 12 * self.scale * torch.tensor([-1.0, 1.0], dtype=torch.float64)
        below, above = self._model().cdf(self.loc + far)
        values = {
            "average": scores.mean(),
            "best": -0.5 * (2 * torch.pi * torch.e * spread).log(),
            "lowest": scores.min(),
            "area": above - below,
        }
        return {name: float(value) for name, value in values.items()}

    def _model(self) -> td.Normal:
        return td.Normal(torch.tensor(self.loc, dtype=torch.float64), self.scale)
