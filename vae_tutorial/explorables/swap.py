"""Another encoder, decoder or prior, and what becomes of log p(x), the ELBO and the gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial import evidence, objectives
from vae_tutorial.explorables.explorable import Explorable, Place, bundle, style

TOLERANCE = 0.05  # nats, of log p(x) for one example; the mean that is shown is far closer


class EncoderSwap(Explorable):
    """Swap one part of a VAE for another, and see what moves: log p_θ(x), or only the bound.

    log p_θ(x) = log ∫ p_θ(x|z) p(z) dz is made of decoder and prior.  It is computed here once for each pair of them,
    by quadrature and without any encoder; the ELBO of each triple by Gauss–Hermite quadrature under q.

    Args:
        encoders: by name, what returns q(z|x) for x [N, D]: batch [N], a diagonal Gaussian in up to three dimensions.
        decoders: by name, what returns p(x|z) for z [..., d].
        priors: by name, p(z).
        x: examples [N, D]; all numbers shown are means over them.
        order: Gauss–Hermite nodes in each dimension; a wide q needs more.
        encoder, decoder, prior: the parts to begin with, as places in the three mappings.

    Raises:
        ValueError: a mapping is empty, or the examples are not of the form that a part asks for.
        traitlets.TraitError: a place is not one of the mapping's.

    Example:
        >>> import torch, vae_tutorial as vt
        >>> parts = [vt.posteriors.DiagonalGaussian(vt.networks.MLP(4, 2)) for _ in range(2)]
        >>> swap = EncoderSwap(
        ...     {"one": parts[0], "another": parts[1]},
        ...     {"ours": vt.likelihoods.Bernoulli(vt.networks.MLP(1, 4))},
        ...     {"N(0, 1)": vt.models.StandardNormal(1)()},
        ...     torch.eye(4),
        ... )
        >>> before = swap.terms()["log p(x)"]
        >>> swap.encoder = 1
        >>> swap.terms()["log p(x)"] == before
        True
    """

    summary = (
        "Swap the encoder of a VAE: log p(x) stays where it is, and only the bound moves; swap decoder or prior: "
        "log p(x) itself moves."
    )
    _esm = bundle("swap")
    _css = style("swap")
    encoder = Place("encoders")
    decoder = Place("decoders")
    prior = Place("priors")

    def __init__(
        self,
        encoders: Mapping[str, Callable[[Tensor], td.Distribution]],
        decoders: Mapping[str, Callable[[Tensor], td.Distribution]],
        priors: Mapping[str, td.Distribution],
        x: Tensor,
        *,
        order: int = 28,
        **numbers: float,
    ) -> None:
        for name, parts in {"encoders": encoders, "decoders": decoders, "priors": priors}.items():
            if not parts:
                raise ValueError(f"{name} is empty: give at least one part, by its name")
        self.encoders, self.decoders, self.priors = list(encoders), list(decoders), list(priors)
        super().__init__(**numbers)
        table = [
            [_means(decode, prior, list(encoders.values()), x, order) for prior in priors.values()]
            for decode in decoders.values()
        ]
        self._data = {"names": [self.encoders, self.decoders, self.priors], "count": len(x), "table": table}

    def terms(self) -> dict[str, float]:
        """Return means over the examples, in nats: log p(x), the ELBO and the gap between them."""
        log_prob, *bounds = self._data["table"][int(self.decoder)][int(self.prior)]
        elbo = bounds[int(self.encoder)]
        return {"log p(x)": log_prob, "ELBO": elbo, "gap": log_prob - elbo}


class _Parts:
    """A model put together from three parts."""

    def __init__(self, prior: td.Distribution, decode: Any, encode: Any) -> None:
        self._prior, self.likelihood, self.posterior = prior, decode, encode

    def prior(self) -> td.Distribution:
        return self._prior


@torch.no_grad()
def _means(decode: Any, prior: td.Distribution, encoders: list[Any], x: Tensor, order: int) -> list[float]:
    """Return mean log p(x), which asks no encoder, and the mean ELBO with each of them."""
    without = _Parts(prior, decode, lambda x: prior.expand(x.shape[:1]))
    log_prob = evidence.quadrature(without, x, TOLERANCE).log_prob
    models = [_Parts(prior, decode, encode) for encode in encoders]
    bounds = [objectives.elbo_terms_by_quadrature(model, x, order=order).elbo for model in models]
    return [round(float(values.mean()), 4) for values in (log_prob, *bounds)]
