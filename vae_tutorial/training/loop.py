"""Train a model: the one loop, and the only minus sign, of the package."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vae_tutorial.checks import checked, is_finite
from vae_tutorial.numerics.random import isolated_rng, seed_generators
from vae_tutorial.objectives import elbo
from vae_tutorial.protocol import TrainableModel, evaluation_mode
from vae_tutorial.training.checkpoint import Checkpoint
from vae_tutorial.training.chosen_optimizer import OptimizerFactory, make_optimizer
from vae_tutorial.training.config import History, TrainConfig
from vae_tutorial.training.examples import Examples, Transform
from vae_tutorial.training.failure import check_smallest_batch, explain, floats_of, non_finite, refuse_batch
from vae_tutorial.training.identity import identify
from vae_tutorial.training.progress import with_bar
from vae_tutorial.training.run_state import ModelState, RunState, capture, put_back, restore, snapshot

Objective = Callable[[Any, Tensor], Tensor]
BATCHES_AT_ONCE = 4  # of validation: without a gradient they take about the memory of one step
NUMBERS_AT_ONCE = 2**15  # or as many numbers of x, where that is more


def fit(
    model: TrainableModel,
    train: Tensor,
    config: TrainConfig,
    *,
    objective: Objective = elbo,
    validation: Tensor | None = None,
    callback: Callable[[int, Any], None] | None = None,
    checkpoint: str | Path | None = None,
    transform: Transform | None = None,
    optimizer: OptimizerFactory | None = None,
) -> History:
    """Maximise the mean of ``objective`` over ``train`` by Adam, or by another optimiser, in place.

    The data stay in memory on the model's device, no step waits for the device, and the global random state is the
    same afterwards as before; no generator is touched but the CPU's and that of the model's device.  Validation and
    callback see a generator of their own, so that adding one does not change the training.

    Args:
        model: an ``nn.Module`` with the three methods; its parameters are changed.
        train: examples [N, D]; with a transform, any tensor whose first axis counts examples.
        config: the settings.
        objective: ``objective(model, x) -> [N]``, in nats, to be made large; for arguments use functools.partial.
        validation: examples [M, D], scored after every epoch with the same random numbers each time, a few batches at
            once, so that M costs no memory.  The nets are in ``eval()`` meanwhile.
        callback: called as ``callback(epoch, model)`` after every epoch, counted from 1, without gradients.
        checkpoint: file that is rewritten after every epoch.  Where it exists already, the run goes on from it and
            ends bit for bit as if it had never stopped, on the same machine and with the same versions.  ``epochs`` and
            ``patience`` may have risen meanwhile (``epochs`` not where a schedule is laid over them).  Anything else
            that differs is refused by name as far as Python lets it be known: settings, data, transform, objective and
            its bound arguments, closure and globals, trained parameters, structure of the model.  Not known are
            helpers in your model's class, what your code reads from files, what a callback changes, and counters that
            objects keep in plain attributes (``training.identity.identify`` lists all); such a counter belongs in a
            buffer of the model.
        transform: ``transform(rows) -> x [n, D]``, applied to each batch anew: fresh binarisation or dequantisation,
            say.  ``train`` itself need not be data that the likelihood scores, only what is made of it must be.  Its
            chance is torch's, seeded by ``config.seed`` and kept in a checkpoint.  It is applied to ``validation``
            too, with the same draw after every epoch.
        optimizer: ``optimizer(parameters) -> torch.optim.Optimizer`` in place of Adam, for instance
            functools.partial(torch.optim.SGD, lr=0.1).  ``config`` must tell its learning rate (that of its first group
            of parameters) and leaves weight decay to it; the schedule and ``clip_norm`` apply to it as to Adam.

    Returns:
        History.

    Raises:
        ValueError, TypeError: bad data, or a transform that makes bad data; an objective that does not return [N]; no
            parameter to train; a last batch of one example, where a net normalises over its batch; patience without
            validation; a checkpoint that is damaged, belongs to another run, or cannot hold the model's state; an
            optimizer that contradicts ``config``, or moves what is not trained.
        FloatingPointError: the objective, its gradient or a parameter was not finite; the step and what was lost there
            are named, and the model is given back as it was before that epoch.
        OSError: the checkpoint cannot be read or written, or another run writes to it.

    References:
        Kingma and Ba (2015), Adam, https://arxiv.org/abs/1412.6980

    Example:
        Grey values, binarised anew in each epoch::

            fit(model, grey, config, transform=lambda x: datasets.binarize(x, "dynamic"))
    """
    examples = Examples(model, train, "train", transform)
    held_out = None if validation is None else Examples(model, validation, "validation", transform)
    if held_out is None and config.patience is not None:
        raise ValueError(f"patience is {config.patience}, but there is no validation set to watch: pass validation=…")
    run = Run(model, examples, config, objective, held_out, callback, optimizer)
    file = None
    if checkpoint is not None:
        others = {} if optimizer is None else {"optimizer": optimizer}
        file = Checkpoint(checkpoint, config, identify(model, objective, train, validation, transform, **others))
    with isolated_rng(run.device):
        seed_generators(config.seed, run.device)
        if file is not None:
            run.resume(file)
        remaining = range(len(run.history.train) + 1, config.epochs + 1)
        for epoch in with_bar(remaining, config.progress):
            if run.out_of_patience():
                break
            run.train_epoch(epoch)
            run.look(epoch)
            if file is not None:
                file.save(run.state(), run.history)
        run.keep_best()
    return run.history


class Run:
    """One run of ``fit``: the model, its optimiser, and what has happened so far."""

    def __init__(
        self,
        model: Any,
        train: Examples,
        config: TrainConfig,
        objective: Objective,
        validation: Examples | None,
        callback: Callable[[int, Any], None] | None,
        optimizer: OptimizerFactory | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(
                f"model is a {type(model).__name__}, but training needs an nn.Module with the three methods: "
                "derive your class from torch.nn.Module and make its tensors nn.Parameter"
            )
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        if not self.parameters:
            raise ValueError(
                f"model {type(model).__name__} has no parameter with requires_grad: nothing can be trained"
            )
        check_smallest_batch(model, train.one, len(train.x), config.batch_size)
        self.model: Any = model
        self.train, self.config = train, config
        self.objective, self.validation, self.callback = objective, validation, callback
        self.device = train.one.device
        self.optimizer = make_optimizer(optimizer, self.parameters, config)
        self.history = History()
        self.best: ModelState | None = None
        self.start: RunState | None = None  # of the epoch that is running
        self.once_finite: dict[str, torch.Size] | None = None  # by name: what only a gradient can have broken

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the shuffled training set."""
        self.train.check()
        self.start = capture(self.model, self.optimizer, self.device, into=self.start)
        if self.once_finite is None:
            self.once_finite = {name: value.shape for name, value in floats_of(self.model).items() if is_finite(value)}
        sums: list[Tensor] = []
        try:
            for batch in self.batches():
                sums.append(self.step(batch, epoch, len(sums)))
        except (TypeError, ValueError) as error:
            if self.broken() is not None:  # torch refuses a distribution of NaN
                raise FloatingPointError(explain(self, len(sums), epoch)) from error
            self.restart()
            raise
        self._judge(torch.stack(sums), epoch)
        self.history.train.append(float(torch.stack(sums).sum() / len(self.train.x)))

    def look(self, epoch: int) -> None:
        """Score the validation set, remember the best parameters, and call back."""
        if self.validation is None and self.callback is None:
            return
        with isolated_rng(self.device), torch.no_grad(), evaluation_mode(self.model):
            seed_generators(self.config.seed, self.device)
            if self.validation is not None:
                score = self._mean_over(self.validation)
                if math.isnan(score):
                    raise FloatingPointError(f"the mean of the objective over validation is nan after epoch {epoch}")
                self.history.validation.append(score)
                if self.config.patience is not None and self.history.best_epoch == epoch:
                    self.best = snapshot(self.model)
            if self.callback is not None:
                self.callback(epoch, self.model)

    def out_of_patience(self) -> bool:
        """Tell whether the validation objective has not risen for too long."""
        best = self.history.best_epoch
        patience = self.config.patience
        return patience is not None and best is not None and len(self.history.validation) - best >= patience

    def keep_best(self) -> None:
        """Give the model the parameters of its best epoch, where the run watched for one."""
        if self.best is not None:
            put_back(self.best, self.model)

    def state(self) -> RunState:
        """Return all that a resumed run needs."""
        return dataclasses.replace(capture(self.model, self.optimizer, self.device), best=self.best)

    def resume(self, file: Checkpoint) -> None:
        """Go on from a saved state, where there is one; refuse at once what could not be saved."""
        fresh = self.state()
        file.check_storable(fresh, self.model)
        if found := file.load(fresh, self.model):
            state, self.history = found
            restore(state, self.model, self.optimizer, self.device)
            self.best = state.best

    def batches(self) -> Iterator[Tensor]:
        """Yield the batches of an epoch."""
        return self.train.batches(self.config.batch_size)

    def step(self, batch: Tensor, epoch: int, index: int) -> Tensor:
        """Make a step, the epoch's ``index``-th; return the sum of the objective over the batch."""
        values = self.score(batch)
        self.differentiate(values)
        self.move(epoch, index)
        return values.detach().sum()

    def score(self, batch: Tensor) -> Tensor:
        """Return the objective of each example [n]."""
        with checked(self.model, batch):
            values = self.objective(self.model, batch)
        if not isinstance(values, Tensor) or values.shape != batch.shape[:1]:
            returned = f"shape {list(values.shape)}" if isinstance(values, Tensor) else f"a {type(values).__name__}"
            raise ValueError(
                f"objective returned {returned} for {len(batch)} examples: "
                f"it must return one number for each, [{len(batch)}], not their mean"
            )
        if torch.is_grad_enabled() and not values.requires_grad:
            raise ValueError(
                "objective returned numbers without a gradient: it must not run under torch.no_grad(), "
                "as the estimators of evidence do"
            )
        return values

    def differentiate(self, values: Tensor) -> None:
        """Leave the gradient of the loss, −mean(values), with the parameters."""
        self.optimizer.zero_grad()
        values.backward(torch.full_like(values, -1 / len(values)))

    def move(self, epoch: int, index: int) -> None:
        """Shorten the gradient where it is too long, and make the epoch's ``index``-th step along it."""
        if self.config.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm)
        steps = -(-len(self.train.x) // self.config.batch_size)
        step = (epoch - 1) * steps + index
        self.optimizer.learning_rate = self.config.learning_rate_at(step, self.config.epochs * steps)
        self.optimizer.step()

    def _mean_over(self, examples: Examples) -> float:
        """Return the mean of the objective over held-out examples, a few batches of them at once."""
        examples.check()
        size = max(BATCHES_AT_ONCE * self.config.batch_size, NUMBERS_AT_ONCE // examples.one.shape[1])
        return float(torch.cat([self.score(piece) for piece in examples.pieces(size)]).mean())

    def _judge(self, sums: Tensor, epoch: int) -> None:
        """Raise where a batch could not be scored, or the objective of a step or a parameter is not finite."""
        if (step := self.train.first_misfit()) is not None:
            refuse_batch(self, step, epoch)
        lost = (~sums.isfinite()).nonzero()
        if len(lost) or self.broken() is not None:
            raise FloatingPointError(explain(self, int(lost[0]) if len(lost) else len(sums), epoch))

    def broken(self) -> tuple[str, float] | None:
        """Return name and value of what was finite when the run began and is not so now."""
        once = self.once_finite or {}
        return non_finite(
            (name, value) for name, value in floats_of(self.model).items() if once.get(name) == value.shape
        )

    def restart(self) -> None:
        """Go back to the start of the epoch that is running."""
        if self.start is not None:
            restore(self.start, self.model, self.optimizer, self.device)
