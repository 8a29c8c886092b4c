"""What trains in the page is the package's VAE: gradients, steps and log p(x) against torch's, without a browser."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from bookkit.digits import digits_vae
from tests.support import node
from tests.support.laws import assert_close
from tests.support.live import answered, images, settings
from vae_tutorial import diagnostics, evidence, objectives, training
from vae_tutorial.models import VAE, WithPrior

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 4.0)
BATCH = 100


def parameters(model: VAE) -> list[list[float]]:
    return [value.flatten().tolist() for value in model.parameters()]


def goal(model: VAE, x: Tensor, epsilon: Tensor, weight: float, noise: bool) -> Tensor:
    """Return what the page brings down, from the package's distributions."""
    normal = model.posterior(x).base_dist  # type: ignore[attr-defined]  # an Independent Normal
    z = normal.loc + (normal.scale * epsilon if noise else 0)
    rate = td.kl_divergence(normal, td.Normal(0.0, 1.0)).sum(1) if noise else 0.5 * normal.loc.square().sum(1)
    return -(model.likelihood(z).log_prob(x) - weight * rate).mean()


def points() -> Iterator[tuple[VAE, Tensor, Tensor, float, bool]]:
    """Yield 20 random points, two for each weight with and without noise."""
    train, _ = images()
    for seed in (1, 2):
        for noise in (True, False):
            for weight in WEIGHTS:
                model = digits_vae(seed, (64,)).double()
                with torch.no_grad():
                    for value in model.parameters():
                        value.add_(0.1 * torch.randn_like(value))
                        value.copy_(value.float())
                rows = torch.randperm(len(train))[:BATCH]
                yield model, train[rows], torch.randn(BATCH, 2).float().double(), weight, noise


def largest_difference(numerics: Path = node.NUMERICS) -> float:
    """Return the largest distance of the page's gradients from torch's, relative to their length, over all points."""
    tasks, expected = [], []
    for model, x, epsilon, weight, noise in points():
        goal(model, x, epsilon, weight, noise).backward()
        expected.append([value.grad if value.grad is not None else torch.zeros(()) for value in model.parameters()])
        task = {"kind": "gradient", "parameters": parameters(model), "settings": settings(weight, noise)}
        tasks.append(task | {"batch": x.flatten().tolist(), "epsilon": epsilon.flatten().tolist()})
    differences = []
    for page, torchs in zip(answered(tasks, numerics), expected, strict=True):
        for mine, theirs in zip(page, torchs, strict=True):
            distance = torch.tensor(mine, dtype=torch.float64) - theirs.flatten()
            differences.append(float(distance.norm() / theirs.norm()))
    assert len(differences) == 20 * 8
    return max(differences)


def test_gradients_are_torchs() -> None:
    assert largest_difference() < 1e-5


PLANTED = {
    "the KL's sign": ("trainer.js", "const share = klWeight / BATCH", "const share = -klWeight / BATCH"),
    "no noise in the gradient of σ": (
        "trainer.js",
        "dz[2 * row + k] * sigma * epsilon",
        "dz[2 * row + k] * sigma + 0 * epsilon",
    ),
    "the slope of tanh": ("network.js", "slopes[i] *= 1 - ", "slopes[i] *= 1 + "),
}


