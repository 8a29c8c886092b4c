"""The page of common mistakes is true: every test that it names exists, and every line of its code is valid.

At the end, the mistakes that no other file makes on purpose.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

import vae_tutorial as vt
from bookkit import paths
from tests.support.laws import assert_close, assert_mean, refused
from tests.support.mistakes import caught_by_the_law, exact_elbo, examples, known_kl, linear, off

PAGE = paths.BOOK / "common_mistakes.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"^```python\n# wrong\n(?P<wrong>.+?)^# right\n(?P<right>.+?)^```$", re.MULTILINE | re.DOTALL)


def entries(text: str) -> dict[str, str]:
    """Return the text of each entry by its heading."""
    parts = re.split(r"^#{2,3} (?=.)", text, flags=re.MULTILINE)
    return {part.splitlines()[0]: part for part in parts if "**Symptom.**" in part}


def test_functions(path: Path) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


test_functions.__test__ = False  # type: ignore[attr-defined]


def missing_tests(text: str) -> list[str]:
    """Return a sentence for each test that a text names and that does not exist."""
    named = NAMED.findall(text)
    existing = {file: test_functions(paths.ROOT / file) for file, _ in named if (paths.ROOT / file).exists()}
    return [f"{file} has no {name}" for file, name in named if name not in existing.get(file, set())]


def code_faults(source: str) -> list[str]:
    """Find what is no Python, a name that the package lacks, or an argument that it does not take."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"no Python: {error.msg}"]
    faults = []
    for node in ast.walk(tree):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and re.fullmatch(r"vt(\.\w+)+", name):
            function: Any = vt
            for part in name.split(".")[1:]:
                function = getattr(function, part, None)
            if function is None:
                faults.append(f"{name} does not exist")
                continue
            arguments = {keyword.arg: None for keyword in node.keywords if keyword.arg}
            try:
                inspect.signature(function).bind(*[None for _ in node.args], **arguments)
            except TypeError as error:
                faults.append(f"{name}: {error}")
    return faults


def entry_faults(entry: str) -> list[str]:
    """Find what an entry lacks."""
    faults = [f"no {part}" for part in ("**Symptom.**", "**Why.**", "**Caught by** `tests/") if part not in entry]
    code = CODE.search(entry)
    if not code:
        return [*faults, "no wrong and right lines"]
    faults += [] if code["wrong"] != code["right"] else ["wrong and right are the same"]
    wrong = code["wrong"].replace("return ", "result = ")
    return faults + code_faults(wrong) + code_faults(code["right"].replace("return ", "result = "))


TEXT = PAGE.read_text(encoding="utf-8")


def test_there_are_entries() -> None:
    assert len(entries(TEXT)) == TEXT.count("**Symptom.**") == TEXT.count("**Caught by**") == TEXT.count("\n### ") > 30


@pytest.mark.parametrize("heading", entries(TEXT))
def test_every_entry_is_complete_and_its_code_is_valid(heading: str) -> None:
    assert entry_faults(entries(TEXT)[heading]) == []


def test_every_named_test_exists() -> None:
    assert missing_tests(TEXT) == []


@pytest.mark.parametrize("file", ["tests/unit/test_mistakes.py", "tests/text/test_common_mistakes.py"])
def test_every_mistake_that_is_made_on_purpose_is_on_the_page(file: str) -> None:
    made = {
        function.name
        for function in ast.parse((paths.ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
        for block in ast.walk(function)
        if isinstance(block, ast.With) and ast.unparse(block.items[0]) == "caught_by_the_law()"
    }
    assert made
    assert made - {name for _, name in NAMED.findall(TEXT)} == set()


GOOD = """### A mistake

**Symptom.** It is wrong.

```python
# wrong
loss = vt.objectives.elbo(model, x).mean()
# right
loss = -vt.objectives.elbo(model, x, num_samples=2).mean()
```

**Why.** It is.

**Caught by** `tests/unit/test_mistakes.py::test_the_negative_of_the_elbo_called_elbo`
"""


def test_a_good_entry_has_no_faults() -> None:
    assert entry_faults(GOOD) == []
    assert missing_tests(GOOD) == []
    assert list(entries(f"# A page\n\n## A part\n\n{GOOD}\n{GOOD.replace('A mistake', 'Another')}")) == [
        "A mistake",
        "Another",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("**Symptom.**", "Symptom:"),
        ("**Why.**", "Why:"),
        ("# right\n", ""),
        ("objectives.elbo(model, x).mean", "objectives.elbow(model, x).mean"),
        ("num_samples=2", "samples=2"),
        ("x, num_samples=2", "x, 1, 2, 3"),
        ("elbo(model, x).mean()", "elbo(model, x.mean()"),
        ("-vt.objectives.elbo(model, x, num_samples=2)", "vt.objectives.elbo(model, x)"),
    ],
)
def test_a_bad_entry_is_found(old: str, new: str) -> None:
    assert entry_faults(GOOD.replace(old, new, 1)) != []


@pytest.mark.parametrize("name", ["test_mistakes.py::test_of_nothing", "test_nothing.py::test_the_elbo"])
def test_a_test_that_does_not_exist_is_found(name: str) -> None:
    assert len(missing_tests(f"{GOOD} and `tests/{name}`")) == 1


# ---- mistakes that no other file makes on purpose


@pytest.mark.usefixtures("double_precision")
@torch.no_grad()
def test_a_mean_of_weights_outside_the_logarithm() -> None:
    """Far from the model all weights are zero in floating point, and their logarithms are not."""

    def law(log_prob: Callable[[Tensor], Tensor]) -> None:
        model, x = linear(), torch.full((2, 2), 60.0)
        exact = vt.models.WithPosterior(model, model.posterior(x))
        found = log_prob(vt.objectives.log_importance_weights(exact, x, 10))
        assert_close(found, model.log_prob(x), "log p(x)", 1e-6)

    law(lambda log_weights: log_weights.logsumexp(0) - math.log(10))
    with caught_by_the_law():
        law(lambda log_weights: log_weights.exp().mean(0).log())


class FreeScale(nn.Module):
    """Keep a linear model and give every example a log-scale of q of its own."""

    def __init__(self, num_examples: int) -> None:
        super().__init__()
        self.exact = linear()
        self.prior, self.likelihood = self.exact.prior, self.exact.likelihood
        self.log_scale = nn.Parameter(torch.full((num_examples, 1), -0.5))

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(self.exact.posterior(x).mean.detach(), self.log_scale.exp()), 1)


