"""Say what went wrong in a step: a gradient, a parameter, a term of the bound, or a batch that is too small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from vae_tutorial.checks import checked, is_finite
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.objectives import elbo_terms
from vae_tutorial.protocol import check_observations, likelihood_of, posterior_of, prior_of

if TYPE_CHECKING:
    from vae_tutorial.training.loop import Run


def non_finite(named: Iterable[tuple[str, Tensor | None]]) -> tuple[str, float] | None:
    """Return name and value of the first number that is not finite, or None."""
    for name, value in named:
        if value is not None and not is_finite(value):
            return name, float(value.detach()[~value.isfinite()][0])
    return None


def floats_of(model: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and the buffers that a gradient can reach, by name: those of a state_dict, if real."""
    state = model.state_dict()
    return {name: value for name, value in state.items() if isinstance(value, Tensor) and value.is_floating_point()}


def gradients_of(model: nn.Module) -> Iterable[tuple[str, Tensor | None]]:
    """Yield the gradient of each parameter, by name."""
    return ((name, parameter.grad) for name, parameter in model.named_parameters())


def terms_that_are_not_finite(model: Any, batch: Tensor) -> str:
    """Say which term of the ELBO is not finite on a batch, and for how many examples."""
    with torch.no_grad(), checked(model, batch):
        try:
            terms = elbo_terms(model, batch)
        except ValueError as error:  # a distribution of one's own that torch refuses
            return f"the ELBO cannot be computed there ({str(error).splitlines()[0]})"
    parts = {"E_q[log p(x|z)]": terms.reconstruction, "KL(q(z|x) ‖ p(z))": terms.kl}
    broken = []
    for name, values in parts.items():
        bad = values[~values.isfinite()]
        if len(bad):
            broken.append(f"{name} is {bad[0].item()} for {len(bad)} of {len(batch)} examples")
    return " and ".join(broken) or "both terms of the ELBO are finite there, so the fault is in the objective itself"


@torch.no_grad()
def check_smallest_batch(model: Any, one: Tensor, num_examples: int, batch_size: int) -> None:
    """Raise where the last batch of an epoch holds one example, and a net normalises over its batch.

    The nets are asked: encoder and decoder get one row, and give their statistics and the random state back.
    """
    if (num_examples - 1) % batch_size:
        return
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        with isolated_rng(one.device):
            likelihood_of(model, posterior_of(model, one, prior_of(model)).sample())
    except ValueError as error:
        if "more than 1 value per channel" in str(error):  # torch's words; a test notices if they change
            raise ValueError(
                f"a net of {type(model).__name__} normalises over its batch and needs two examples at least, but with "
                f"batch_size {batch_size} the last batch of the {num_examples} examples of train holds one: choose "
                "another batch_size, or leave an example out"
            ) from error
    finally:
        for buffer, value in buffers:
            buffer.copy_(value)


def explain(run: Run, step: int, epoch: int) -> str:
    """Replay an epoch up to its bad step, counted from 0, say what was not finite there, and go back to its start."""
    run.restart()
    cause = _replay(run, step, epoch)
    run.restart()
    return (
        f"{cause}. The model is as it was before epoch {epoch}, and so is its checkpoint, if there is one; "
        "lower learning_rate, and look for logarithms of probabilities that should be logits"
    )


def _replay(run: Run, last: int, epoch: int) -> str:
    """Make the steps before ``last`` again, and look closely at each."""
    where = f"the objective was not finite at step {last + 1} of epoch {epoch}"
    for index, batch in enumerate(run.batches()):
        if index == last:
            trained = ((name, value) for name, value in run.model.named_parameters() if value.requires_grad)
            if (never := non_finite(trained)) is not None:
                return f"{where}: parameter {never[0]} holds {never[1]}, as it did before training"
            return f"{where}: {terms_that_are_not_finite(run.model, batch)}"
        run.differentiate(run.score(batch))
        if (lost := non_finite(gradients_of(run.model))) is not None:
            return (
                f"the gradient of the objective was not finite at step {index + 1} of epoch {epoch}, though the "
                f"objective was: with respect to {lost[0]} it holds {lost[1]}, as that of a square root or a norm at 0 "
                "does, and that of torch.where where the other branch overflows"
            )
        run.move(epoch, index)
        if (lost := run.broken()) is not None:
            parameter = lost[0] in dict(run.model.named_parameters())
            kind, cause = ("parameter", "the step was too long") if parameter else ("buffer", "a net overflowed there")
            return (
                f"{kind} {lost[0]} holds {lost[1]} after step {index + 1} of epoch {epoch}, though the objective and "
                f"its gradient were finite: {cause}"
            )
    return f"a parameter was not finite at the end of epoch {epoch}, but was so when the epoch was replayed"


def refuse_batch(run: Run, step: int, epoch: int) -> None:
    """Replay an epoch up to a batch that the model cannot score, and raise ValueError with what is in it."""
    run.restart()
    try:
        for index, batch in enumerate(run.batches()):
            if index == step:
                check_observations(run.model, batch, run.train.name)
            run.step(batch, epoch, index)
    except ValueError as error:
        raise ValueError(
            f"{error} (step {step + 1} of epoch {epoch}; the model is as it was before that epoch)"
        ) from error
    finally:
        run.restart()
    raise ValueError(f"{run.train.name} made a batch outside the support of p(x|z) in epoch {epoch}")
