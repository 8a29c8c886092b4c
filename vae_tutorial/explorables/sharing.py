"""Four images, each under a code of its own or all under one prior, under the finger."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.distributions as td
import traitlets
from torch import Tensor

from vae_tutorial.explorables.explorable import Explorable, Number, bundle, style

PATTERNS = (  # 3×3 pixels, row by row, in the order of their codes
    (1, 0, 0, 1, 0, 0, 1, 0, 0),
    (1, 1, 1, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 1, 1, 1),
    (0, 0, 1, 0, 0, 1, 0, 0, 1),
)
PLACES = (-1.5, -0.5, 0.5, 1.5)  # of the codes, times the spread
SHARPNESS = 0.2  # distance in z over which the decoder goes from one pattern to the next
DOUBT = 0.005  # a pixel is on with a probability from this to one minus this


class SharedPriorExplorer(Explorable):
    """Pull the codes of four images apart, and see each image scored in two ways: under its own code, under the prior.

    Image i has the code q(z|x_i) = N(spread · place_i, scale²).  The decoder is Bernoulli in nine pixels, with means
    that go from pattern to pattern as z passes the codes:

        E[x | z] = δ + (1 − 2δ) Σ_j w_j(z) x_j,   w_j(z) ∝ exp(−(z − spread · place_j)² / (2 · 0.2²)),   δ = 0.005.

    The reconstruction term scores image i by E_{q(z|x_i)}[log p(x_i|z)], log p(x_i) by the one prior, N(0, 1).

    Args:
        spread: how far the codes stand apart, 0 to 4.
        scale: standard deviation of each code, 0.05 to 1.

    Raises:
        traitlets.TraitError: a value is not a finite number within its ends.

    Example:
        >>> far_apart = SharedPriorExplorer(spread=4.0, scale=0.1).terms()
        >>> far_apart["claimed"] > 3 and far_apart["given"] <= 1
        True
    """

    summary: ClassVar[str] = (
        "Pull the codes of four images apart: under codes of their own each image becomes almost certain, and the four "
        "together claim nearly four times the probability there is; under the prior that they share, two are lost."
    )
    _esm = bundle("sharing")
    _css = style()
    _data = traitlets.Dict(
        {"patterns": [list(p) for p in PATTERNS], "places": list(PLACES), "sharpness": SHARPNESS, "doubt": DOUBT}
    ).tag(sync=True)
    spread = Number(0.95, 0, 4)
    scale = Number(0.2, 0.05, 1)

    def patterns(self) -> Tensor:
        """Return the images [4, 9]."""
        return torch.tensor(PATTERNS, dtype=torch.float64)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for codes z [..., 1]: a distribution over images with batch shape [...]."""
        codes = self.spread * torch.tensor(PLACES, dtype=torch.float64)
        weights = (-0.5 * ((z - codes) / SHARPNESS) ** 2).softmax(-1)
        return td.Independent(td.Bernoulli(probs=DOUBT + (1 - 2 * DOUBT) * weights @ self.patterns()), 1)

    def terms(self) -> dict[str, float]:
        """Return means over the four images in nats, and two sums of probabilities.

        "reconstruction", "rate", "ELBO", "log p(x)" are the means; "claimed" is Σ_i exp E_{q(z|x_i)}[log p(x_i|z)],
        "given" is Σ_i p(x_i), "least" the smallest p(x_i).  Integrals are trapezoid sums over 4001 points.
        """
        prior = td.Normal(torch.zeros((), dtype=torch.float64), 1.0)
        codes = td.Normal(self.spread * torch.tensor(PLACES, dtype=torch.float64), self.scale)
        steps = torch.linspace(-9, 9, 4001, dtype=torch.float64)
        z = codes.loc[:, None] + self.scale * steps  # [4, 4001]
        scores = self.likelihood(z[..., None]).log_prob(self.patterns()[:, None])
        weights = (-0.5 * steps**2).softmax(0)
        reconstruction, rate = scores @ weights, td.kl_divergence(codes, prior)
        joint = self.likelihood(steps[:, None, None]).log_prob(self.patterns()) + prior.log_prob(steps)[:, None]
        log_prob = joint.logsumexp(0) + (steps[1] - steps[0]).log()
        return {
            "reconstruction": float(reconstruction.mean()),
            "rate": float(rate.mean()),
            "ELBO": float((reconstruction - rate).mean()),
            "log p(x)": float(log_prob.mean()),
            "claimed": float(reconstruction.exp().sum()),
            "given": float(log_prob.exp().sum()),
            "least": float(log_prob.min().exp()),
        }
