"""The three methods that everything downstream needs, and all that it needs.

A class of yours that has them works with every objective, estimator and diagnostic; no base class is asked for.
The functions below call the methods and refuse a wrong return at once, with its name, shape and rule.

**p(x|z) may depend on nothing but z**, and q(z|x) on nothing but x: not on the place of a row, on the other rows, on
labels of the batch that the model knows by itself, or on chance.  The estimators decode the same z for many x, and z in
pieces of any size.  A likelihood that takes its labels from the batch gives the right ELBO and a wrong log p(x).
``check_observations`` notices it where a few z in another order tell.  For p(x|y), make a model for each label::

    class Labelled(nn.Module):
        def __init__(self, encoder, decoder): ...        # two networks that take a label as well

        def given(self, label):                          # p(x, z | y = label): a model with the three methods
            return Given(self, label)

    class Given(nn.Module):
        def __init__(self, labelled, label): ...
        def prior(self): ...
        def likelihood(self, z):                         # the same label for every row
            return td.Independent(td.Bernoulli(logits=self.labelled.decoder(z, self.label.expand(len(z), -1))), 1)
        def posterior(self, x): ...

    log_prob = torch.stack([importance_sampling(model.given(y), x[labels == y], 1000).log_prob.mean() for y in …])

**Objectives take the model as it is**, in training mode or not, since training needs dropout and the statistics of a
batch.  **What measures** (``evidence``, ``inference``, ``diagnostics``) **holds every network of the model in eval()**
for the call, and gives it back as it was: in training mode p(x|z) depends on chance and on the other rows, and there is
no log p(x) to be measured.  Networks are found as ``modules.modules_of`` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol, runtime_checkable

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_agrees, check_matrix, check_support, is_checked, isolated_rng, trusted
from vae_tutorial.modules import evaluation_mode as evaluation_mode

NUM_PROBES = 8  # z at which p(x|z) is looked at: few enough for any decoder
PROBED_ELEMENTS = 2**20  # of x, looked at under all of them at once


@runtime_checkable
class LatentVariableModel(Protocol):
    """Describe a model p(x, z) = p(z) p(x|z) together with a distribution q(z|x) over its latent variables."""

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [d]."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, d]: batch [M], event [D].  Row m depends on z_m and on nothing else."""

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""


class TrainableModel(LatentVariableModel, Protocol):
    """Describe a latent-variable model with parameters; an ``nn.Module`` with the three methods is one."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters to be trained."""


def prior_of(model: LatentVariableModel) -> td.Distribution:
    """Call ``model.prior()`` and check that it is a distribution with batch [] and event [d]."""
    with _plainly("prior()"):
        prior = model.prior()
    _check_returned(prior, "prior()", torch.Size([]), None)
    return prior


def likelihood_of(model: LatentVariableModel, z: Tensor) -> td.Distribution:
    """Call ``model.likelihood(z)`` for z [M, d] and check that it has batch [M] and event [D]."""
    call = f"likelihood(z) for z {list(z.shape)}"
    with _plainly(call):
        likelihood = model.likelihood(z)
    _check_returned(likelihood, call, z.shape[:1], None)
    return likelihood


