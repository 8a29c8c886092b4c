"""Three methods are all that is needed, and a wrong return of one of them is named at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.distributions as td
import zoo
from laws import random_state_kept, refused
from torch import Tensor, nn

from vae_tutorial import checks, protocol
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE
from vae_tutorial.posteriors import DiagonalGaussian

pytestmark = pytest.mark.usefixtures("double_precision")


def normal(*shape: int) -> td.Distribution:
    return td.Independent(td.Normal(torch.zeros(shape), torch.ones(shape)), 1)


class Wrong(nn.Module):
    """Stand for a user's module of which one method returns something else."""

    def __init__(self, method: str, returned: Any) -> None:
        super().__init__()
        right = zoo.Plain()
        self.prior, self.likelihood, self.posterior = right.prior, right.likelihood, right.posterior
        self.parameter = nn.Parameter(torch.zeros(1))
        setattr(self, method, lambda *_: returned)


WRONG_RETURNS = {
    "prior is a tensor": ("prior", torch.zeros(2), (r"prior\(\)", "Tensor", "must return a torch Distribution")),
    "prior has a batch": ("prior", normal(1, 2), (r"prior\(\)", r"batch \[1\]", r"must return batch \[\]")),
    "prior over single numbers": (
        "prior",
        td.Normal(torch.zeros(2), torch.ones(2)),
        (r"prior\(\)", r"batch \[2\] and event \[\]", "Independent"),
    ),
    "likelihood is a tensor": ("likelihood", torch.zeros(1, 5), (r"likelihood\(z\)", "Tensor", "must return a torch")),
    "likelihood of one batch": ("likelihood", normal(7, 5), (r"likelihood\(z\) for z \[\d+, 2\]", r"batch \[7\]")),
    "likelihood over single pixels": (
        "likelihood",
        td.Normal(torch.zeros(1, 5), torch.ones(1, 5)),
        (r"likelihood\(z\)", r"event \[\]", "Independent"),
    ),
    "posterior is a pair": ("posterior", (torch.zeros(6, 2), torch.ones(6, 2)), (r"posterior\(x\)", "tuple")),
    "posterior has no batch": (
        "posterior",
        normal(2),
        (r"posterior\(x\) for x \[6, 5\]", r"batch \[\]", r"batch \[6\]"),
    ),
    "posterior of another z": (
        "posterior",
        normal(6, 3),
        (r"posterior\(x\)", r"event \[3\]", r"prior has event \[2\]"),
    ),
}
NEEDS_NO_POSTERIOR = {"prior_monte_carlo", "enumeration", "annealed_importance_sampling"}


@pytest.mark.parametrize("call", [call for call in zoo.CALLS if call != "fit, validation"])
@pytest.mark.parametrize("wrong", WRONG_RETURNS)
def test_a_wrong_return_is_refused_by_name(wrong: str, call: str) -> None:
    method, returned, fragments = WRONG_RETURNS[wrong]
    if method == "posterior" and call in NEEDS_NO_POSTERIOR:
        pytest.skip("this function does not ask for the posterior")
    x = zoo.make("plain class")[1]
    model = Wrong(method, returned)
    if call == "fit" and method == "posterior":
        fragments = (r"posterior\(x\)",)  # its first batch has another size
    with refused(*fragments):
        zoo.CALLS[call](model, x)


@pytest.mark.parametrize("call", [call for call in zoo.CALLS if call != "enumeration"])
@pytest.mark.parametrize("name", ["plain class", "convolutional"])
def test_a_class_of_ones_own_works_everywhere(name: str, call: str) -> None:
    model, x = zoo.make(name)
    if name == "plain class" and call in ("fit", "fit, validation"):
        with refused("model", "Plain", "nn.Module"):
            zoo.CALLS[call](model, x)
    else:
        assert zoo.CALLS[call](model, x) is not None


NEEDS_DENSITY = {"quadrature", "annealed_importance_sampling", "grid_posterior", "kl_to_posterior"}
NEEDS_GAUSSIAN = {
    "elbo_terms_by_quadrature",
    "sticking_the_landing_elbo",
    "iwae_bound, doubly reparameterized",
    "fit_posterior",
    "rate_per_dimension",
    "refit_gaussian_prior",
}


@torch.no_grad()
@pytest.mark.parametrize("call", [call for call in zoo.CALLS if not call.startswith("fit")])
@pytest.mark.parametrize("name", zoo.DISCRETE)
def test_a_discrete_z_works_or_is_refused_by_what_needs_a_density(name: str, call: str) -> None:
    model, x = zoo.make(name)
    if call in NEEDS_DENSITY:
        with refused("continuous|latent dimension|at most 2 dimensions", "OneHotCategorical|got 3|\\^3"):
            zoo.CALLS[call](model, x)
    elif call in NEEDS_GAUSSIAN:
        with refused("Gaussian|Independent\\(Normal, 1\\)", "OneHotCategorical"):
            zoo.CALLS[call](model, x)
    else:
        assert zoo.CALLS[call](model, x) is not None


def test_a_class_with_the_three_methods_is_a_model() -> None:
    assert all(isinstance(build(), protocol.LatentVariableModel) for build in zoo.ALL.values())
    assert not isinstance(nn.Linear(2, 2), protocol.LatentVariableModel)


def batch_normed() -> VAE:
    encoder = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4))
    decoder = nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.5))
    model = VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=zoo.StandardNormal(2))
    model.encoder.eval()  # as in fine-tuning: a part of it is held fixed
    return model


def test_the_check_of_the_data_leaves_the_model_and_the_random_state_alone() -> None:
    model = batch_normed()
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with random_state_kept():
        protocol.check_observations(model, torch.ones(3, 6))
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_mode_is_given_back_after_an_error_too() -> None:
    model = batch_normed()
    with refused("0.5"):
        protocol.check_observations(model, torch.full((3, 6), 0.5))
    model.decoder.net.append(nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        protocol.check_observations(model, torch.ones(3, 6))
    assert model.decoder.training
    assert not model.encoder.training


def test_only_a_trusted_block_skips_the_numbers() -> None:
    model, x = zoo.make("plain class")
    grey = torch.full_like(x, 0.5)
    with checks.trusted():
        assert checks.is_trusted()
        protocol.check_observations(model, grey)
    with refused("0.5"), checks.trusted():
        raise ValueError("0.5")
    assert not checks.is_trusted()
    with refused("0.5"):
        protocol.check_observations(model, grey)


@pytest.mark.parametrize("name", zoo.ALL)
def test_shapes_follow_the_contract(name: str) -> None:
    model, x = zoo.make(name)
    prior = protocol.prior_of(model)
    q = protocol.posterior_of(model, x, prior)
    z: Tensor = prior.sample((4,))
    likelihood = protocol.likelihood_of(model, z)
    assert (prior.batch_shape, q.batch_shape, likelihood.batch_shape) == ((), (6,), (4,))
    assert q.event_shape == prior.event_shape == z.shape[1:]
    assert likelihood.event_shape == x.shape[1:]
