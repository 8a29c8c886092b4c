"""Average log-likelihood = ceiling − KL for fresh data, and more than that for the points that were fitted."""

from __future__ import annotations

import torch
import torch.distributions as td
import traitlets
from torch import Tensor

from vae_tutorial.explorables.explorable import Explorable, Number, Whole, bundle, style

TRUE_SCALE = 2.0
NUM_SAMPLES, MAX_POINTS = 5, 40


def draw_points(sample: int) -> Tensor:
    """Return the points of one sample [40], drawn from N(0, 2²) with its number as seed, to four decimals."""
    generator = torch.Generator().manual_seed(sample)
    tens = [torch.randn(10, generator=generator, dtype=torch.float64) for _ in range(MAX_POINTS // 10)]
    return (TRUE_SCALE * torch.cat(tens)).round(decimals=4)


class LikelihoodExplorer(Explorable):
    """Move a Gaussian model, and see what it scores on fresh data and on the points at hand.

    The data are draws from p_data = N(0, 2²).  On fresh data the average of log p_θ(x) is a ceiling, −h(p_data), minus
    KL(p_data ‖ p_θ).  On a sample that the model was fitted to, it can lie above the ceiling.

    Args:
        loc: mean of the model, −5 to 5.
        scale: standard deviation of the model, 0.4 to 6.
        size: how many points of the sample to use, a whole number from 2 to 40.
        sample: which sample, a whole number from 1 to 5.

    Raises:
        traitlets.TraitError: a value is not a finite number within its ends, or not whole where it has to be.

    Example:
        >>> explorer = LikelihoodExplorer(loc=0, scale=2)
        >>> round(explorer.terms()["KL"], 4)
        0.0
    """

    summary = (
        "Drag the model, fit it to the points, draw another sample: "
        "for fresh data the average log p(x) never passes the ceiling, for fitted points it can."
    )
    _esm = bundle("likelihood")
    _css = style()
    _data = traitlets.Dict({"samples": [draw_points(1 + i).tolist() for i in range(NUM_SAMPLES)]}).tag(sync=True)
    loc = Number(-0.3477, -5, 5)  # the best for the first ten points of sample 1
    scale = Number(1.3661, 0.4, 6)
    size = Whole(10, 2, MAX_POINTS)
    sample = Whole(1, 1, NUM_SAMPLES)

    def points(self) -> Tensor:
        """Return the points at hand [size]."""
        return draw_points(int(self.sample))[: int(self.size)]

    def log_densities(self) -> Tensor:
        """Return log p_θ(x_n) of each point at hand [size]."""
        return self._model().log_prob(self.points())

    def terms(self) -> dict[str, float]:
        """Return five numbers, in nats: ceiling, KL, and the averages over fresh data and over the points at hand.

        "expected" is E[log p_θ(x)] under p_data, a sum over a fine grid; ceiling and KL are closed forms: so their
        difference is a check.  "average" is that of the points at hand under the model, "truth" under p_data.
        """
        truth, model = td.Normal(torch.tensor(0.0, dtype=torch.float64), TRUE_SCALE), self._model()
        grid = torch.linspace(-10 * TRUE_SCALE, 10 * TRUE_SCALE, 4001, dtype=torch.float64)
        weights = truth.log_prob(grid).exp()
        values = {
            "ceiling": -truth.entropy(),
            "KL": td.kl_divergence(truth, model),
            "expected": (weights * model.log_prob(grid)).sum() / weights.sum(),
            "average": self.log_densities().mean(),
            "truth": truth.log_prob(self.points()).mean(),
        }
        return {name: float(value) for name, value in values.items()}

    def _model(self) -> td.Normal:
        return td.Normal(torch.tensor(self.loc, dtype=torch.float64), self.scale)