def planted(tmp_path: Path, file: str, right: str, wrong: str) -> Path:
    """Return a copy of the numerics with a fault in it."""
    copy = tmp_path / "js"
    shutil.copytree(node.EXPLORABLES / "js", copy)
    (copy / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    script = copy / "numerics" / file
    text = script.read_text(encoding="utf-8")
    assert text.count(right) == 1
    script.write_text(text.replace(right, wrong), encoding="utf-8")
    return copy / "numerics"


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_in_the_gradient_is_noticed(fault: str, tmp_path: Path) -> None:
    assert largest_difference(planted(tmp_path, *PLANTED[fault])) > 1e-3


def runs_of_fifty_steps(numerics: Path = node.NUMERICS) -> float:
    """Return how far apart, in nats, torch and the page end after 50 steps on the same batches and noise."""
    train, held_out = images()
    model = digits_vae(3, (64,))
    torch.manual_seed(0)
    batches = [train[torch.randperm(len(train))[:BATCH]].float() for _ in range(50)]
    epsilons = [torch.randn(BATCH, 2) for _ in batches]
    task = {"kind": "steps", "parameters": parameters(model), "settings": settings()}
    task |= {"batches": [x.flatten().tolist() for x in batches], "epsilons": [e.flatten().tolist() for e in epsilons]}
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for x, epsilon in zip(batches, epsilons, strict=True):
        optimiser.zero_grad()
        goal(model, x, epsilon, 1.0, True).backward()
        optimiser.step()
    other = digits_vae(3, (64,))
    with torch.no_grad():
        for value, mine in zip(other.parameters(), answered([task], numerics)[0], strict=True):
            value.copy_(torch.tensor(mine).view_as(value))
    elbos = [objectives.elbo_terms_by_quadrature(m.double(), held_out).elbo.mean() for m in (model, other)]
    return abs(float(elbos[0].detach() - elbos[1].detach()))


def test_fifty_steps_end_where_torchs_end(tmp_path: Path) -> None:
    assert runs_of_fifty_steps() < 1e-3
    wrong = planted(tmp_path, "network.js", "Math.sqrt(1 - BETA2 ** step)", "1")
    assert runs_of_fifty_steps(wrong) > 1e-2, "Adam without its second correction"


@functools.cache
def trained(weight: float, epochs: int) -> VAE:
    """Return the figure's VAE after some epochs of torch."""
    model = digits_vae(1, (64,))
    if epochs:
        config = training.TrainConfig(epochs=epochs, seed=1, learning_rate=5e-3, progress=False)
        goal = functools.partial(objectives.beta_elbo, beta=weight)
        training.fit(model, images()[0].float(), config, objective=goal)
    return model.double()


@pytest.mark.parametrize(("weight", "epochs"), [(1.0, 0), (1.0, 20), (1.0, 250), (4.0, 100), (0.0, 20), (0.0, 250)])
@pytest.mark.parametrize("prior", ["declared", "refitted"])
def test_what_is_measured_is_what_the_package_measures(weight: float, epochs: int, prior: str) -> None:
    train, held_out = images()
    plain = trained(weight, epochs)
    gaussian = diagnostics.refit_gaussian_prior(plain, train)
    model = WithPrior(plain, gaussian) if prior == "refitted" else plain
    placed = {"loc": gaussian.loc.tolist(), "scale": gaussian.scale_tril.flatten().tolist()}
    task = {"parameters": parameters(plain)}
    measured, refitted = answered([
        {"kind": "measure", **task} | ({"prior": placed} if prior == "refitted" else {}),
        {"kind": "refit", **task},
    ])  # fmt: skip
    terms = objectives.elbo_terms_by_quadrature(model, held_out, order=16)
    log_prob = evidence.quadrature(model, held_out, 1e-3).log_prob.mean()
    shown = {name: float(value) for name, value in measured.items()}
    assert abs(shown["logP"] - float(log_prob)) < 0.01
    assert abs(shown["rate"] - float(terms.kl.mean().detach())) < 1e-3
    assert abs(shown["reconstruction"] - float(terms.reconstruction.mean().detach())) < 0.02
    assert shown["elbo"] == pytest.approx(shown["reconstruction"] - shown["rate"])
    assert shown["elbo"] <= shown["logP"]
    assert_close(torch.tensor(refitted["loc"]).double(), gaussian.loc, "its mean", 1e-4)
    assert_close(torch.tensor(refitted["scale"]).double(), gaussian.scale_tril.flatten(), "its Cholesky factor", 1e-4)


def test_a_run_is_the_same_for_the_same_seed_and_its_memory_is_flat() -> None:
    counts = [0, 200, 600, 2600]
    run = {"kind": "train", "counts": counts, "settings": settings()}
    first, again, other = answered(
        [run | {"seed": 1}, run | {"seed": 1, "counts": counts[:2]}, run | {"seed": 2, "counts": counts[:2]}]
    )
    numbers = ("elbo", "logP", "reconstruction", "rate")
    assert [first[1][n] for n in numbers] == [again[1][n] for n in numbers]
    assert first[1]["elbo"] != other[1]["elbo"]
    assert first[0]["elbo"] + 10 < first[1]["elbo"], "it learns"
    assert all(row["elbo"] <= row["logP"] for row in first)
    assert first[3]["grown"] - first[2]["grown"] < 20