@pytest.mark.usefixtures("double_precision")
def test_a_score_function_without_detach() -> None:
    """∂ELBO / ∂ log σ is 1 − σ² / Var[z|x]; without `detach` the entropy counts twice, and 1 becomes 2."""

    def law(objective: Callable[[Any, Tensor], Tensor]) -> None:
        model = FreeScale(40_000)
        x = examples(model.exact, 1).repeat(40_000, 1)
        found = torch.autograd.grad(objective(model, x).sum(), model.log_scale)[0]
        expected = 1 - math.exp(-1.0) / model.exact.posterior(x[:1]).variance
        assert_mean(found, expected[0].detach(), "d ELBO / d log σ")

    def surrogate(model: Any, x: Tensor, *, detach: bool) -> Tensor:
        q = model.posterior(x)
        z = q.sample()
        log_q = q.log_prob(z)
        signal = model.likelihood(z).log_prob(x) + model.prior().log_prob(z) - log_q
        return (signal.detach() if detach else signal) * log_q

    law(vt.objectives.score_function_elbo)
    law(lambda model, x: surrogate(model, x, detach=True))
    with caught_by_the_law():
        law(lambda model, x: surrogate(model, x, detach=False))


@pytest.mark.usefixtures("double_precision")
def test_a_factor_on_the_kl_that_makes_up_for_a_mean_over_pixels() -> None:
    """Even with the factor that makes both terms D times too small, the number is no ELBO."""

    def law(bound: Callable[[Any, Tensor], Tensor]) -> None:
        model = linear()
        x = examples(model)
        assert_close(bound(off(model, x), x) + known_kl(model, x), model.log_prob(x), "log p(x) = ELBO + KL", 1e-8)

    def weighted(model: Any, x: Tensor) -> Tensor:
        terms = vt.objectives.elbo_terms_by_quadrature(model, x, order=4)
        return terms.reconstruction / x.shape[1] - terms.kl / x.shape[1]

    law(exact_elbo)
    with caught_by_the_law():
        law(weighted)


@pytest.mark.usefixtures("double_precision")
def test_a_scale_without_an_exponential() -> None:
    """Whatever the net returns, q is a distribution."""

    def law(posterior: Callable[[Tensor], td.Distribution]) -> None:
        for output in (-3.0, 0.0, 2.0):
            q = posterior(torch.tensor([[0.3, output]]))
            assert q.stddev > 0

    def raw(output: Tensor) -> td.Distribution:
        loc, scale = output.chunk(2, dim=-1)
        return td.Independent(td.Normal(loc, scale, validate_args=False), 1, validate_args=False)

    law(vt.posteriors.DiagonalGaussian(nn.Identity()))
    with caught_by_the_law():
        law(raw)
    with refused("scale"):
        td.Normal(torch.zeros(1), -torch.ones(1))


def test_a_small_last_batch_that_counts_as_much_as_a_full_one() -> None:
    """The mean over an epoch does not depend on how the examples were cut into batches."""
    scores = torch.arange(10.0)

    def law(mean: Callable[[list[Tensor]], Tensor]) -> None:
        for batch_size in (1, 3, 4, 10):
            assert_close(mean(list(scores.split(batch_size))), scores.mean(), f"batches of {batch_size}")

    law(lambda batches: torch.cat(batches).mean())
    with caught_by_the_law():
        law(lambda batches: torch.stack([batch.mean() for batch in batches]).mean())


@pytest.mark.usefixtures("double_precision")
def test_a_finite_loss_with_a_gradient_that_is_not() -> None:
    """At weights of zero the square root of a sum of squares is finite, and its gradient is NaN."""

    def law(penalty: Callable[[Tensor], Tensor]) -> None:
        weight = torch.zeros(3, requires_grad=True)
        loss = penalty(weight)
        assert torch.isfinite(loss)
        loss.backward()
        assert torch.isfinite(nn.utils.clip_grad_norm_([weight], max_norm=100.0))

    law(lambda weight: (weight.square().sum() + 1e-12).sqrt())
    with caught_by_the_law():
        law(lambda weight: weight.square().sum().sqrt())
