"""The data of a run: checked once, cut into batches, and made anew for each batch where a transform is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from vae_tutorial.checks import all_within_support, version
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.protocol import check_observations, evaluation_mode, likelihood_of, prior_of

Transform = Callable[[Tensor], Tensor]
ROWS_CHECKED = 100  # that a transform is tried on before the run


class Examples:
    """Hand out examples in batches that the model can score.

    Without a transform all of ``x`` is checked at once.  With one, a first batch is, and what the transform makes of
    every other batch is checked without a wait for the device: ``first_misfit`` tells afterwards.

    Args:
        model: that scores them.
        x: examples [N, D]; with a transform, any tensor whose first axis counts examples.
        name: of the argument, for refusals.
        transform: ``transform(rows) -> [n, D]``, or None.

    Raises:
        ValueError, TypeError: bad data, or a transform that makes bad data of them.
    """

    one: Tensor  # an example as the model meets it [1, D]

    def __init__(self, model: Any, x: Tensor, name: str, transform: Transform | None) -> None:
        self.model, self.x, self.name, self.transform = model, x, name, transform
        self._version: int | None = None
        self._fits: list[Tensor] = []
        if transform is not None:
            _check_rows(x, name)
            if not callable(transform):
                raise TypeError(f"transform must be a function of a batch, got {type(transform).__name__}")
            self.name = f"transform({name})"
        self.check()

    def check(self) -> None:
        """Check the data, unless that has been done and nothing has changed them in place since."""
        if self._version is not None and self._version == version(self.x):
            return
        first = self.x if self.transform is None else self._first_made()
        check_observations(self.model, first, self.name)
        self.one = first[:1]
        if self.transform is not None:
            with isolated_rng(first.device), torch.no_grad(), evaluation_mode(self.model):
                self._likelihood = likelihood_of(self.model, prior_of(self.model).sample((1,)))
        self._version = version(self.x)

    def batches(self, size: int) -> Iterator[Tensor]:
        """Yield all examples in a random order, in batches of ``size``, the last one smaller where it must be."""
        self._fits = []
        for rows in torch.randperm(len(self.x), device=self.x.device).split(size):
            batch = self.x.index_select(0, rows)
            if self.transform is not None:
                batch = self._made(batch)
                self._fits.append(all_within_support(self._likelihood, batch))
            yield batch

    def pieces(self, size: int) -> Iterator[Tensor]:
        """Yield all examples in their order, in pieces of ``size``."""
        for piece in self.x.split(size):
            if self.transform is not None:
                piece = self._made(piece.clone())  # it may work in place
                check_observations(self.model, piece, self.name)
            yield piece

    def first_misfit(self) -> int | None:
        """Return the first of the latest ``batches`` that the model cannot score, counted from 0; None if all fit."""
        if not self._fits or bool((fits := torch.stack(self._fits)).all()):
            return None
        return int((~fits).nonzero()[0])

    def _first_made(self) -> Tensor:
        model_device = next((value.device for value in self.model.parameters()), self.x.device)
        with isolated_rng(self.x.device), isolated_rng(model_device):
            return self._made(self.x[:ROWS_CHECKED].clone())

    def _made(self, rows: Tensor) -> Tensor:
        """Apply the transform, and refuse what is no batch like the first."""
        assert self.transform is not None
        with torch.no_grad():
            made = self.transform(rows)
        if not isinstance(made, Tensor) or made.shape[:1] != rows.shape[:1]:
            returned = f"shape {list(made.shape)}" if isinstance(made, Tensor) else f"a {type(made).__name__}"
            raise ValueError(
                f"{self.name} returned {returned} for {len(rows)} examples: it must return a batch [{len(rows)}, D]"
            )
        if self._version is not None and (made.shape[1:], made.dtype, made.device) != self._kind():
            raise ValueError(
                f"{self.name} returned {list(made.shape)} of {made.dtype} on {made.device}, but at first "
                f"[…, {self.one.shape[1]}] of {self.one.dtype} on {self.one.device}: every batch must be of one kind"
            )
        return made

    def _kind(self) -> tuple[torch.Size, torch.dtype, torch.device]:
        return self.one.shape[1:], self.one.dtype, self.one.device


def _check_rows(x: Tensor, name: str) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(x).__name__}: use torch.as_tensor({name})")
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"{name} holds no example (shape {list(x.shape)}): its first axis must count examples")