def posterior_of(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Call ``model.posterior(x)`` for x [N, D] and check that it has batch [N] and the prior's event [d]."""
    call = f"posterior(x) for x {list(x.shape)}"
    with _plainly(call):
        posterior = model.posterior(x)
    _check_returned(posterior, call, x.shape[:1], prior.event_shape)
    return posterior


def log_density(distribution: td.Distribution, z: Tensor) -> Tensor:
    """Return the log-density of p(z) or q(z|x) at z […, d], and −∞ wherever z is outside of its support.

    torch raises there, or, where validation is off, may return a finite number: the formula of the density, continued
    past its edge.
    """
    support = bounded_support(distribution)
    if support is None:
        return distribution.log_prob(z)
    inside = is_inside(support, z)
    if inside.all():
        return distribution.log_prob(z)
    log_prob = distribution.log_prob(_moved_inside(distribution, z, inside))
    return log_prob.masked_fill(~inside, -torch.inf)


def within_support(prior: td.Distribution, z: Tensor) -> Tensor:
    """Return z with a draw from p(z) in place of each z outside its support, for a decoder that knows no such z."""
    support = bounded_support(prior)
    if support is None:
        return z
    inside = is_inside(support, z)
    return z if inside.all() else _moved_inside(prior, z, inside)


def _moved_inside(distribution: td.Distribution, z: Tensor, inside: Tensor) -> Tensor:
    with isolated_rng(z.device), torch.no_grad():
        somewhere = distribution.sample()
    return torch.where(inside[..., None], z, somewhere)


def bounded_support(distribution: td.Distribution) -> td.constraints.Constraint | None:
    """Return the support of a continuous distribution, or None where it is all of R^d, discrete or not declared."""
    try:
        support = getattr(distribution, "component_distribution", distribution).support  # a mixture's: its components'
    except NotImplementedError:  # a user's distribution need not declare one
        return None
    whole = support is None or support.is_discrete or elementwise(support) is td.constraints.real
    return None if whole else support


def elementwise(support: td.constraints.Constraint) -> td.constraints.Constraint:
    """Return the constraint on single numbers that a support repeats for each dimension, where it does."""
    base: Any = support
    while hasattr(base, "base_constraint"):
        base = base.base_constraint
    return base


def is_inside(support: td.constraints.Constraint, z: Tensor) -> Tensor:
    """Tell which z […, d] lie in a support: booleans […]."""
    inside = support.check(z)
    return inside if inside.ndim < z.ndim else inside.all(-1)


def check_posterior(q: td.Distribution, device: torch.device) -> None:
    """Raise unless draws of q(z|x) are finite numbers; the random state is left as it was."""
    with isolated_rng(device), torch.no_grad():
        try:
            z = q.sample()
        except RuntimeError as error:  # of a categorical whose logits are NaN
            raise ValueError(f"posterior(x), a {type(q).__name__}, gives no samples: {_first_line(error)}") from error
    if z.isfinite().all():
        return
    bad = ~z.isfinite().flatten(1).all(1)
    raise ValueError(
        f"posterior(x) holds {z[~z.isfinite()][0].item()} for row {int(bad.nonzero()[0])} ({int(bad.sum())} of "
        f"{len(z)} rows): the parameters of this {type(q).__name__} are not finite; look for NaN in the encoder, "
        "as after a step of training that was too long"
    )


@contextmanager
def measuring(model: LatentVariableModel, x: Tensor) -> Iterator[Tensor]:
    """Hold the model in evaluation mode while numbers are computed from an ``x`` that has been checked.

    No gradient is kept.  An inference mode around the call is left for the block, so that gradients in z can be taken;
    the tensor that is given to the block is x, or, where x was made under that mode, a copy that gradients may meet.

    Raises:
        TypeError: ``x`` has less than the precision of float32.
        RuntimeError: the call stands under ``torch.autocast``.
    """
    _check_precision(x)
    outside = torch.inference_mode(False) if torch.is_inference_mode_enabled() else nullcontext()
    with outside, torch.no_grad(), evaluation_mode(model):
        usable = x.clone() if x.is_inference() else x
        try:
            with trusted(model, usable):
                yield usable
        except RuntimeError as error:
            if "nference tensor" not in str(error):
                raise
            raise RuntimeError(
                "a tensor of the model was made under torch.inference_mode(), where no gradient can be taken of what "
                "is computed with it, and this function takes gradients in z: build or load the model outside of "
                "that block; calling the function inside of it does no harm"
            ) from error


def _check_precision(x: Tensor) -> None:
    """Refuse networks that compute in half precision: their log p(x) can be nats off, and no error bar would tell."""
    if torch.finfo(x.dtype).bits < 32:
        raise TypeError(
            f"x is {x.dtype}, whose eight bits or so are too few for a sum over pixels: measure in float32 or float64, "
            "model.float() and x.float()"
        )
    if torch.is_autocast_enabled(x.device.type):
        raise RuntimeError(
            f"this call stands under torch.autocast, which rounds what the networks return to "
            f"{torch.get_autocast_dtype(x.device.type)}: log p(x) could be nats off without a sign of it; "
            f'measure outside of the block, or inside torch.autocast("{x.device.type}", enabled=False)'
        )


def check_observations(model: LatentVariableModel, x: Tensor, name: str = "x") -> None:
    """Raise unless ``x`` can be scored by ``model``: shape [N, D], finite, dtype, device, D and support agree.

    The support is read from p(x|z) at one z drawn from the prior, and a few z in another order tell whether p(x|z)
    depends on z alone; networks are in evaluation mode meanwhile, and the random state is left as it was.  A tensor
    that ``checks.checked`` names for this model is not looked at again.
    """
    if is_checked(x, model):
        return
    check_matrix(x, name)
    with isolated_rng(x.device), torch.no_grad(), evaluation_mode(model):
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


@contextmanager
def _plainly(call: str) -> Iterator[None]:
    """Say in a sentence what torch's validation says in pages of numbers."""
    try:
        yield
    except ValueError as error:
        if not str(error).startswith("Expected parameter "):
            raise
        raise ValueError(f"model.{call} failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0].replace(", but found invalid values:", ", but some values do not (NaN, perhaps)")


def _check_returned(returned: object, call: str, batch_shape: torch.Size, event_shape: torch.Size | None) -> None:
    if not isinstance(returned, td.Distribution):
        raise TypeError(f"model.{call} returned {type(returned).__name__}, but must return a torch Distribution")
    if returned.batch_shape != batch_shape or len(returned.event_shape) != 1:
        raise ValueError(
            f"model.{call} returned batch {list(returned.batch_shape)} and event {list(returned.event_shape)}, "
            f"but must return batch {list(batch_shape)} and an event of one axis: "
            "wrap a distribution over single numbers in torch.distributions.Independent(…, 1)"
        )
    if event_shape is not None and returned.event_shape != event_shape:
        raise ValueError(
            f"model.{call} returned event {list(returned.event_shape)}, but the prior has event {list(event_shape)}: "
            "both are distributions over the same z"
        )
