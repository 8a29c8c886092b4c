"""Bad input: every public function against every kind of it, each refusal with argument, value, rule and remedy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import refused
from vae_tutorial import (
    datasets,
    diagnostics,
    evidence,
    inference,
    likelihoods,
    models,
    networks,
    objectives,
    posteriors,
)
from vae_tutorial.checks import check_positive, checked, is_checked, is_finite, trusted, validate_args
from vae_tutorial.protocol import check_observations
from vae_tutorial.training import TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")


def with_value(x: Tensor, value: float) -> Tensor:
    x = x.clone()
    x[2, 1] = value
    return x


BAD_DATA: dict[str, tuple[str, Callable[[Tensor], Any], tuple[str, ...]]] = {
    "one axis": ("plain class", lambda x: x[0], (r"shape \[N, D\]", r"got \[5\]", r"\[None\]")),
    "three axes": ("plain class", lambda x: x.view(6, 1, 5), (r"shape \[N, D\]", r"got \[6, 1, 5\]", r"flatten\(1\)")),
    "empty": ("plain class", lambda x: x[:0], ("no example", r"\[0, 5\]", "at least one row")),
    "a list": ("plain class", lambda x: x.tolist(), ("must be a torch.Tensor", "got list", "as_tensor")),
    "an array": ("plain class", lambda x: x.numpy(), ("must be a torch.Tensor", "got ndarray", "as_tensor")),
    "whole numbers": ("plain class", lambda x: x.long(), ("floating point", "int64", r"\.to\(")),
    "another dtype": ("plain class", lambda x: x.float(), ("float32", "prior is torch.float64", r"\.to\(")),
    "NaN": ("plain class", lambda x: with_value(x, torch.nan), ("holds nan", "row 2", "finite", "repair or drop")),
    "infinity": (
        "linear, one noise scale, d = 1",
        lambda x: with_value(x, -torch.inf),
        ("holds -inf", "row 2", "finite"),
    ),
    "too few columns": (
        "plain class",
        lambda x: x[:, 1:],
        (r"\[6, 4\]", r"event \[5\]", "each row must be one example"),
    ),
    "grey": ("plain class", lambda x: with_value(x, 0.25), ("holds 0.25", "support", "Bernoulli", "binarise")),
    "a fraction": (
        "Binomial",
        lambda x: with_value(x, 2.5),
        ("holds 2.5", "support", "Binomial", "counts, not fractions"),
    ),
    "too many counts": (
        "Binomial",
        lambda x: with_value(x, 6.0),
        ("holds 6", "support", "Binomial", "0 to total_count"),
    ),
}


@pytest.mark.parametrize("call", zoo.CALLS)
@pytest.mark.parametrize("kind", BAD_DATA)
def test_bad_data_are_refused_by_every_function(kind: str, call: str) -> None:
    name, spoil, fragments = BAD_DATA[kind]
    model, x = zoo.make(name)
    argument = {"fit": "train", "fit, validation": "validation"}.get(call, "x")
    with refused(argument, *fragments):
        zoo.CALLS[call](model, spoil(x))


def on_zoo(function: Callable[..., Any], **fixed: Any) -> Callable[[Any], Any]:
    """Return a call of the function on a good model and good data, with its last argument left open."""
    return lambda value: function(*zoo.make("Bernoulli, d = 2"), value, **fixed)


COUNTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "elbo": ("num_samples", on_zoo(objectives.elbo)),
    "elbo_terms": ("num_samples", on_zoo(objectives.elbo_terms)),
    "beta_elbo": (
        "num_samples",
        lambda value: objectives.beta_elbo(*zoo.make("plain class"), beta=1.0, num_samples=value),
    ),
    "log_importance_weights": ("num_samples", on_zoo(objectives.log_importance_weights)),
    "iwae_bound": ("num_samples", on_zoo(objectives.iwae_bound)),
    "elbo_terms_by_quadrature": ("order", on_zoo(objectives.elbo_terms_by_quadrature)),
    "prior_monte_carlo": ("num_samples", on_zoo(evidence.prior_monte_carlo)),
    "importance_sampling": ("num_samples", on_zoo(evidence.importance_sampling)),
    "grid_posterior": ("num_points", on_zoo(inference.grid_posterior)),
    "kl_to_posterior": (
        "num_points",
        lambda value: inference.kl_to_posterior(*zoo.make("plain class"), num_points=value),
    ),
    "gauss_hermite": (
        "order",
        lambda value: inference.gauss_hermite(zoo.make("plain class")[0].posterior(torch.ones(2, 5)), value),
    ),
    "score_function_elbo": ("num_samples", on_zoo(objectives.score_function_elbo)),
    "sticking_the_landing_elbo": ("num_samples", on_zoo(objectives.sticking_the_landing_elbo)),
    "annealed_importance_sampling": ("num_samples", on_zoo(evidence.annealed_importance_sampling)),
    "annealed_importance_sampling, steps": (
        "num_steps",
        lambda value: evidence.annealed_importance_sampling(*zoo.make("plain class"), 2, value),
    ),
    "annealed_importance_sampling, leapfrog": (
        "num_leapfrog",
        lambda value: evidence.annealed_importance_sampling(*zoo.make("plain class"), 2, 3, value),
    ),
    "fit_posterior": ("num_steps", lambda value: inference.fit_posterior(*zoo.make("plain class"), num_steps=value)),
    "fit_posterior, samples": (
        "num_samples",
        lambda value: inference.fit_posterior(*zoo.make("plain class"), num_samples=value),
    ),
    "expectation_maximization": (
        "num_steps",
        lambda value: inference.expectation_maximization(*zoo.make("mixture of Gaussians"), value),
    ),
    "GaussianMixture.start_from": (
        "num_components",
        lambda value: models.GaussianMixture.start_from(torch.randn(9, 2), value),
    ),
    "UniformCategorical": ("num_categories", models.UniformCategorical),
    "rate_decomposition": ("num_samples", on_zoo(diagnostics.rate_decomposition)),
    "refit_mixture_prior": ("num_components", on_zoo(diagnostics.refit_mixture_prior)),
    "refit_mixture_prior, samples": (
        "num_samples",
        lambda value: diagnostics.refit_mixture_prior(*zoo.make("plain class"), 2, num_samples=value),
    ),
    "bits_per_dimension": ("num_dimensions", lambda value: diagnostics.bits_per_dimension(torch.ones(2), value)),
    "Binomial": ("total_count", lambda value: likelihoods.Binomial(nn.Identity(), value)),
    "StandardNormal": ("latent_dim", models.StandardNormal),
    "LinearGaussian.fit": ("latent_dim", lambda value: models.LinearGaussian.fit(torch.randn(9, 4), value)),
    "MLP": ("width", lambda value: networks.MLP(value, 3)),
    "MLP, hidden": ("width", lambda value: networks.MLP(3, 3, hidden_features=(value,))),
    "TrainConfig, epochs": ("epochs", lambda value: TrainConfig(epochs=value)),
    "TrainConfig, batch_size": ("batch_size", lambda value: TrainConfig(batch_size=value)),
    "bars_and_stripes": ("side", datasets.bars_and_stripes),
    "bars_and_stripes, samples": ("num_samples", lambda value: datasets.bars_and_stripes(num_samples=value)),
}


@pytest.mark.parametrize("call", COUNTS)
def test_a_count_is_a_whole_number_of_at_least_one(call: str) -> None:
    name, function = COUNTS[call]
    for value in (0, -3):
        with refused(name, "at least [12]", f"got {value}", error=ValueError):
            function(value)
    for no_int in (2.0, True, "3", None):
        with refused(name, "must be an int", f"got {no_int!r}", error=TypeError):
            function(no_int)


POSITIVE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "quadrature": ("tolerance", on_zoo(evidence.quadrature)),
    "Gaussian": ("scale", lambda value: likelihoods.Gaussian(nn.Identity(), value)),
    "LinearGaussian": ("noise_scale", lambda value: models.LinearGaussian(torch.ones(2, 1), torch.zeros(2), value)),
    "LinearGaussian, second of two": (
        "noise_scale",
        lambda value: models.LinearGaussian(torch.ones(2, 1), torch.zeros(2), torch.tensor([1.0, value])),
    ),
    "fit_posterior": (
        "learning_rate",
        lambda value: inference.fit_posterior(*zoo.make("plain class"), learning_rate=value),
    ),
    "TrainConfig": ("learning_rate", lambda value: TrainConfig(learning_rate=value)),
    "TrainConfig, clip_norm": ("clip_norm", lambda value: TrainConfig(clip_norm=value)),
    "bits_per_dimension": ("bin_width", lambda value: diagnostics.bits_per_dimension(torch.ones(2), 4, value)),
}


@pytest.mark.parametrize("value", [0.0, -1.0, torch.nan, torch.inf])
@pytest.mark.parametrize("call", POSITIVE)
def test_a_size_is_finite_and_above_zero(call: str, value: float) -> None:
    name, function = POSITIVE[call]
    with refused(name, "finite and above 0", f"got {value}", error=ValueError):
        function(value)


@pytest.mark.parametrize(
    "function",
    [
        on_zoo(objectives.beta_elbo),
        on_zoo(diagnostics.active_units),
        lambda value: TrainConfig(weight_decay=value),
        lambda value: inference.expectation_maximization(*zoo.make("mixture of Gaussians", 60), 1, tolerance=value),
    ],
)
def test_a_weight_may_be_zero_but_not_below(function: Callable[[Any], Any]) -> None:
    function(0.0)
    for value in (-0.1, torch.nan, torch.inf):
        with refused(
            "beta|threshold|tolerance|weight_decay", "finite and at least 0", f"got {value}", error=ValueError
        ):
            function(value)
    check_positive(0.0, "beta", allow_zero=True)


def three_dimensional() -> tuple[Any, Tensor]:
    model = zoo.vae(3, likelihoods.Bernoulli(zoo.decoder_net(3, 9)), 9)
    return model, zoo.observations(model, 4)


OTHERS: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "quadrature in 3-D": (
        lambda: evidence.quadrature(*three_dimensional()),
        ("latent dimension", "got 3", "importance_sampl"),
    ),
    "grid in 3-D": (
        lambda: inference.grid_posterior(*three_dimensional()),
        (r"\^3", "at most 2 dimensions", "samples"),
    ),
    "KL to the posterior in 3-D": (lambda: inference.kl_to_posterior(*three_dimensional()), (r"\^3", "samples")),
    "grid too large": (
        lambda: inference.grid_posterior(*zoo.make("plain class"), 1500),
        (r"1500\^2", "lower num_points"),
    ),
    "grid upside down": (
        lambda: inference.grid_posterior(*zoo.make("plain class"), low=1.0, high=-1.0),
        ("low must be below high", "low = 1.0", "high = -1.0"),
    ),
    "too many nodes": (
        lambda: inference.gauss_hermite(td.Independent(td.Normal(torch.zeros(1, 9), torch.ones(1, 9)), 1)),
        (r"20\^9", "more than", "lower the order"),
    ),
    "nodes of a q that is not Gaussian": (
        lambda: inference.gauss_hermite(td.Independent(td.Laplace(torch.zeros(1, 2), torch.ones(1, 2)), 1)),
        ("must be Gaussian", "got Independent", "samples"),
    ),
    "nodes of a discrete q": (
        lambda: objectives.elbo_terms_by_quadrature(*zoo.make("categories")),
        ("must be Gaussian", "OneHotCategorical", "samples"),
    ),
    "quadrature of a discrete z": (
        lambda: evidence.quadrature(*zoo.make("categories")),
        ("latent dimension|continuous z", "sum over z|importance"),
    ),
    "grid of a discrete z": (lambda: inference.grid_posterior(*zoo.make("categories")), ("continuous|dimensions",)),
    "annealing of a discrete z": (
        lambda: evidence.annealed_importance_sampling(*zoo.make("categories")),
        ("continuous z", "OneHotCategorical", "sum over z"),
    ),
    "an exact sample of another shape": (
        lambda: evidence.annealed_importance_sampling(
            *zoo.make("plain class"), exact_posterior_sample=torch.zeros(5, 2)
        ),
        ("exact_posterior_sample", r"\[5, 2\]", r"\[6, 2\]"),
    ),
    "an exact sample of another dtype": (
        lambda: evidence.annealed_importance_sampling(
            *zoo.make("plain class"), exact_posterior_sample=torch.zeros(6, 2, dtype=torch.float32)
        ),
        ("exact_posterior_sample", "float32"),
    ),
    "an exact sample with NaN": (
        lambda: evidence.annealed_importance_sampling(
            *zoo.make("plain class"), exact_posterior_sample=torch.full((6, 2), torch.nan)
        ),
        ("exact_posterior_sample", "nan"),
    ),
    "enumeration of a continuous z": (
        lambda: evidence.enumeration(*zoo.make("plain class")),
        ("lists its values", "quadrature or importance_sampling"),
    ),
    "sticking the landing with many samples": (
        lambda: objectives.iwae_bound(*zoo.make("plain class"), 4, gradient="sticking the landing"),
        ("biased", "K > 1", "1810.04152", "doubly reparameterized"),
    ),
    "an unknown gradient": (
        lambda: objectives.iwae_bound(*zoo.make("plain class"), 4, gradient="none"),
        ("gradient must be", "got 'none'"),
    ),
    "an unknown baseline": (
        lambda: objectives.score_function_elbo(*zoo.make("plain class"), 2, "mean"),  # type: ignore[arg-type]
        ("baseline must be", "got 'mean'"),
    ),
    "a baseline of another shape": (
        lambda: objectives.score_function_elbo(*zoo.make("plain class"), 2, torch.zeros(5)),
        ("baseline", r"\[5\]", r"\[6\]"),
    ),
    "leaving one out of one": (
        lambda: objectives.score_function_elbo(*zoo.make("plain class"), 1, "leave-one-out"),
        ("num_samples", "at least 2", "got 1", "leave-one-out"),
    ),
    "an encoder fitted to other examples": (
        lambda: objectives.elbo(models.WithPosterior(zoo.Plain(), zoo.mixture().expand((3,))), torch.ones(6, 5)),
        (r"\[6, 5\]", r"\[3\] examples"),
    ),
    "evidence of other examples": (
        lambda: diagnostics.inference_gaps(*zoo.make("plain class"), torch.zeros(5), zoo.mixture().expand((6,))),
        ("log_prob", r"\[5\]", r"\[6\]", "one for each"),
    ),
    "an M-step that nobody knows": (
        lambda: inference.expectation_maximization(
            zoo.vae(1, likelihoods.Gaussian(nn.Linear(1, 3)), 3),  # type: ignore[arg-type]
            torch.ones(2, 3),
        ),
        ("M-step", "VAE", "GaussianMixture or LinearGaussian", "training.fit"),
    ),
    "more components than data": (
        lambda: models.GaussianMixture.start_from(torch.randn(3, 2), 4),
        ("num_components", "at most", "3", "got 4"),
    ),
    "weights that miss one": (
        lambda: models.GaussianMixture(torch.tensor([0.5, 0.4]), torch.zeros(2, 1), torch.ones(2, 1, 1)),
        ("weights", "sum to one", "0.4"),
    ),
    "a covariance that is none": (
        lambda: models.GaussianMixture(torch.ones(1), torch.zeros(1, 2), -torch.eye(2)[None]),
        ("covariance of component 0", "not positive definite"),
    ),
    "a covariance of another size": (
        lambda: models.GaussianMixture(torch.ones(1), torch.zeros(1, 2), torch.eye(3)[None]),
        (r"covariance \[1, 3, 3\]", r"\[K, D, D\]"),
    ),
    "patience without validation": (
        lambda: fit(*zoo.make("Bernoulli, d = 2"), TrainConfig(patience=2)),
        ("patience is 2", "no validation", "validation="),
    ),
    "unknown kl": (
        lambda: objectives.elbo_terms(*zoo.make("plain class"), kl="exact"),  # type: ignore[arg-type]
        ("kl must be", "got 'exact'"),
    ),
    "proposal over another z": (
        lambda: evidence.importance_sampling(*zoo.make("plain class"), 4, proposal=zoo.mixture(1)),
        ("proposal", r"event \[1\]", r"event \[2\]"),
    ),
    "proposal for other examples": (
        lambda: evidence.importance_sampling(*zoo.make("plain class"), 4, zoo.mixture().expand((3,))),
        ("proposal", r"batch \[3\]", r"\[6\]"),
    ),
    "pairs of another width": (
        lambda: likelihoods.pairwise_log_prob(
            td.Independent(td.Bernoulli(logits=torch.zeros(3, 4)), 1), torch.ones(2, 5)
        ),
        (r"event \[4\]", r"\[2, 5\]"),
    ),
    "pairs without a batch": (
        lambda: likelihoods.pairwise_log_prob(td.Independent(td.Bernoulli(logits=torch.zeros(4)), 1), torch.ones(2, 4)),
        (r"batch \[\]", r"must be \[G\]"),
    ),
    "pairs of grey values": (
        lambda: likelihoods.pairwise_log_prob(
            td.Independent(td.Bernoulli(logits=torch.zeros(3, 4)), 1), torch.ones(2, 4) / 2
        ),
        ("0.5", "support", "binarise"),
    ),
    "an odd number of scales": (
        lambda: likelihoods.HeteroscedasticGaussian(nn.Identity())(torch.zeros(2, 5)),
        ("returned 5", "odd", r"2·D"),
    ),
    "an odd encoder": (
        lambda: posteriors.DiagonalGaussian(nn.Identity())(torch.zeros(2, 5)),
        ("returned 5", "odd", r"2·d"),
    ),
    "a full encoder of no dimension": (
        lambda: posteriors.FullGaussian(nn.Identity())(torch.zeros(2, 4)),
        ("4 numbers", r"d \+ d\(d\+1\)/2"),
    ),
    "an encoder of unknown width": (
        lambda: posteriors.DiagonalGaussian(nn.Identity()).latent_dim,
        ("latent dimension", "out_features", "prior=StandardNormal"),
    ),
    "an encoder without dimension": (
        lambda: models.VAE(nn.Identity(), nn.Identity()),
        ("latent dimension", "Identity", "latent_dim", "prior=StandardNormal"),
    ),
    "a prior over another z": (
        lambda: models.WithPrior(zoo.Plain(), zoo.mixture(1)),
        (r"event \[1\]", r"event \[2\]", "same z"),
    ),
    "a bias of another width": (
        lambda: models.LinearGaussian(torch.ones(3, 1), torch.zeros(2), 1.0),
        (r"weight is \[3, 1\]", r"bias \[2\]", r"\[D, d\], \[D\]"),
    ),
    "noise of another width": (
        lambda: models.LinearGaussian(torch.ones(3, 1), torch.zeros(3), torch.ones(2)),
        (r"noise_scale \[2\]", r"one number or \[D\]"),
    ),
    "a weight that is a vector": (
        lambda: models.LinearGaussian(torch.ones(3), torch.zeros(3), 1.0),
        ("weight", r"\[N, d\]"),
    ),
    "more factors than coordinates": (
        lambda: models.LinearGaussian.fit(torch.randn(9, 4), 4),
        ("latent_dim", "below both N and D", "got 4", r"\[9, 4\]"),
    ),
    "data without noise": (
        lambda: models.LinearGaussian.fit(torch.randn(9, 1) @ torch.ones(1, 4), 1),
        (r"\[9, 4\]", "no maximum", "fewer latent dimensions"),
    ),
    "data with NaN": (lambda: models.LinearGaussian.fit(torch.full((9, 4), torch.nan), 1), ("x holds nan", "repair")),
    "a net of another width": (lambda: networks.MLP(3, 2)(torch.zeros(4, 5)), (r"\[4, 5\]", r"\[N, 3\]", "flatten")),
    "a single example": (
        lambda: diagnostics.active_units(*zoo.make("plain class", 1)),
        ("number of examples", "at least 2"),
    ),
    "rates of a full posterior": (
        lambda: diagnostics.rate_per_dimension(*zoo.make("full posterior")),
        ("Independent", "MultivariateNormal", "factorises"),
    ),
    "more components than examples": (
        lambda: diagnostics.refit_mixture_prior(*zoo.make("plain class"), 7),
        ("num_components", "at most", "6", "got 7"),
    ),
    "a Gaussian for discrete codes": (
        lambda: diagnostics.refit_gaussian_prior(*zoo.make("categories")),
        ("must be Gaussian", "OneHotCategorical"),
    ),
    "probabilities that miss one": (lambda: diagnostics.entropy(torch.tensor([0.5, 0.4])), ("sum to 1", "0.9")),
    "negative probabilities": (lambda: diagnostics.entropy(torch.tensor([1.5, -0.5])), ("at least 0", "-0.5")),
    "probabilities with NaN": (lambda: diagnostics.entropy(torch.tensor([1.0, torch.nan])), ("sum to 1", "nan")),
    "digits in colour": (lambda: datasets.load_digits("grey"), ("values must be", "got 'grey'")),  # type: ignore[arg-type]
    "a threshold that no count passes": (
        lambda: datasets.load_digits(threshold=16),
        ("threshold", "at most 15", "got 16"),
    ),
    "a threshold below zero": (lambda: datasets.load_digits(threshold=-1), ("threshold", "at least 0", "got -1")),
    "a world too large": (lambda: datasets.bars_and_stripes(5), ("side", "at most 4", "got 5", "listed")),
    "an unknown schedule": (
        lambda: TrainConfig(schedule="step"),  # type: ignore[arg-type]
        ("schedule must be", '"cosine"', "got 'step'"),
    ),
    "a negative seed": (lambda: TrainConfig(seed=-1), ("seed", "at least 0", "got -1")),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_bad_argument_is_refused(kind: str) -> None:
    function, fragments = OTHERS[kind]
    with refused(*fragments):
        function()


def test_a_prior_of_two_categories_is_no_plane() -> None:
    model = zoo.Plain()
    model.prior = lambda: td.OneHotCategorical(logits=torch.zeros(2))  # type: ignore[method-assign]
    for function in (evidence.quadrature, inference.grid_posterior):
        with refused("continuous z", "discrete", "OneHotCategorical", "sum over z"):
            function(model, torch.ones(2, 5))


@given(st.lists(st.sampled_from([0.0, -1.5, 3e38, -3e38, torch.inf, -torch.inf, torch.nan]), min_size=1, max_size=6))
def test_finite_is_what_is_finite_value_by_value(values: list[float]) -> None:
    x = torch.tensor(values, dtype=torch.float32)  # in which two of the large ones overflow
    assert is_finite(x) == all(math.isfinite(value) for value in values)


QUICK = TrainConfig(epochs=1, batch_size=4, progress=False)
GREY = ("0.5", "support", "Bernoulli", "binarise")


def inside_the_loop(place: str, call: Callable[[Any, Tensor], Any]) -> None:
    """Let ``fit`` call a function of a model and its data from the place in which user code runs."""
    model, x = zoo.make("Bernoulli, d = 2")

    def objective(model: Any, x: Tensor) -> Tensor:
        if place == "objective" or (place == "validation" and not torch.is_grad_enabled()):
            call(model, x)
        return objectives.elbo(model, x)

    callback = (lambda epoch, model: call(model, x)) if place == "callback" else None
    fit(model, x, QUICK, objective=objective, validation=x if place == "validation" else None, callback=callback)


PLACES = ("objective", "validation", "callback")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("call", zoo.CALLS)
def test_what_is_refused_outside_the_loop_is_refused_inside_it(call: str, place: str) -> None:
    with refused(*GREY):
        inside_the_loop(place, lambda model, x: zoo.CALLS[call](model, x.clamp(min=0.5)))


def of_another_model(model: Any, x: Tensor) -> Tensor:
    return objectives.elbo(zoo.vae(2, likelihoods.Bernoulli(zoo.decoder_net(2, 1)), 9), x)


def in_place(model: Any, x: Tensor) -> Tensor:
    return objectives.elbo(model, x.mul_(0.5))


def by_the_distribution(model: Any, x: Tensor) -> Tensor:
    return model.likelihood(model.prior().sample((len(x),))).log_prob(x / 2)


def pairs(model: Any, x: Tensor) -> Tensor:
    return likelihoods.pairwise_log_prob(model.likelihood(model.prior().sample((3,))), x / 2)


IN_DISGUISE: dict[str, tuple[Callable[[Any, Tensor], Tensor], tuple[str, ...]]] = {
    "the batch, under a model of one pixel": (of_another_model, (r"\[4, 9\]|\[6, 9\]", r"event \[1\]")),
    "the batch, changed in place": (in_place, GREY),
    "a distribution of the model": (by_the_distribution, ("within the support", "0.5000")),
    "pairs": (pairs, GREY),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", IN_DISGUISE)
def test_no_disguise_of_the_batch_is_trusted(kind: str, place: str) -> None:
    call, fragments = IN_DISGUISE[kind]
    with refused(*fragments):
        inside_the_loop(place, call)


def test_the_loop_does_not_look_at_its_own_batches_again() -> None:
    """A second look would ask the decoder for other rows than those of the batch."""
    model, x = zoo.make("Bernoulli, d = 2")
    rows: list[int] = []

    def objective(model: Any, x: Tensor) -> Tensor:
        rows.append(0)
        return objectives.iwae_bound(model, x, 2)

    model.decoder.register_forward_hook(lambda module, args, output: rows.append(len(args[0])))
    fit(model, x, QUICK, validation=x[:5], objective=objective)
    assert rows[rows.index(0) :] == [0, 8, 0, 4, 0, 10]  # two steps and one score, each with two samples


class Renamed:
    """Hand on the three methods of a model, and say so."""

    def __init__(self, model: Any, same: bool) -> None:
        self.prior, self.likelihood, self.posterior = model.prior, model.likelihood, model.posterior
        if same:
            self.same_likelihood_as = model


def test_what_is_checked_is_one_tensor_for_one_model() -> None:
    (model, x), (other, _) = zoo.make("plain class"), zoo.make("Binomial")
    grey = torch.full_like(x, 0.5)  # a lie, so that a check that is made shows
    with checked(model, grey):
        assert is_checked(grey)
        assert is_checked(grey, model)
        assert is_checked(grey, Renamed(Renamed(model, True), True))
        for unknown in (x, grey.clone(), grey[:], [0.5]):
            assert not is_checked(unknown)  # type: ignore[arg-type]
        assert not is_checked(grey, other)
        assert not is_checked(grey, Renamed(model, False))
        check_observations(model, grey)
        with refused("0.5"):
            check_observations(Renamed(model, False), grey)
        with refused("0.5"):
            check_observations(model, grey.clone())
        grey.add_(0.0)
        assert not is_checked(grey)
        with refused("0.5"):
            check_observations(model, grey)
    with checked(model, x):
        assert not is_checked(grey)
    with checked(Renamed(model, True), x):
        assert is_checked(x, model)
        assert is_checked(x, Renamed(model, True))
        assert not is_checked(x, Renamed(model, False))
    assert not is_checked(x)
    with refused("0.5"):
        check_observations(model, grey)


def test_a_trusted_block_builds_distributions_unchecked_and_trusts_the_tensor_it_names() -> None:
    model, x = zoo.make("plain class")
    with trusted(model, x.clone()):
        assert validate_args() is False
        assert not is_checked(x)
        with trusted(model, x):
            assert is_checked(x, model)
            assert validate_args() is False
        assert not is_checked(x)
    assert validate_args() is None
    with refused("0.5"), trusted(model, x):
        raise ValueError("0.5")
    assert validate_args() is None
    assert not is_checked(x)


def test_a_model_that_is_met_in_a_trusted_block_is_looked_at_all_the_same() -> None:
    (model, x), (broken, _) = zoo.make("plain class"), zoo.make("Bernoulli, d = 2")
    with torch.no_grad():
        next(broken.decoder.parameters()).fill_(torch.nan)
    with trusted(model, x):
        with refused("likelihood", "NaN, perhaps"):
            check_observations(broken, x)
        assert validate_args() is False


def test_a_tensor_of_inference_mode_can_be_checked() -> None:
    model, x = zoo.make("plain class")
    with torch.inference_mode():
        grey = torch.full_like(x, 0.5)
        with checked(model, grey):
            check_observations(model, grey)
        with refused("0.5"):
            check_observations(model, grey)
