"""A model and a guide of Pyro."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.distributions as td
from torch import Tensor


class PyroPair:
    """Hold a model and a guide of Pyro and give them the three methods; made by ``from_pyro``."""

    def __init__(self, model: Callable[..., Any], guide: Callable[..., Any], like: Tensor, latent: str, observed: str):
        self.model, self.guide, self.like, self.latent, self.observed = model, guide, like, latent, observed

    def prior(self) -> td.Distribution:
        """Return p(z), batch [], event [d]."""
        p = _sites(self.model, self.like)[self.latent]["fn"].base_dist
        return td.Independent(td.Normal(p.loc[0], p.scale[0]), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z), batch [M], event [D], for z [M, d]."""
        from pyro import poutine

        given_z = poutine.condition(self.model, {self.latent: z})
        return _sites(given_z, self.like.expand(len(z), -1))[self.observed]["fn"]

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x), batch [N], event [d], for x [N, D]."""
        return _sites(self.guide, x)[self.latent]["fn"]


def from_pyro(
    model: Callable[..., Any], guide: Callable[..., Any], x: Tensor, *, latent: str = "z", observed: str = "x"
) -> PyroPair:
    """Wrap a model and a guide of Pyro that take x [N, D] and have one latent site [d] and one observed site [D].

    Both are traced: p(z) and p(x|z) are the distributions at the model's two sites, q(z|x) the one at the guide's.
    Networks that they hold or close over are held in ``eval()`` while log p(x) is measured.  x is one example or more,
    on which both are tried; the images are a plate, and both sites end in ``.to_event(1)``.  Parameters stay in Pyro's
    store.

    Raises:
        ValueError: other random sites than these, or of another shape, scaled or masked (which changes log p(x)), or a
            prior that differs between examples.
        TypeError: a prior that is not a Gaussian with independent dimensions.

    References:
        Bingham and others (2018), https://arxiv.org/abs/1810.09538
    """
    for function, what, wanted in ((model, "model", {latent, observed}), (guide, "guide", {latent})):
        sites = _sites(function, x)
        if set(sites) != wanted:
            raise ValueError(
                f"the {what} has the random sites {sorted(sites)}, but must have {sorted(wanted)} and no other: name "
                "them by latent= and observed=, and gather several latent sites into one"
            )
        for name, site in sites.items():
            batch, event = list(site["fn"].batch_shape), list(site["fn"].event_shape)
            if batch != [len(x)] or len(event) != 1 or site["mask"] is not None or site["scale"] != 1.0:
                raise ValueError(
                    f"site {name!r} of the {what} has batch {batch} and event {event} and may be masked or scaled, but "
                    f"must have batch [{len(x)}] and one event dimension, whole: .to_event(1) inside a full plate"
                )
    prior = getattr(_sites(model, x)[latent]["fn"], "base_dist", None)
    if not isinstance(prior, td.Normal):
        raise TypeError(f"the prior must be a Normal with .to_event(1), got base distribution {type(prior).__name__}")
    if not (prior.loc == prior.loc[:1]).all() or not (prior.scale == prior.scale[:1]).all():
        raise ValueError(f"the prior at site {latent!r} differs between examples, but p(z) is one for all x")
    return PyroPair(model, guide, x[:1] * 0, latent, observed)


def _sites(function: Callable[..., Any], x: Tensor) -> dict[str, Any]:
    from pyro import poutine

    sites = poutine.trace(function).get_trace(x).nodes.items()
    return {k: v for k, v in sites if v["type"] == "sample" and type(v["fn"]).__name__ != "_Subsample"}
