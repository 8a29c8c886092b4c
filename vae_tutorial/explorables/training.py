"""A training run, epoch by epoch: codes, ELBO, log p(x) and gap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from vae_tutorial.explorables.explorable import Explorable, Place, bundle, style
from vae_tutorial.explorables.packing import pack, written

MOST_CODES = 400


class TrainingExplorer(Explorable):
    """Scrub through the epochs of a training run: the codes in the plane, ELBO, log p(x) and the gap between them.

    Args:
        epochs: the epochs at which the run was looked at [T], rising.
        elbo: mean ELBO at each of them [T], in nats.
        log_prob: mean log p(x) of the same images [T], in nats.
        codes: two-dimensional codes at each of them [T, N, 2], the same N images in the same order; the first 400.
        labels: what to write for each code, in place of a dot.
        step: where to begin, 0 to T − 1.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or the epochs do not rise.
        traitlets.TraitError: step is not a whole number from 0 to T − 1.

    Example:
        >>> run = TrainingExplorer([0, 1], elbo=[-44.4, -27.2], log_prob=[-44.3, -27.1], codes=[[[0, 0]], [[1, 0]]])
        >>> round(run.terms()["gap"], 4)
        0.1
    """

    summary = "Move through the epochs: the codes spread over the plane, and ELBO, log p(x) and gap follow."
    _esm = bundle("training")
    _css = style("plane")
    step = Place("epochs")

    def __init__(
        self,
        epochs: ArrayLike,
        elbo: ArrayLike,
        log_prob: ArrayLike,
        codes: ArrayLike | Tensor,
        labels: Sequence[object] | Tensor | None = None,
        **numbers: float,
    ) -> None:
        self.epochs = _array(epochs, "epochs", ("T",))
        count = len(self.epochs)
        self.elbo, self.log_prob = _array(elbo, "elbo", (count,)), _array(log_prob, "log_prob", (count,))
        points = _array(codes, "codes", (count, "N", 2))[:, :MOST_CODES]
        if count < 2 or not (np.diff(self.epochs) > 0).all():
            raise ValueError(f"epochs must be two or more rising numbers, got {self.epochs.tolist()}")
        limit = math.ceil(10 * max(3.0, float(np.abs(points).max(initial=0)))) / 10
        super().__init__(**numbers)
        self._data = {
            "limit": limit,
            "epochs": self.epochs.tolist(),
            "elbo": self.elbo.round(4).tolist(),
            "logP": self.log_prob.round(4).tolist(),
            "codes": [pack(row, -limit, limit) for row in points],
            "labels": written(labels, points.shape[1], "labels"),
        }

    def terms(self) -> dict[str, float]:
        """Return ELBO, log p(x) and gap at the chosen epoch, in nats."""
        elbo, log_p = float(self.elbo[int(self.step)]), float(self.log_prob[int(self.step)])
        return {"ELBO": elbo, "log p(x)": log_p, "gap": log_p - elbo}


def _array(values: ArrayLike | Tensor, name: str, shape: tuple[str | int, ...]) -> np.ndarray:
    """Return finite numbers of this shape, where a letter stands for any length of at least 1."""
    found = np.asarray(values.detach().cpu() if isinstance(values, Tensor) else values, dtype=float)
    fits = found.ndim == len(shape) and all(
        size > 0 if isinstance(wanted, str) else size == wanted for size, wanted in zip(found.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"{name} must have shape [{wanted}], got {list(found.shape)}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} must be finite, and {int((~np.isfinite(found)).sum())} of its numbers are not")
    return found
