"""A VAE that trains in the page, with the ELBO, exact log p(x) and the gap as it goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from torch import Tensor

from vae_tutorial import datasets
from vae_tutorial.explorables.explorable import Explorable, Number, Whole, bundle, style
from vae_tutorial.explorables.packing import pack, written

TRAIN, HELD_OUT = 400, 100
SERIES = ("step", "elbo", "log_prob", "reconstruction", "rate")


class LiveTrainer(Explorable):
    """Train a real VAE on 8×8 digits in the page, and see ELBO, exact log p_θ(x) and the gap at every moment.

    The networks are 64–64–4 and 2–64–64 with tanh, the pixels Bernoulli, z two-dimensional; Adam, batches of 100 of 400
    digits.  The goal is ascended in

        reconstruction − weight · rate,

    with reconstruction E_q[log p_θ(x|z)] and rate KL(q(z|x) ‖ p(z)).  Everything shown is a mean over 100 held-out
    digits, in nats: log p_θ(x) by quadrature over the plane of z, and the ELBO, whatever the goal was.

    Args:
        weight: of the KL, 0 (reconstruction alone) to 4; 1 is the ELBO.
        learning_rate: of Adam, 0.0001 to 1.
        seed: of the initial parameters, the order of the data and the noise, 0 to 20.
        noise: 1, or 0 for an encoder without noise (σ = 0), which makes a plain autoencoder.
        history: of a run to compare with, drawn pale: lists of one length, named step, elbo, log_prob, reconstruction
            and rate, with None for an ELBO and a rate that are infinite, as they are without noise.  While the page
            trains, the attribute holds the run so far.

    Raises:
        TypeError: there is no handle of this name.
        traitlets.TraitError: a value is not a finite number within its ends, or not a whole one where it must be; or
            history does not hold these lists.

    Example:
        >>> LiveTrainer(weight=0)
        LiveTrainer(learning_rate=0.005, noise=1, seed=1, weight=0)
    """

    summary = (
        "Train a variational autoencoder on handwritten digits, with and without the KL: ELBO, exact log p(x) and the "
        "gap between them are drawn as it learns."
    )
    _esm = bundle("live")
    _css = style("plane", "live")
    weight = Number(1, 0, 4)
    learning_rate = Number(0.005, 1e-4, 1)
    seed = Whole(1, 0, 20)
    noise = Whole(1, 0, 1)
    history = traitlets.Dict().tag(sync=True)  # lists of one length, by the names in SERIES

    def __init__(self, history: Mapping[str, Sequence[float | None]] | None = None, **numbers: float) -> None:
        digits = datasets.load_digits()
        super().__init__(**numbers)
        self.history = dict(history or {})
        self._data = {
            "train": packed_bits(digits.train[:TRAIN]),
            "held_out": packed_bits(digits.test[:HELD_OUT]),
            "counts": [TRAIN, HELD_OUT],
            "labels": "".join(written(digits.test_labels, HELD_OUT, "labels")),
        }

    @traitlets.validate("history")
    def _check_history(self, proposal: Any) -> dict[str, list[float | None]]:
        history: dict[str, list[float | None]] = proposal["value"]
        if history and (set(history) != set(SERIES) or len({len(values) for values in history.values()}) != 1):
            raise traitlets.TraitError(f"history must hold lists of one length, named {', '.join(SERIES)}")
        return history

    def terms(self) -> dict[str, float]:
        """Return the last moment of the run, in nats per held-out digit: log p(x), ELBO, gap, reconstruction and rate.

        Raises:
            ValueError: nothing has been trained yet.
        """
        if not self.history or not self.history["step"]:
            raise ValueError("history is empty: press Train, or set it")
        elbo, log_prob, reconstruction, rate = (self.history[name][-1] for name in SERIES[1:])
        elbo = -math.inf if elbo is None else elbo
        rate = math.inf if rate is None else rate
        return {
            "log p(x)": log_prob,
            "ELBO": elbo,
            "gap": log_prob - elbo,
            "reconstruction": reconstruction,
            "rate": rate,
        }

    def page_data(self) -> dict[str, Any]:
        """Return what the page is sent along: the digits, and the run so far."""
        return self._data | ({"history": self.history} if self.history else {})


def packed_bits(images: Tensor) -> str:
    """Return binary images [N, D] as text, six pixels to a character."""
    bits = np.asarray(images, dtype=int).ravel()
    sixes = np.pad(bits, (0, -len(bits) % 6)).reshape(-1, 6)
    return pack(sixes @ (1 << np.arange(6)[::-1]), 0, 63, digits=1)
