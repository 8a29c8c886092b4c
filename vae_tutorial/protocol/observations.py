"""Refuse an x that a model cannot score, a p(x|z) that depends on more than z, and a q(z|x) that is not finite."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_agrees, check_matrix, check_support, distrusted, is_checked
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.numerics.supports import bounded_support, elementwise
from vae_tutorial.protocol.methods import LatentVariableModel, first_line, likelihood_of, prior_of
from vae_tutorial.protocol.modules import evaluation_mode

NUM_PROBES = 8  # z at which p(x|z) is looked at: few enough for any decoder
PROBED_ELEMENTS = 2**20  # of x, looked at under all of them at once


def check_observations(model: LatentVariableModel, x: Tensor, name: str = "x") -> None:
    """Raise unless ``x`` can be scored by ``model``: shape [N, D], finite, dtype, device, D and support agree.

    The support is read from p(x|z) at one z drawn from the prior, and a few z in another order tell whether p(x|z)
    depends on z alone; networks are in evaluation mode meanwhile, and the random state is left as it was.  A tensor
    that ``checks.checked`` names for this model is not looked at again.
    """
    if is_checked(x, model):
        return
    check_matrix(x, name)
    with distrusted(), isolated_rng(x.device), torch.no_grad(), evaluation_mode(model):
        z = prior_of(model).sample((NUM_PROBES,))
        check_agrees(x, name, z)
        likelihood = likelihood_of(model, z[:1])
        if likelihood.event_shape != x.shape[1:]:
            raise ValueError(
                f"{name} has shape {list(x.shape)}, but p(x|z) has event {list(likelihood.event_shape)}: "
                "each row must be one example of the size that the likelihood scores"
            )
        check_support(likelihood, x, name)
        together = likelihood_of(model, z)
        _check_edges(together, x, name)
        _check_depends_on_z_alone(model, together, z, x[:1])


def _check_edges(likelihood: td.Distribution, x: Tensor, name: str) -> None:
    """Raise if x lies where the density ends: at an edge that moves with z, or at one where it is 0 or infinite."""
    support = bounded_support(likelihood)
    if support is None:
        return
    for end in vars(elementwise(support)).values():
        if isinstance(end, Tensor) and end.ndim and len(end) == NUM_PROBES and (end != end[:1]).any():
            raise ValueError(
                f"the support of p(x|z), a {type(likelihood).__name__}, moves with z: for some z the density of x is "
                "0, and nothing here integrates over such an edge; use a likelihood whose support is the same for all z"
            )
    rows = max(1, PROBED_ELEMENTS // (NUM_PROBES * x.shape[1]))
    for n in range(0, len(x), rows):
        log_prob = likelihood.log_prob(x[n : n + rows].unsqueeze(1))  # [rows, probes]
        bad = log_prob.isnan() | log_prob.isposinf() | log_prob.isneginf().all(1, keepdim=True)
        if bad.any():
            row, probe = bad.nonzero()[0].tolist()
            raise ValueError(
                f"{name} lies at an edge of the support of p(x|z), a {type(likelihood).__name__} "
                f"({elementwise(support)}), in row {n + row}: log p(x|z) is {log_prob[row, probe]} there, and log p(x) "
                f"no finite number. Move the data inside, such as {name} * 0.998 + 0.001 for values from 0 to 1, or "
                "choose a likelihood that gives the edge a probability"
            )


def _check_depends_on_z_alone(model: LatentVariableModel, likelihood: td.Distribution, z: Tensor, x: Tensor) -> None:
    """Raise if log p(x|z_m) changes when z_m stands in another row, among fewer rows."""
    together = likelihood.log_prob(x.expand(len(z), -1))[1:]
    moved = likelihood_of(model, z[1:].flip(0)).log_prob(x.expand(len(z) - 1, -1)).flip(0)
    same = (together - moved).abs() <= 1e-2 * (1 + together.abs())
    differ = together.isfinite() & moved.isfinite() & ~same
    if differ.any():
        m = int(differ.nonzero()[0])
        raise ValueError(
            f"likelihood(z) gives another distribution for the same z in another row: log p(x|z) is {together[m]:.6g} "
            f"in row {m + 1} of {len(z)} and {moved[m]:.6g} in row {len(z) - 2 - m} of {len(z) - 1}. p(x|z) may depend "
            "on nothing but z: not on the row, the other rows, labels of the batch or chance. For p(x|y) make a model "
            "for each label (vae_tutorial.protocol says how)"
        )


def check_posterior(q: td.Distribution, device: torch.device) -> None:
    """Raise unless draws of q(z|x) are finite numbers; the random state is left as it was."""
    with isolated_rng(device), torch.no_grad():
        try:
            z = q.sample()
        except RuntimeError as error:  # of a categorical whose logits are NaN
            raise ValueError(f"posterior(x), a {type(q).__name__}, gives no samples: {first_line(error)}") from error
    if z.isfinite().all():
        return
    bad = ~z.isfinite().flatten(1).all(1)
    raise ValueError(
        f"posterior(x) holds {z[~z.isfinite()][0].item()} for row {int(bad.nonzero()[0])} ({int(bad.sum())} of "
        f"{len(z)} rows): the parameters of this {type(q).__name__} are not finite; look for NaN in the encoder, "
        "as after a step of training that was too long"
    )
