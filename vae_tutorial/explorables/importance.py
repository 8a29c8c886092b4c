"""log of an average of K weights, climbing to log p(x) as K grows, and its error bars, which may lie."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.evidence.running_mean import RunningMean
from vae_tutorial.explorables.explorable import Explorable, Number, Whole, bundle, style
from vae_tutorial.models import LinearGaussian
from vae_tutorial.objectives import elbo_terms_by_quadrature

NOISE_SCALE = 0.5
OBSERVATION = 1.5
NUM_RUNS, MAX_DOUBLINGS = 200, 10


@cache
def standard_noise() -> Tensor:
    """Return the runs' standard normal numbers [200, 1024], which the page makes in the same way.

    The numbers 0, 1, 2, … go through a mixer of 32 bits into uniform numbers, and pairs of these through Box–Muller.

    References:
        Wellons (2018), Prospecting for hash functions (the mixer is his "lowbias32"),
        https://nullprogram.com/blog/2018/07/31/
    """
    mixed = np.arange(NUM_RUNS << MAX_DOUBLINGS, dtype=np.uint32) + np.uint32(0x9E3779B9)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x7FEB352D)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x846CA68B)
    mixed ^= mixed >> np.uint32(16)
    uniform = (torch.from_numpy(mixed.astype(np.float64)) + 0.5) / 2**32
    radius, angle = (-2 * uniform[::2].log()).sqrt(), 2 * torch.pi * uniform[1::2]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1).view(NUM_RUNS, -1)


class Guess:
    """z ~ N(0, 1), x ~ N(z, 0.5²), and a Gaussian q beside the true posterior: what the figure shows, in torch."""

    def __init__(self, offset: float, scale: float) -> None:
        weight = torch.ones(1, 1, dtype=torch.float64)
        self.model = LinearGaussian(weight, weight.new_zeros(1), NOISE_SCALE).requires_grad_(False)
        self.prior, self.likelihood = self.model.prior, self.model.likelihood
        self.offset, self.scale = offset, scale

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q for x [N, 1], off the true posterior by ``offset`` and ``scale``: batch [N], event [1]."""
        true = self.model.posterior(x)
        return td.Independent(td.Normal(true.mean + self.offset * true.stddev, self.scale * true.stddev), 1)


class ImportanceExplorer(Explorable):
    """Estimate log p(x) with K draws from q, 200 times, and see how far off the estimates are, and whether they know.

    The model is z ~ N(0, 1), x ~ N(z, 0.5²), the observation x = 1.5.  Its posterior is Gaussian, so all is known.  The
    estimates are log (1/K) Σ_k p(x, z_k) / q(z_k), each from draws of its own; the numbers that they are made of are
    the same for every q.

    Args:
        offset: mean of q, from the true posterior's, in standard deviations of the posterior, −3 to 3.
        scale: standard deviation of q in those of the posterior, 0.1 to 4; below √½ the weights have no variance.
        doublings: log₂ K, a whole number from 0 to 10.

    Raises:
        traitlets.TraitError: a value is not a finite number within its ends, or not whole where it has to be.

    Example:
        >>> terms = ImportanceExplorer(offset=0, scale=1).terms()  # q is the posterior: every estimate is exact
        >>> abs(terms["bias"]) < 1e-9
        True
    """

    summary = (
        "Raise the number of draws K: the estimates of log p(x) slide up to the truth, "
        "but with a q that is too narrow they stay below it, and their error bars do not say so."
    )
    _esm = bundle("importance")
    _css = style()
    offset = Number(1.0, -3, 3)
    scale = Number(0.3, 0.1, 4)
    doublings = Whole(4, 0, MAX_DOUBLINGS)

    def estimates(self) -> dict[str, Tensor]:
        """Return the runs' estimates of log p(x), claimed standard errors and effective sample sizes, [200] each."""
        guess, x = Guess(self.offset, self.scale), torch.tensor([[OBSERVATION]], dtype=torch.float64)
        q = guess.posterior(x)
        noise = standard_noise()[:, : 2 ** int(self.doublings)].T[..., None]  # [K, 200, 1]
        z = q.mean + q.stddev * noise
        log_joint = guess.prior().log_prob(z) + guess.likelihood(z).log_prob(x)
        running = RunningMean(noise[0, :, 0], len(noise))
        running.update(log_joint - q.log_prob(z))
        found = running.estimate(covers_prior=False)
        assert found.standard_error is not None  # they are None where nothing is sampled
        assert found.effective_sample_size is not None
        return {
            "log p(x)": found.log_prob,
            "standard error": found.standard_error,
            "effective sample size": found.effective_sample_size,
        }

    def terms(self) -> dict[str, float]:
        """Return the exact log p(x) and ELBO, and what the 200 estimates say: mean, bias, ESS, error, honest runs.

        "claimed error" is the mean of the standard errors, infinite for K = 1, where one draw can claim nothing.
        "honest" counts the runs whose estimate lies within two of its own standard errors of the truth.
        """
        guess, x = Guess(self.offset, self.scale), torch.tensor([[OBSERVATION]], dtype=torch.float64)
        truth = guess.model.log_prob(x)
        runs = self.estimates()
        values = {
            "log p(x)": truth,
            "ELBO": elbo_terms_by_quadrature(guess, x).elbo,
            "mean": runs["log p(x)"].mean(),
            "bias": (runs["log p(x)"] - truth).mean(),
            "effective sample size": runs["effective sample size"].mean(),
            "claimed error": runs["standard error"].mean(),
            "honest": ((runs["log p(x)"] - truth).abs() <= 2 * runs["standard error"] + 1e-9).sum(),
        }
        return {name: float(value) for name, value in values.items()}
