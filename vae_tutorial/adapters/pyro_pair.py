"""A model and a guide of Pyro."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.distributions as td
from torch import Tensor


class PyroPair:
    """Hold a model and a guide of Pyro and give them the three methods; made by ``from_pyro``."""

    def __init__(self, model: Callable[..., Any], guide: Callable[..., Any], like: Tensor, sites: tuple[str, str]):
        self.model, self.guide = model, guide
        self.latent, self.observed = sites
        self._blank = like

    def prior(self) -> td.Distribution:
        """Return p(z), batch [], event [d]."""
        return _first(self._sites(self.model, self._blank)[self.latent]["fn"])

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z), batch [M], event [D], for z [M, d]."""
        from pyro import poutine

        given_z = poutine.condition(self.model, {self.latent: z})
        return self._sites(given_z, self._blank.expand(len(z), -1))[self.observed]["fn"]

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x), batch [N], event [d], for x [N, D]."""
        return self._sites(self.guide, x)[self.latent]["fn"]

    def _sites(self, function: Callable[..., Any], x: Tensor) -> Any:
        from pyro import poutine

        return poutine.trace(function).get_trace(x).nodes


def from_pyro(
    model: Callable[..., Any], guide: Callable[..., Any], x: Tensor, *, latent: str = "z", observed: str = "x"
) -> PyroPair:
    """Wrap a model and a guide of Pyro that take x [N, D] and have one latent site and one observed site.

    Both are traced: p(z) and p(x|z) are the distributions at the model's two sites, q(z|x) the one at the guide's.
    Where model and guide are each a ``PyroModule``, their networks are held in ``eval()`` while log p(x) is measured;
    networks that a plain function closes over are not found, so call their ``eval()`` yourself.

    Args:
        model: of one argument, x; the images are a plate, z has event [d] and x has event [D] (``.to_event(1)``).
        guide: of the same argument.
        x: one example or more [N, D], on which both are tried.
        latent: name of the latent site.
        observed: name of the observed site.

    Returns:
        A model with the three methods; parameters stay in Pyro's store.

    Raises:
        ImportError: Pyro is not installed.
        ValueError: more random sites than these, a site that is missing or not of the shape above, a likelihood that is
            scaled or masked, a prior that differs between examples.
        TypeError: a prior that is not a Gaussian with independent dimensions.

    References:
        Bingham and others (2018), https://arxiv.org/abs/1810.09538
    """
    pair = PyroPair(model, guide, x[:1] * 0, (latent, observed))
    for function, what, wanted in ((model, "model", {latent, observed}), (guide, "guide", {latent})):
        sites = pair._sites(function, x)
        _check_sites(sites, what, wanted, len(x))
    prior = pair._sites(model, x)[latent]["fn"]
    if not (prior.mean == prior.mean[:1]).all() or not (prior.stddev == prior.stddev[:1]).all():
        raise ValueError(f"the prior at site {latent!r} differs between examples, but p(z) is one for all x")
    _first(prior)
    return pair


def _check_sites(sites: Any, what: str, wanted: set[str], num_examples: int) -> None:
    found = {name: site for name, site in sites.items() if _is_random(site)}
    if set(found) != wanted:
        raise ValueError(
            f"the {what} has the random sites {sorted(found)}, but must have {sorted(wanted)} and no other: name them "
            "by latent= and observed=, and gather several latent sites into one"
        )
    for name, site in found.items():
        batch, event = site["fn"].batch_shape, site["fn"].event_shape
        if len(event) != 1 or tuple(batch) != (num_examples,):
            raise ValueError(
                f"site {name!r} of the {what} has batch {list(batch)} and event {list(event)}, but must have batch "
                f"[{num_examples}], one for each example, and one event dimension: .to_event(1) inside the plate"
            )
        if site["mask"] is not None or site["scale"] != 1.0:
            raise ValueError(f"site {name!r} of the {what} is masked or scaled, which changes log p(x): give all of x")


def _is_random(site: Any) -> bool:
    return site["type"] == "sample" and type(site["fn"]).__name__ != "_Subsample"


def _first(prior: Any) -> td.Distribution:
    """Return the prior of the first example, batch []."""
    base = getattr(prior, "base_dist", None)
    if not isinstance(base, td.Normal):
        raise TypeError(
            f"the prior is a {type(prior).__name__}, but a Normal with .to_event(1) can be wrapped: write the three "
            "methods for another"
        )
    return td.Independent(td.Normal(base.loc[0], base.scale[0]), 1)
