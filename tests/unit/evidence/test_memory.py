"""Memory of a measurement: flat in N and in K, also where a network's layers are far larger than its output."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, refused
from vae_tutorial import diagnostics, evidence, inference
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, StandardNormal, WithPosterior
from vae_tutorial.numerics import chunks
from vae_tutorial.posteriors import DiagonalGaussian, FullGaussian
from vae_tutorial.protocol.in_pieces import encode

PIXELS = 64


class Counted(nn.Module):
    """Count the rows that go through at once."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.all = 0

    def forward(self, input: Tensor) -> Tensor:
        self.most, self.all = max(self.most, len(input)), self.all + len(input)
        return input


def wide() -> VAE:
    """Return convolutional nets on 8 × 8 images, whose layers are 32 times as large as an image."""
    decoder = nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 32, 3, padding=1), nn.ReLU())
    encoder = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Flatten())
    decoder.append(nn.Conv2d(32, 1, 3, padding=1))
    encoder.append(nn.Linear(32 * PIXELS, 4))
    return VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2))


def small() -> VAE:
    """Return linear nets that count what goes through at once."""
    decoder, encoder = nn.Sequential(Counted(), nn.Linear(2, PIXELS)), nn.Sequential(Counted(), nn.Linear(PIXELS, 4))
    return VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2))


def gaps(model: Any, x: Tensor, k: int) -> Any:
    q = td.Independent(td.Normal(torch.zeros(len(x), 2), torch.ones(len(x), 2)), 1)
    return diagnostics.inference_gaps(model, x, torch.zeros(len(x)), q, k)


MEASURES: dict[str, Callable[[Any, Tensor, int], Any]] = {
    "prior_monte_carlo": evidence.prior_monte_carlo,
    "importance_sampling": evidence.importance_sampling,
    "importance_sampling, one proposal": lambda m, x, k: evidence.importance_sampling(m, x, k, m.prior()),
    "annealed_importance_sampling": lambda m, x, k: evidence.annealed_importance_sampling(m, x, k, 2, 1),
    "kl_to_posterior": lambda m, x, k: inference.kl_to_posterior(m, x, num_points=30, order=6),
    "fit_posterior": lambda m, x, k: inference.fit_posterior(m, x, num_steps=1, num_samples=k),
    "rate_per_dimension": lambda m, x, k: diagnostics.rate_per_dimension(m, x),
    "active_units": lambda m, x, k: diagnostics.active_units(m, x),
    "rate_decomposition": lambda m, x, k: diagnostics.rate_decomposition(m, x, 1),
    "refit_gaussian_prior": lambda m, x, k: diagnostics.refit_gaussian_prior(m, x),
    "inference_gaps": gaps,
}


@pytest.mark.parametrize("measure", MEASURES)
def test_no_network_is_given_more_rows_than_fit(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_ROWS", 50)
    monkeypatch.setattr(chunks, "ENCODED_ROWS", 40)
    monkeypatch.setattr(chunks, "ELEMENTS", 50 * PIXELS)
    model = small()
    x = torch.randint(0, 2, (130, PIXELS)).float()
    for k in (3, 70):
        MEASURES[measure](model, x, k)
    (encoder,), (decoder,) = (
        [layer for layer in part.modules() if isinstance(layer, Counted)] for part in (model.encoder, model.decoder)
    )
    assert encoder.most <= 40, "through the encoder at once"
    limit = 70 if measure == "fit_posterior" else 50  # one example and all of its samples are the smallest piece
    assert decoder.most <= limit, "through the decoder at once"
    assert encoder.all in (0, 2 * 130, 4 * 130), "each x is encoded once: for the grid's range, and for q"


@pytest.mark.parametrize("measure", MEASURES)
def test_pieces_leave_no_trace_in_the_numbers(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = small().double(), torch.randint(0, 2, (40, PIXELS)).double()
    torch.set_default_dtype(torch.float64)
    try:
        results = []
        for rows in (10**6, 7):
            monkeypatch.setattr(chunks, "MOST_ROWS", rows)
            monkeypatch.setattr(chunks, "ENCODED_ROWS", rows)
            torch.manual_seed(1)
            results.append(numbers(MEASURES[measure](model, x, 20)))
        assert_close(results[1], results[0], f"{measure}: pieces of 7 rows and the whole", 1e-9)
    finally:
        torch.set_default_dtype(torch.float32)


def numbers(result: Any) -> Tensor:
    """Return the first number of each kind that a measure returns."""
    if isinstance(result, td.Distribution):
        return torch.cat([result.mean.flatten(), result.variance.flatten()])
    if isinstance(result, Tensor):
        return result.double()
    return torch.cat(
        [torch.as_tensor(v).double().flatten() for v in vars(result).values() if not isinstance(v, str | None)]
    )


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("kind", ["diagonal", "full", "categorical"])
def test_pieces_of_q_are_joined_as_if_encoded_together(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "ENCODED_ROWS", 4)
    model, x = zoo.make({"full": "full posterior", "categorical": "categories"}.get(kind, "Bernoulli, d = 2"), 11)
    prior, whole = model.prior(), model.posterior(x)
    q = encode(model, x, prior)
    z = prior.sample((11,))
    assert type(q) is type(whole)
    assert_close(q.log_prob(z).detach(), whole.log_prob(z).detach(), kind)
    tied = WithPosterior(model, whole)
    assert encode(tied, x, prior) is whole, "a q that is tied to its rows is asked for all at once"
    with refused("fitted to", r"\[11\]"):
        encode(tied, x[:7], prior)


def test_a_wrong_encoder_is_told_by_the_whole_batch() -> None:
    model = VAE(FullGaussian(nn.Linear(PIXELS, 4)), small().decoder, prior=StandardNormal(2))
    with refused("4 numbers per example"):
        encode(model, torch.zeros(600, PIXELS), model.prior())


@pytest.mark.parametrize(("k", "n", "rows"), [(3, 5, 4), (1, 5, 2), (9, 2, 4), (4, 4, 100), (5, 3, 5), (7, 1, 3)])
def test_pieces_cover_every_entry_once(k: int, n: int, rows: int) -> None:
    seen = torch.zeros(k, n)
    for samples, examples in chunks.pieces(k, n, rows):
        seen[samples, examples] += 1
        assert seen[samples, examples].numel() <= rows
    assert (seen == 1).all()


GROWTH = """
import resource, sys, torch
sys.path[:0] = {path!r}
import tests.unit.evidence.test_memory as law
torch.set_num_threads(1)
torch.manual_seed(0)
law.chunks.MOST_ROWS, law.chunks.ENCODED_ROWS = 256, 64
model, measure = law.wide(), law.MEASURES[{measure!r}]

def peak(n, k):
    measure(model, torch.randint(0, 2, (n, law.PIXELS)).float(), k)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

few = peak(60, 10)
print(few, peak(600, 10) - few, peak(60, 100) - few)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read as Linux counts it")
@pytest.mark.parametrize("measure", ["importance_sampling", "annealed_importance_sampling", "inference_gaps"])
def test_ten_times_the_examples_or_samples_take_hardly_more_memory(measure: str) -> None:
    command = [sys.executable, "-c", GROWTH.format(path=sys.path, measure=measure)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    few, of_examples, of_samples = map(float, done.stdout.split())
    # All 6000 rows at once would take 49 MB in each of the decoder's two large layers, and as much for their gradients.
    assert of_examples < 40, f"{measure}: {few:.0f} MiB, and {of_examples:.0f} more for ten times the examples"
    assert of_samples < 40, f"{measure}: {few:.0f} MiB, and {of_samples:.0f} more for ten times the samples"
