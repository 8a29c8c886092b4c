"""Three methods are all that is needed, and a wrong return of one of them is named at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import random_state_kept, refused
from tests.support.narrowing import as_a, present
from vae_tutorial import checks, evidence, objectives, protocol
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, LinearGaussian, StandardNormal, WithPosterior, WithPrior
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
    model = VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2))
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
    as_a(nn.Sequential, model.decoder.net).append(nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        protocol.check_observations(model, torch.ones(3, 6))
    assert model.decoder.training
    assert not model.encoder.training


def test_only_the_tensor_that_was_checked_skips_the_numbers() -> None:
    model, x = zoo.make("plain class")
    grey = torch.full_like(x, 0.5)
    with checks.checked(model, grey):
        protocol.check_observations(model, grey)
        with refused("0.5"):
            protocol.check_observations(model, grey.clone())
    with refused("0.5"), checks.trusted(model, grey.clone()):
        protocol.check_observations(model, grey)
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


def encoder_with_statistics() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 4))


def decoder_with_statistics() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 6))


class Holding:
    """Stand for README's own class: no module itself, with networks that `hold` packs as a user might."""

    def __init__(self, hold: Callable[[nn.Module], Any], call: Callable[[Any, Tensor], Tensor]) -> None:
        self.encoder, self.decoder, self.call = hold(encoder_with_statistics()), hold(decoder_with_statistics()), call

    def prior(self) -> td.Distribution:
        return normal(2)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Bernoulli(logits=self.call(self.decoder, z)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        loc, log_scale = self.call(self.encoder, x).chunk(2, -1)
        return td.Independent(td.Normal(loc, log_scale.exp()), 1)


class Slotted:
    __slots__ = ("net",)

    def __init__(self, net: nn.Module) -> None:
        self.net = net


GLOBAL_ENCODER, GLOBAL_DECODER = encoder_with_statistics(), decoder_with_statistics()


def decoded_by_a_global(z: Tensor) -> Tensor:
    return GLOBAL_DECODER.to(z.dtype)(z)


class OfGlobals:
    """Stand for a class in a notebook, whose networks are names of the notebook."""

    def prior(self) -> td.Distribution:
        return normal(2)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Bernoulli(logits=decoded_by_a_global(z)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        loc, log_scale = GLOBAL_ENCODER.to(x.dtype)(x).chunk(2, -1)
        return td.Independent(td.Normal(loc, log_scale.exp()), 1)


def direct(net: Any, value: Tensor) -> Tensor:
    return net(value)


def of_module() -> VAE:
    decoder = Bernoulli(decoder_with_statistics())
    return VAE(DiagonalGaussian(encoder_with_statistics()), decoder, prior=StandardNormal(2))


class Closed(Holding):
    """Keep the networks in closures only."""

    def __init__(self) -> None:
        encoder, decoder = encoder_with_statistics(), decoder_with_statistics()
        self.encoder, self.decoder, self.call = (lambda x: encoder(x)), (lambda z: decoder(z)), direct


HOLDERS: dict[str, Callable[[], Any]] = {
    "an attribute": lambda: Holding(lambda net: net, direct),
    "a list": lambda: Holding(lambda net: [net], lambda held, value: held[0](value)),
    "a dict of tuples": lambda: Holding(lambda net: {"net": (net,)}, lambda held, value: held["net"][0](value)),
    "a bound method": lambda: Holding(lambda net: net.forward, direct),
    "a partial": lambda: Holding(lambda net: functools.partial(direct, net), direct),
    "slots of another object": lambda: Holding(Slotted, lambda held, value: held.net(value)),
    "a closure": Closed,
    "globals": OfGlobals,
    "a module": of_module,
    "WithPrior of a module": lambda: WithPrior(of_module(), normal(2)),
    "WithPrior of a plain class": lambda: WithPrior(Holding(lambda net: net, direct), normal(2)),
    "both wrappers": lambda: WithPosterior(
        WithPrior(Holding(lambda net: [net], lambda h, v: h[0](v)), normal(2)), normal(20, 2)
    ),
}
MEASURES = [
    "quadrature",
    "prior_monte_carlo",
    "importance_sampling",
    "annealed_importance_sampling",
    "grid_posterior",
    "kl_to_posterior",
    "fit_posterior",
    "rate_per_dimension",
    "active_units",
    "rate_decomposition",
    "refit_gaussian_prior",
    "refit_mixture_prior",
]


@pytest.mark.parametrize("holder", HOLDERS)
def test_networks_in_training_mode_are_measured_in_evaluation_mode_and_left_alone(holder: str) -> None:
    model, x = HOLDERS[holder](), torch.ones(20, 6)
    x[::2, ::3] = 0
    found = protocol.modules.modules_of(model)
    nets = [module for module in found if isinstance(module, (nn.BatchNorm1d, nn.Dropout))]
    assert len(nets) == 4, f"{holder}: {nets}"
    for module in found:
        module.train()
    before = [value.clone() for module in nets for value in module.state_dict().values()]
    objectives.elbo_terms(model, x)  # in training mode
    moved = [value.clone() for module in nets for value in module.state_dict().values()]
    assert any(not torch.equal(a, b) for a, b in zip(before, moved, strict=True)), "an objective trains: they move"
    for call in MEASURES:
        results = []
        for training in (True, False):
            for module in found:
                module.train(training)
            torch.manual_seed(3)
            results.append(fields(zoo.CALLS[call](model, x)))
            assert all(module.training is training for module in found), f"{holder}, {call}"
        after = [value for module in nets for value in module.state_dict().values()]
        assert all(torch.equal(a, b) for a, b in zip(moved, after, strict=True)), f"{holder}, {call}: statistics moved"
        for in_training, in_evaluation in zip(*results, strict=True):
            assert torch.equal(in_training, in_evaluation), f"{holder}, {call}"


def fields(result: Any) -> list[Tensor]:
    """Return the numbers of whatever a function of the package returned."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, td.MixtureSameFamily):
        return [result.component_distribution.mean]
    if isinstance(result, td.Distribution):
        return [result.mean, result.variance]
    return [torch.as_tensor(value) for value in vars(result).values() if isinstance(value, (Tensor, float))]


def test_a_search_for_networks_ends_and_takes_no_property() -> None:
    class Odd:
        def __init__(self) -> None:
            self.me, self.many, self.net = self, list(range(10**6)), nn.Linear(1, 1)

        @property
        def costly(self) -> Tensor:
            raise AssertionError("a property was computed")

    odd = Odd()
    assert protocol.modules.modules_of(odd) == [odd.net]


class Batchwise(nn.Module):
    """Decode z with weights that belong to its row: the labels of a batch, tiled."""

    def __init__(self, weights: Tensor, labels: Tensor) -> None:
        super().__init__()
        self.weights, self.labels = weights, labels

    def prior(self) -> td.Distribution:
        return normal(2)

    def likelihood(self, z: Tensor) -> td.Distribution:
        labels = self.labels.repeat(-(-len(z) // len(self.labels)))[: len(z)]
        return td.Independent(td.Normal(torch.einsum("md,mdx->mx", z, self.weights[labels]), 0.5), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return normal(len(x), 2)


class Given(Batchwise):
    """Decode every z for one label: the safe way."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(z @ self.weights[self.labels], 0.5), 1)


class Neighbours(Batchwise):
    """Let p(x|z) of a row depend on the mean of all rows."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal((z - z.mean(0)) @ self.weights[0], 0.5), 1)


class Capricious(Batchwise):
    """Let p(x|z) depend on chance."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(z @ self.weights[0] + torch.randn(len(z), 1), 0.5), 1)


@pytest.mark.parametrize("kind", [Batchwise, Neighbours, Capricious])
@pytest.mark.parametrize("call", ["elbo", "importance_sampling", "prior_monte_carlo", "quadrature", "grid_posterior"])
def test_a_likelihood_that_depends_on_more_than_z_is_refused(kind: type[Batchwise], call: str) -> None:
    weights, labels = torch.randn(3, 2, 4), torch.arange(30) % 3
    with refused(r"likelihood\(z\)", "same z in another row", "nothing but z", "a model for each label"):
        zoo.CALLS[call](kind(weights, labels), torch.randn(30, 4))


def test_a_model_for_each_label_measures_what_labels_of_the_batch_get_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, labels = torch.randn(3, 2, 4), torch.arange(30) % 3
    x = torch.einsum("md,mdx->mx", torch.randn(30, 2), weights[labels]) + 0.5 * torch.randn(30, 4)
    truth, found = torch.empty(30), torch.empty(30)
    for label in range(3):
        mine = labels == label
        truth[mine] = LinearGaussian(weights[label].T, torch.zeros(4), 0.5).log_prob(x[mine]).detach()
        given = Given(weights, torch.tensor(label))
        found[mine] = evidence.importance_sampling(given, x[mine], 20_000).log_prob
        assert (evidence.quadrature(given, x[mine]).log_prob - truth[mine]).abs().max() < 1e-6
    assert (found - truth).abs().max() < 0.3
    assert (found - truth).abs().mean() < 0.05
    monkeypatch.setattr(protocol.observations, "_check_depends_on_z_alone", lambda *_: None)
    wrong = evidence.importance_sampling(Batchwise(weights, labels), x, 20_000)
    assert (wrong.log_prob - truth).abs().mean() > 0.2, "what the check is there for"
    assert present(wrong.standard_error).mean() < 0.1
