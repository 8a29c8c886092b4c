"""Refuse bad input in one voice: argument, value, shape, rule, remedy.

Checks that look at metadata (shape, dtype) are always made.  Checks that look at the numbers (NaN, support) make
the processor wait for the device, so whoever has made them for a tensor says so with ``checked``, and they are not
made again for that tensor.  Whatever else is computed meanwhile, by code of the package or of its user, is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor
from torch.distributions import Distribution
from torch.distributions.constraints import Constraint

_checked: ContextVar[tuple[object, Tensor, int] | None] = ContextVar("vae_tutorial_checked", default=None)
_validating: ContextVar[bool] = ContextVar("vae_tutorial_validating", default=True)

_REMEDY_BY_FAMILY = {
    "Bernoulli": (
        "a Bernoulli scores only 0 and 1: binarise the data (x > threshold), "
        "or choose a likelihood for grey values, such as likelihoods.Binomial for counts"
    ),
    "Binomial": "a Binomial scores whole numbers from 0 to total_count: pass counts, not fractions",
    "Normal": "a Gaussian scores finite real numbers",
}


@contextmanager
def checked(model: object, x: Tensor) -> Iterator[None]:
    """Say, for this block, that the numbers of ``x`` have been checked for ``model``: this tensor, not a copy of it."""
    token = _checked.set((model, x, version(x)))
    try:
        yield
    finally:
        _checked.reset(token)


def is_checked(x: Tensor, model: object = None) -> bool:
    """Tell whether this very tensor has been checked, for this model where one is given, and not changed since.

    A wrapper that hands on the likelihood of another model names that model in an attribute ``same_likelihood_as``.
    """
    found = _checked.get()
    if found is None or found[1] is not x or found[2] != version(x):
        return False
    return model is None or model is found[0] or _owner(model) is _owner(found[0])


def _owner(model: object) -> object:
    """Return the model whose likelihood a wrapper hands on, through all wrappers."""
    while (inner := getattr(model, "same_likelihood_as", None)) is not None:
        model = inner
    return model


def version(x: Tensor) -> int:
    """Return how often ``x`` has been changed in place, as torch counts it."""
    return 0 if x.is_inference() else x._version


@contextmanager
def trusted(model: object, x: Tensor) -> Iterator[None]:
    """Say ``checked(model, x)``, and leave out torch's own checks of the distributions that the package builds.

    It is for the inside of a function that has checked ``x``: no code of a user's runs there but the model's methods.
    """
    tensor, validation = _checked.set((model, x, version(x))), _validating.set(False)
    try:
        yield
    finally:
        _validating.reset(validation)
        _checked.reset(tensor)


@contextmanager
def distrusted() -> Iterator[None]:
    """Let torch check distributions again: a look at a model must not inherit the trust that another has earned."""
    token = _validating.set(True)
    try:
        yield
    finally:
        _validating.reset(token)


def validate_args() -> bool | None:
    """Return torch's ``validate_args`` for a distribution built now: its default, or False in a trusted block."""
    return None if _validating.get() else False


def check_count(value: int, name: str, *, minimum: int = 1, remedy: str = "") -> None:
    """Raise unless ``value`` is a whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r} of type {type(value).__name__}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}" + (f": {remedy}" if remedy else ""))


def check_positive(value: float, name: str, *, allow_zero: bool = False) -> None:
    """Raise unless ``value`` is a finite number above zero (or at least zero)."""
    if not (value >= 0 if allow_zero else value > 0) or value == float("inf"):
        rule = "finite and at least 0" if allow_zero else "finite and above 0"
        raise ValueError(f"{name} must be {rule}, got {value}")


def check_matrix(x: Tensor, name: str, *, columns: str = "D") -> None:
    """Raise unless ``x`` is a non-empty floating-point tensor [N, columns] of finite numbers."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(x).__name__}: use torch.as_tensor({name})")
    if x.ndim != 2:
        raise ValueError(
            f"{name} must have shape [N, {columns}], got {list(x.shape)}: flatten each example "
            f"with {name}.flatten(1), or write {name}[None] for a single one"
        )
    if x.shape[0] == 0:
        raise ValueError(f"{name} holds no example (shape {list(x.shape)}): pass at least one row")
    if not x.is_floating_point():
        raise TypeError(f"{name} must be floating point, got {x.dtype}: use {name}.to(torch.get_default_dtype())")
    if not is_checked(x):
        _check_finite(x, name)


def is_finite(x: Tensor) -> bool:
    """Tell whether every value is finite: a sum is so only if all its terms are, and takes a tenth of their time."""
    return bool(x.sum().isfinite()) or bool(x.isfinite().all())  # the sum of large values can overflow


def _check_finite(x: Tensor, name: str) -> None:
    if not is_finite(x):
        bad = ~x.isfinite()
        row = int(bad.any(1).nonzero()[0])
        value = x[bad][0].item()
        raise ValueError(
            f"{name} holds {value} (first in row {row}; {int(bad.sum())} such values in shape {list(x.shape)}): "
            "every value must be finite; repair or drop these rows before the call"
        )


def check_agrees(x: Tensor, name: str, reference: Tensor) -> None:
    """Raise unless ``x`` has the dtype and device of the model's latent variables."""
    if x.dtype != reference.dtype:
        raise TypeError(
            f"{name} is {x.dtype} but the model's prior is {reference.dtype}: "
            f"convert one of them, {name}.to({reference.dtype}) or model.to({x.dtype})"
        )
    if x.device != reference.device:
        raise ValueError(
            f"{name} is on {x.device} but the model's prior is on {reference.device}: move one of them with .to(device)"
        )


def check_support(distribution: Distribution, x: Tensor, name: str = "x") -> None:
    """Raise unless every value of ``x`` lies in the support of ``distribution``."""
    support = _support(distribution)
    if support is None or support.check(x).all():
        return
    elementwise = getattr(support, "base_constraint", support)
    bad = ~elementwise.check(x)
    value = f"{x.expand(bad.shape)[bad][0].item():g}" if bad.shape[-1:] == x.shape[-1:] else "a row"
    family = type(getattr(distribution, "base_dist", distribution)).__name__
    remedy = _REMEDY_BY_FAMILY.get(family, "check the data's range against the likelihood")
    raise ValueError(f"{name} holds {value}, outside the support of p(x|z), a {family} ({elementwise}): {remedy}")


def all_within_support(distribution: Distribution, x: Tensor) -> Tensor:
    """Tell whether all of ``x`` is finite and in the support of ``distribution`` [], without a wait for the device."""
    inside = x.isfinite().all()
    support = _support(distribution)
    return inside if support is None else inside & support.check(x).all()


def _support(distribution: Distribution) -> Constraint | None:
    try:
        return distribution.support
    except NotImplementedError:  # a user's distribution need not declare one
        return None
