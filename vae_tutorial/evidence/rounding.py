"""How far off a score may be by rounding alone: that of a network's outputs, and that of the sum over pixels."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.likelihoods import widest
from vae_tutorial.numerics.chunks import rows_at_once
from vae_tutorial.protocol import LatentVariableModel, likelihood_of
from vae_tutorial.protocol.modules import modules_of

LAYERS = 8  # in units of the last place: what the layers of a network add up to, each as large as its outputs
TENSOR_FLOAT_32, BFLOAT_16 = 2.0**-11, 2.0**-8


def precision(model: LatentVariableModel, dtype: torch.dtype, device: torch.device) -> float:
    """Return the relative precision of products in a network: the dtype's, or less where torch is set to be fast."""
    own = torch.finfo(dtype).eps
    if dtype != torch.float32:
        return own
    asked = torch.get_float32_matmul_precision()
    convolutions = any(isinstance(module, nn.modules.conv._ConvNd) for module in modules_of(model))
    fast = device.type == "cuda" and convolutions and torch.backends.cudnn.allow_tf32
    return max(own, {"highest": 0.0, "high": TENSOR_FLOAT_32}.get(asked, BFLOAT_16), TENSOR_FLOAT_32 if fast else 0.0)


def rounding_error(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    """Estimate the error [N] that rounding leaves in log p(x_n|z_n), in nats: a few times its usual size.

    ::

        eps · (1 + log₂ D) · Σ_j |t_j|  +  LAYERS · eps · sqrt(Σ_j (∂ log p / ∂θ_j)²) · max_j |θ_j|

    The terms t_j of the sum over pixels are log p(x_j|z), and those of log C(n, x).  (Those of a Bernoulli or a
    Binomial in float32 are summed in float64, where they cancel: D · eps of float64 · Σ_j n_j (1 + |logit_j|).)  The
    parameters θ come out of a network in x's dtype.  A layer's rounding is as large as the largest of its outputs, and
    of different sign for different pixels, hence the root of the squares.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        z: one for each of them, [N, d], such as the likeliest.
    """
    rows = rows_at_once(x.shape[1])
    return torch.cat([_of_rows(model, *part) for part in zip(x.split(rows), z.split(rows), strict=True)])


def _of_rows(model: LatentVariableModel, x: Tensor, z: Tensor) -> Tensor:
    base = likelihood_of(model, z)
    while isinstance(base, td.Independent):
        base = base.base_dist
    terms, sensitivity = _terms_and_sensitivity(base, x)
    summed = (1 + math.log2(x.shape[1])) * torch.finfo(x.dtype).eps * _total(terms)
    if isinstance(base, td.Bernoulli | td.Binomial):
        summed = summed + _of_trials(base, x)
    return summed + LAYERS * precision(model, x.dtype, x.device) * sensitivity


def _of_trials(base: td.Bernoulli | td.Binomial, x: Tensor) -> Tensor:
    """Return what float64 leaves of its own: in log C(n, x), and in the difference that float32 is summed by."""
    wide = widest(x.device)
    n = base.total_count if isinstance(base, td.Binomial) else torch.ones_like(x)
    terms = torch.lgamma(n + 1) * (1 + math.log2(x.shape[1]))
    if x.dtype != wide:
        terms = terms + x.shape[1] * n * (1 + base.logits.abs())
    return torch.finfo(wide).eps * _total(terms)


def _total(terms: Tensor) -> Tensor:
    return terms.abs().reshape(len(terms), -1).sum(1)


def _terms_and_sensitivity(base: td.Distribution, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p [N, …] of each pixel and, in units of the last place of the parameters, what these do to the sum."""
    try:
        names = list(base.arg_constraints)
    except NotImplementedError:  # a distribution of the user's own need not name its parameters
        return base.log_prob(x), torch.zeros_like(x[:, 0])
    found = {name: value for name in names if isinstance(value := vars(base).get(name), Tensor)}
    if "logits" in found:
        found.pop("probs", None)
    with torch.enable_grad():
        parameters = {name: value.detach().clone() for name, value in found.items()}
        free = {name: value.requires_grad_() for name, value in parameters.items() if name != "total_count"}
        try:
            build: Any = type(base)
            terms = build(**parameters, validate_args=False).log_prob(x)
        except (TypeError, ValueError):  # a class of the user's own that is built in another way
            return base.log_prob(x), torch.zeros_like(x[:, 0])
        if not terms.requires_grad:
            return terms, torch.zeros_like(x[:, 0])
        gradients = torch.autograd.grad(terms.sum(), list(free.values()), allow_unused=True)
    total = torch.zeros_like(x[:, 0])
    for (name, value), gradient in zip(free.items(), gradients, strict=True):
        if gradient is not None:
            size = value.detach().abs()
            positive = base.arg_constraints[name] is td.constraints.positive  # made by exp or softplus, each by itself
            largest = size.flatten(1).amax(1).view(-1, *[1] * (size.ndim - 1))
            scale = size * (1 + size.log().abs()) if positive else largest
            total += (gradient * scale).square().flatten(1).sum(1)
    return terms.detach(), total.sqrt()
