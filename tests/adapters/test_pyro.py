"""A pair of Pyro, wrapped: log p(x) is the closed form's, the ELBO Pyro's own, and what changes log p(x) is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.laws import refused
from tests.support.narrowing import present
from vae_tutorial import adapters, evidence, objectives
from vae_tutorial.models import LinearGaussian

pyro = pytest.importorskip("pyro")
pytestmark = pytest.mark.usefixtures("double_precision")
N, PIXELS, LATENT = 6, 5, 2


def pair(exact: LinearGaussian, *, more: Callable[[], Any] = lambda: None) -> tuple[Any, Any]:
    """Write a linear-Gaussian model for Pyro, and its true posterior, a little too wide, as the guide."""
    dist = pyro.distributions

    def model(x: Tensor) -> None:
        more()
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(x.new_zeros(len(x), LATENT), 1.0).to_event(1))
            p = exact.likelihood(z)
            pyro.sample("x", dist.Normal(p.mean, p.stddev).to_event(1), obs=x)

    def guide(x: Tensor) -> None:
        q = exact.posterior(x)
        with pyro.plate("images", len(x)):
            pyro.sample("z", dist.Normal(q.mean, 1.2 * q.stddev).to_event(1))

    return model, guide


@pytest.fixture
def exact() -> LinearGaussian:
    torch.manual_seed(0)
    return LinearGaussian(torch.randn(PIXELS, LATENT), torch.randn(PIXELS), 0.7)


@pytest.fixture
def x(exact: LinearGaussian) -> Tensor:
    return exact.likelihood(torch.randn(N, LATENT)).sample()


@torch.no_grad()
def test_log_p_x_is_that_of_the_closed_form(exact: LinearGaussian, x: Tensor) -> None:
    wrapped = adapters.from_pyro(*pair(exact), x)
    found = evidence.importance_sampling(wrapped, x, 4000)
    assert ((found.log_prob - exact.log_prob(x)).abs() < 5 * present(found.standard_error)).all()
    assert set(found.verdict) == {"trust"}
    assert "trust 6" in found.report()
    assert (evidence.quadrature(wrapped, x).log_prob - exact.log_prob(x)).abs().max() < 1e-6


@torch.no_grad()
def test_the_bound_is_that_of_pyro(exact: LinearGaussian, x: Tensor) -> None:
    model, guide = pair(exact)
    own = -pyro.infer.Trace_ELBO(num_particles=300).loss(model, guide, x) / N
    ours = objectives.elbo(adapters.from_pyro(model, guide, x), x, num_samples=4000)
    assert abs(own - float(ours.mean())) < 0.15


def test_what_changes_log_p_x_is_refused(exact: LinearGaussian, x: Tensor) -> None:
    dist, (model, guide) = pyro.distributions, pair(exact)
    another = pair(exact, more=lambda: pyro.sample("weight", dist.Normal(0.0, 1.0)))[0]
    with refused("random sites", "'weight'", "gather"):
        adapters.from_pyro(another, guide, x)
    with refused("scaled"):
        adapters.from_pyro(pyro.poutine.scale(model, 0.5), guide, x)
    with refused(r"batch \[6, 2\]", r"event \[\]", "to_event"):
        adapters.from_pyro(model, lambda x: pyro.sample("z", dist.Normal(torch.zeros(len(x), 2), 1.0)), x)
    with refused("latent="):
        adapters.from_pyro(model, guide, x, latent="code")


def test_a_prior_that_knows_x_is_refused(exact: LinearGaussian, x: Tensor) -> None:
    dist = pyro.distributions

    def model(x: Tensor) -> None:
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(x[:, :LATENT], 1.0).to_event(1))
            pyro.sample("x", dist.Normal(exact.likelihood(z).mean, 0.7).to_event(1), obs=x)

    with refused("differs between examples"):
        adapters.from_pyro(model, pair(exact)[1], x)


def test_a_network_that_a_function_closes_over_is_held_in_eval(exact: LinearGaussian, x: Tensor) -> None:
    dropout, (model, guide) = torch.nn.Dropout(0.9), pair(exact)
    modes = []

    def with_dropout(x: Tensor) -> None:
        modes.append(dropout.training)
        model(x)

    wrapped = adapters.from_pyro(with_dropout, guide, x)
    modes.clear()
    evidence.importance_sampling(wrapped, x, 10)
    assert modes
    assert not any(modes)


def test_a_prior_of_another_kind_is_refused(exact: LinearGaussian, x: Tensor) -> None:
    dist = pyro.distributions

    def model(x: Tensor) -> None:
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Laplace(x.new_zeros(len(x), LATENT), 1.0).to_event(1))
            pyro.sample("x", dist.Normal(exact.likelihood(z).mean, 0.7).to_event(1), obs=x)

    with pytest.raises(TypeError, match="Laplace"):
        adapters.from_pyro(model, pair(exact)[1], x)
