"""Train a model: the one loop, and the only minus sign, of the package."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from vae_tutorial.checks import checked, is_finite, isolated_rng
from vae_tutorial.objectives import elbo, elbo_terms
from vae_tutorial.protocol import TrainableModel, check_observations, evaluation_mode
from vae_tutorial.training.adam import Adam
from vae_tutorial.training.checkpoint import State, capture, check_writable, load, put_back, restore, save, tensors_of
from vae_tutorial.training.config import History, TrainConfig

Objective = Callable[[Any, Tensor], Tensor]


def fit(
    model: TrainableModel,
    train: Tensor,
    config: TrainConfig,
    *,
    objective: Objective = elbo,
    validation: Tensor | None = None,
    callback: Callable[[int, Any], None] | None = None,
    checkpoint: str | Path | None = None,
) -> History:
    """Maximise the mean of ``objective`` over ``train`` by Adam, in place.

    The data stay in memory on the model's device, no step waits for the device, and the global random state is the
    same afterwards as before.  Validation and callback see a generator of their own, so that adding one does not
    change the training.

    Args:
        model: an ``nn.Module`` with the three methods; its parameters are changed.
        train: examples [N, D].
        config: the settings.
        objective: ``objective(model, x) -> [N]``, in nats, to be made large; for arguments use functools.partial.
        validation: examples [M, D], scored after every epoch with the same random numbers each time.
        callback: called as ``callback(epoch, model)`` after every epoch, counted from 1, without gradients.
        checkpoint: file that is rewritten after every epoch.  Where it exists already, the run goes on from it and
            ends bit for bit as if it had never stopped.

    Returns:
        History.

    Raises:
        ValueError, TypeError: bad data; an objective that does not return [N]; no parameter to train; patience
            without validation; a checkpoint that is damaged or belongs to another run.
        FloatingPointError: the objective was not finite; step and term are named, and the model is given back as it
            was before that epoch.
        OSError: the checkpoint cannot be written.

    References:
        Kingma and Ba (2015), Adam, https://arxiv.org/abs/1412.6980
    """
    check_observations(model, train, "train")
    if validation is not None:
        check_observations(model, validation, "validation")
    elif config.patience is not None:
        raise ValueError(f"patience is {config.patience}, but there is no validation set to watch: pass validation=…")
    run = _Run(model, train, config, objective, validation, callback)
    path = Path(checkpoint) if checkpoint is not None else None
    with isolated_rng(train.device):
        torch.manual_seed(config.seed)
        if path is not None:
            check_writable(path)
            if path.exists():
                run.resume(path, *load(path, config, train))
        remaining = range(len(run.history.train) + 1, config.epochs + 1)
        for epoch in tqdm(remaining, desc="epochs", disable=None if config.progress else True):
            if run.out_of_patience():
                break
            run.train_epoch(epoch)
            run.look(epoch)
            if path is not None:
                save(path, run.state(), config, run.history, train)
        run.keep_best()
    return run.history


class _Run:
    """One run of ``fit``: the model, its optimiser, and what has happened so far."""

    def __init__(
        self,
        model: Any,
        train: Tensor,
        config: TrainConfig,
        objective: Objective,
        validation: Tensor | None,
        callback: Callable[[int, Any], None] | None,
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
        self.model: Any = model
        self.train, self.config = train, config
        self.objective, self.validation, self.callback = objective, validation, callback
        self.optimizer = Adam(self.parameters, config.learning_rate)
        self.history = History()
        self.best: State = {}
        self.start: State = {}  # of the epoch that is running

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the shuffled training set."""
        self.start = capture(self.model, self.optimizer, self.train.device, into=self.start)
        sums = torch.stack([self._step(batch) for batch in self._batches()])
        if not sums.isfinite().all():
            step = int((~sums.isfinite()).nonzero()[0])
            raise FloatingPointError(self._explain(step, epoch))
        if self._broken_parameter() is not None:
            raise FloatingPointError(self._explain(len(sums), epoch))
        self.history.train.append(float(sums.sum() / len(self.train)))

    def look(self, epoch: int) -> None:
        """Score the validation set, remember the best parameters, and call back."""
        if self.validation is None and self.callback is None:
            return
        device = self.train.device
        with isolated_rng(device), torch.no_grad(), evaluation_mode(self.model):
            torch.manual_seed(self.config.seed)
            if self.validation is not None:
                with checked(self.model, self.validation):
                    score = float(self.objective(self.model, self.validation).mean())
                if math.isnan(score):
                    raise FloatingPointError(f"the mean of the objective over validation is nan after epoch {epoch}")
                self.history.validation.append(score)
                if self.config.patience is not None and self.history.best_epoch == epoch:
                    self.best = {f"best.{name}": value.clone() for name, value in tensors_of(self.model).items()}
            if self.callback is not None:
                self.callback(epoch, self.model)

    def out_of_patience(self) -> bool:
        """Tell whether the validation objective has not risen for too long."""
        best = self.history.best_epoch
        patience = self.config.patience
        return patience is not None and best is not None and len(self.history.validation) - best >= patience

    def keep_best(self) -> None:
        """Give the model the parameters of its best epoch, where the run watched for one."""
        if self.best:
            put_back({name.removeprefix("best."): value for name, value in self.best.items()}, self.model)

    def state(self) -> State:
        """Return all that a resumed run needs."""
        return capture(self.model, self.optimizer, self.train.device) | self.best

    def resume(self, path: Path, state: State, history: History) -> None:
        """Go on from a saved state."""
        if len(history.validation) != (len(history.train) if self.validation is not None else 0):
            with_or_without = "without" if self.validation is not None else "with"
            raise ValueError(f"checkpoint {path} was made {with_or_without} validation: call fit in the same way")
        try:
            restore(state, self.model, self.optimizer, self.train.device)
        except ValueError as error:
            raise ValueError(f"checkpoint {path} cannot be used: {error}") from error
        self.best = {name: value for name, value in state.items() if name.startswith("best.")}
        self.history = history

    def _batches(self) -> Iterator[Tensor]:
        order = torch.randperm(len(self.train), device=self.train.device)
        for rows in order.split(self.config.batch_size):
            yield self.train.index_select(0, rows)

    def _step(self, batch: Tensor) -> Tensor:
        """Make one step of Adam; return the sum of the objective over the batch."""
        with checked(self.model, batch):
            values = self.objective(self.model, batch)
        if not isinstance(values, Tensor) or values.shape != batch.shape[:1]:
            returned = f"shape {list(values.shape)}" if isinstance(values, Tensor) else f"a {type(values).__name__}"
            raise ValueError(
                f"objective returned {returned} for {len(batch)} examples: "
                f"it must return one number for each, [{len(batch)}], not their mean"
            )
        if not values.requires_grad:
            raise ValueError(
                "objective returned numbers without a gradient: it must not run under torch.no_grad(), "
                "as the estimators of evidence do"
            )
        self.optimizer.zero_grad()
        values.backward(torch.full_like(values, -1 / len(batch)))  # the gradient of the loss, −mean(values)
        self.optimizer.step()
        return values.detach().sum()

    def _explain(self, step: int, epoch: int) -> str:
        """Replay the epoch up to the bad step, say what was not finite there, and go back to the epoch's start."""
        device = self.train.device
        restore(self.start, self.model, self.optimizer, device)
        batches = self._batches()
        for _ in range(step):
            self._step(next(batches))
        broken = self._broken_parameter()
        cause = f"parameter {broken} is not finite, since the gradient of the step before was not"
        if broken is None:
            cause = self._cause(next(batches))
        restore(self.start, self.model, self.optimizer, device)
        return (
            f"the objective was not finite at step {step + 1} of epoch {epoch}: {cause}. "
            f"The model is as it was before epoch {epoch}, and so is its checkpoint, if there is one; "
            "lower learning_rate, and look for logarithms of probabilities that should be logits"
        )

    def _broken_parameter(self) -> str | None:
        return next((name for name, value in tensors_of(self.model).items() if not is_finite(value)), None)

    def _cause(self, batch: Tensor) -> str:
        with torch.no_grad(), checked(self.model, batch):
            terms = elbo_terms(self.model, batch)
        parts = {"E_q[log p(x|z)]": terms.reconstruction, "KL(q(z|x) ‖ p(z))": terms.kl}
        broken = []
        for name, values in parts.items():
            bad = values[~values.isfinite()]
            if len(bad):
                broken.append(f"{name} is {bad[0].item()} for {len(bad)} of {len(batch)} examples")
        return (
            " and ".join(broken) or "both terms of the ELBO are finite there, so the fault is in the objective itself"
        )
