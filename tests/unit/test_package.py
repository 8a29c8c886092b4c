"""What holds for the package as a whole: a light import, examples that run, public names that exist."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import io
import os
import pkgutil
import platform
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

import vae_tutorial
from bookkit import house, paths
from tests.support import zoo
from tests.support.narrowing import as_a

MODULES = ["vae_tutorial", *(module.name for module in pkgutil.walk_packages(vae_tutorial.__path__, "vae_tutorial."))]


def public_functions() -> Iterator[tuple[str, Any]]:
    """Yield every public function of the modules that `vae_tutorial` names."""
    for name in vae_tutorial.__all__:
        for attribute, value in vars(getattr(vae_tutorial, name)).items():
            if inspect.isfunction(value) and not attribute.startswith("_"):
                yield attribute, value


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, vae_tutorial; "
        "heavy = {'matplotlib', 'sklearn', 'scipy', 'pandas', 'IPython', 'ipywidgets'} & set(sys.modules); "
        "assert not heavy, heavy; vae_tutorial.figures; assert 'matplotlib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_self_check_fails_when_log_p_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = vae_tutorial.evidence.quadrature

    def wrong(model: Any, x: torch.Tensor) -> Any:
        estimate = right(model, x)
        return dataclasses.replace(estimate, log_prob=estimate.log_prob + 5)

    monkeypatch.setattr(vae_tutorial.evidence, "quadrature", wrong)
    assert importlib.import_module("vae_tutorial.__main__").main() == 3
    assert "5.0e+00 nats: WRONG" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-8", "utf-16"])
def test_the_report_is_printed_in_any_encoding_and_the_status_is_that_of_the_check(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_TUTORIAL_DATA", "/Łódź−data")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert importlib.import_module("vae_tutorial.__main__").main() == 0
    terminal.flush()
    assert_a_good_report(as_a(io.BytesIO, terminal.buffer).getvalue(), encoding)


def test_a_process_tells_what_it_runs_on_in_the_encoding_of_its_terminal() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "cp437", "VAE_TUTORIAL_DATA": "/Łódź−data"}
    run = subprocess.run([sys.executable, "-m", "vae_tutorial"], check=True, capture_output=True, env=environment)
    assert_a_good_report(run.stdout, "cp437")
    report = run.stdout.decode("cp437").splitlines()
    assert report[0].startswith(f"vae_tutorial {vae_tutorial.__version__}, Python {platform.python_version()}")
    assert f"torch {torch.__version__}" in report[1]


def assert_a_good_report(printed: bytes, encoding: str) -> None:
    report = printed.decode(encoding)
    minus = "−" if encoding.startswith("utf") else "-"
    assert f"|log p(x) {minus} (ELBO + KL)| is at most" in report
    assert report.rstrip().endswith("nats: good")


def test_a_check_that_could_not_be_made_does_not_end_as_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vae_tutorial.evidence, "quadrature", None)
    monkeypatch.delitem(sys.modules, "vae_tutorial.__main__", raising=False)  # runpy warns of what is imported already
    with pytest.raises(TypeError):  # for which Python's own status is 1
        runpy.run_module("vae_tutorial", run_name="__main__")


def test_every_public_name_exists_and_another_is_refused() -> None:
    assert all(inspect.ismodule(getattr(vae_tutorial, name)) for name in vae_tutorial.__all__)
    with pytest.raises(AttributeError, match="no attribute 'figure'"):
        _ = vae_tutorial.figure


def test_the_package_page_names_every_module_in_the_order_of_the_imports() -> None:
    page = (paths.BOOK / "api.md").read_text(encoding="utf-8")
    order = [name for name in house.MODULE_ORDER if name in vae_tutorial.__all__]
    assert sorted(order) == sorted(vae_tutorial.__all__)
    assert re.findall(r"^\| \[(\w+)\]\(#", page, re.MULTILINE) == order, "the table"
    assert re.findall(r"^## (\w+)", page, re.MULTILINE) == order, "the sections"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), extraglobs={"torch": torch, "nn": nn})
    assert results.failed == 0, "see the captured output"


def test_some_examples_were_found() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(examples) >= 8


def test_every_function_of_a_model_and_examples_is_under_the_laws() -> None:
    helpers = {"posterior_of", "check_observations"}  # of the protocol, which the others call
    helpers |= {"measuring", "trusted", "encode", "log_likelihood", "log_likelihood_of_all"}  # inside of the others
    helpers |= {"em_step", "expectation_maximization"}  # of exact models alone
    takes_both = {
        name
        for name, function in public_functions()
        if list(inspect.signature(function).parameters)[:2] in (["model", "x"], ["model", "train"])
    }
    assert takes_both - helpers <= set(zoo.CALLS)


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    public = [value for key, value in vars(module).items() if not key.startswith("_") and callable(value)]
    own = [value for value in public if getattr(value, "__module__", "").startswith("vae_tutorial")]
    assert all(value.__doc__ for value in [module, *own])
