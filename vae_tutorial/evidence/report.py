"""Put an estimate of log p(x) into words: the number, its error, how far to believe it, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from vae_tutorial.evidence import verdict
from vae_tutorial.evidence.verdict import Verdict

if TYPE_CHECKING:
    from vae_tutorial.evidence.estimate import EvidenceEstimate

MOST_EXAMPLES = 5  # that are named one by one
ORDER: tuple[Verdict, ...] = ("trust", "doubt", "refuse")
HEAVY = (
    "The weights of {n} have a heavy tail (k̂ of about ⅓ or more), which more draws mend slowly or not at all: take "
    "another proposal, such as the mixture proposal=[q, tempered(q, 4), model.prior()] with q = model.posterior(x), or "
    "annealed_importance_sampling."
)
UNCOVERED = (
    "No draw comes from the prior, so nothing here would show a part of the posterior that the proposal misses: add a "
    "member, proposal=[q, model.prior()], or compare with annealed_importance_sampling."
)
FEW = "Take more than {k} draws: the verdict trust asks for {least}."
INEFFECTIVE = "{n} of light tail have fewer than {least} effective samples: take about {times} times as many draws."
FROM_ABOVE = "An upper bound is judged by its distance to the lower one, on x that the model made: use bracket(model)."
BLIND = (
    "Draws that miss a part of the posterior show no sign of it: bracket(model) tells whether this setting suffices, "
    "on x of the model's own."
)
INEXACT = "The reported error of {n} is above {small} nats: let the estimator spend more, or take one that samples."
EXACT = "Nothing: the value is exact to within its error."


def of_estimate(estimate: EvidenceEstimate) -> str:
    """Return the report, a sentence or two for each of five questions."""
    verdicts = estimate.verdict
    lines = [
        f"Mean of log p(x) over {_examples(len(verdicts))}: {estimate.log_prob.mean():.3f} nats, {_source(estimate)}.",
        f"Error of the mean: {_error_of_mean(estimate)}.",
        f"Verdict: {counted(verdicts)}{_extremes(estimate)}.",
        f"Worst: {'; '.join(_one(estimate, n, verdicts[n]) for n in worst(estimate, verdicts))}.",
        f"Next: {' '.join(advice(estimate, verdicts))}",
    ]
    return "\n".join(lines)


def in_short(estimate: EvidenceEstimate) -> str:
    """Return size, mean, error, kind and verdicts in a line."""
    mean = f"mean {float(estimate.log_prob.mean()):.3f}"
    if estimate.standard_error_of_mean is not None:
        mean += f" ± {_rounded(estimate.standard_error_of_mean)}"
    parts = [_examples(len(estimate.log_prob)), f"{mean} nats", estimate.kind]
    if estimate.pareto_k is not None or estimate.numerical_error is not None:
        parts.append(counted(estimate.verdict))
    return ", ".join(parts)


def counted(verdicts: Sequence[Verdict]) -> str:
    """Return how many examples have which verdict."""
    return ", ".join(f"{word} {verdicts.count(word)}" for word in ORDER if word in verdicts)


def worst(estimate: EvidenceEstimate, verdicts: Sequence[Verdict]) -> list[int]:
    """Return the indices of at most five examples: the worst verdict first, then the largest stated error."""
    errors = _stated_error(estimate).tolist()
    order = sorted(range(len(verdicts)), key=lambda n: (ORDER.index(verdicts[n]), errors[n]), reverse=True)
    return order[:MOST_EXAMPLES]


def advice(estimate: EvidenceEstimate, verdicts: Sequence[Verdict]) -> list[str]:
    """Return what to do next, one sentence for each thing that is wrong, and one for what no verdict knows."""
    poor = [n for n, word in enumerate(verdicts) if word != "trust"]
    if estimate.pareto_k is None or estimate.effective_sample_size is None or estimate.num_samples is None:
        return [INEXACT.format(n=_examples(len(poor)), small=verdict.SMALL_ERROR) if poor else EXACT]
    if estimate.kind == "stochastic upper bound":
        return [FROM_ABOVE]
    found = []
    if estimate.num_samples < verdict.LEAST_SAMPLES:
        found.append(FEW.format(k=estimate.num_samples, least=verdict.LEAST_SAMPLES))
    elif not estimate.covers_prior:
        found.append(UNCOVERED)
    heavy = verdict.heavy_tails(estimate.pareto_k, estimate.num_samples)
    few = (estimate.effective_sample_size < verdict.LEAST_EFFECTIVE) & ~heavy
    if heavy.any():
        found.append(HEAVY.format(n=_examples(int(heavy.sum()))))
    if few.any() and estimate.num_samples >= verdict.LEAST_SAMPLES:
        times = math.ceil(verdict.LEAST_EFFECTIVE / max(float(estimate.effective_sample_size[few].min()), 1))
        found.append(INEFFECTIVE.format(n=_examples(int(few.sum())), least=verdict.LEAST_EFFECTIVE, times=times))
    return [*found, BLIND]


def _source(estimate: EvidenceEstimate) -> str:
    if estimate.num_samples is None:
        return estimate.kind
    return f"a {estimate.kind} from {estimate.num_samples} draws for each"


def _error_of_mean(estimate: EvidenceEstimate) -> str:
    n = len(estimate.log_prob)
    if estimate.standard_error_of_mean is not None:
        how = "draws, which examples share" if estimate.shared_draws else "draws"
        parts = [f"± {_rounded(estimate.standard_error_of_mean)} nats from the {how}"]
    else:
        parts = [f"at most {_rounded(_stated_error(estimate).mean())} nats of computing"]
    if n > 1:
        parts.append(f"± {_rounded(estimate.log_prob.std() / math.sqrt(n))} nats from the choice of examples")
    return ", and ".join(parts)


def _extremes(estimate: EvidenceEstimate) -> str:
    if estimate.pareto_k is None or estimate.effective_sample_size is None:
        return ""
    return (
        f" (k̂ up to {estimate.pareto_k.max():.2f}, effective samples from {estimate.effective_sample_size.min():.0f})"
    )


def _one(estimate: EvidenceEstimate, n: int, word: Verdict) -> str:
    said: list[str] = [word]
    if estimate.pareto_k is not None and estimate.effective_sample_size is not None:
        said += [f"k̂ {estimate.pareto_k[n]:.2f}", f"{estimate.effective_sample_size[n]:.0f} effective samples"]
    said.append(f"± {_rounded(_stated_error(estimate)[n])}")
    return f"example {n}, {float(estimate.log_prob[n]):.2f} nats ({', '.join(said)})"


def _stated_error(estimate: EvidenceEstimate) -> Tensor:
    error = estimate.numerical_error if estimate.standard_error is None else estimate.standard_error
    assert error is not None, "every estimator states one of the two"
    return error


def _examples(n: int) -> str:
    return f"{n} example{'' if n == 1 else 's'}"


def _rounded(error: Tensor) -> str:
    """Return an error to two digits, and not in powers of ten where it is of ordinary size."""
    value = float(error)
    return f"{value:.1e}" if 0 < value < 1e-3 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
