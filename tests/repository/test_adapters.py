"""The chapter shows the adapters for Pyro and pythae without running them: they are the ones that benchmarks/ runs.

Neither library is in the book's environment, so the file is read and not imported. `make bench` runs it.
"""

from __future__ import annotations

import ast
import re

import pytest

from bookkit import pages, paths

ADAPTERS = ("FromPyro", "FromPythae")
MAX_CODE_LINES = 14  # "fewer than 15 lines", blank ones not counted

file = (paths.ROOT / "benchmarks" / "adapters.py").read_text(encoding="utf-8")
chapter = pages.markdown(pages.read(paths.BOOK / "use_the_package.ipynb"))


def definitions(source: str) -> dict[str, str]:
    """Return the text of each class or function at the top level, by name."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = ast.get_source_segment(source, node) or ""
    return found


def shown_code(text: str) -> dict[str, str]:
    """Return every definition in the fenced Python of a Markdown text."""
    return definitions("\n\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)))


def faults(text: str, source: str) -> list[str]:
    """Find adapters that are not shown as they are, or are too long to be called short."""
    run, shown = definitions(source), shown_code(text)
    wrong = [f"{name} is shown otherwise than it is run" for name in ADAPTERS if shown.get(name) != run.get(name)]
    wrong += [f"{name} is shown and is not run" for name in shown if name not in run]
    lengths = {name: len([line for line in run.get(name, "").splitlines() if line.strip()]) for name in ADAPTERS}
    return wrong + [f"{name} has {n} lines" for name, n in lengths.items() if not 0 < n <= MAX_CODE_LINES]


def test_the_chapter_shows_the_adapters_that_are_run() -> None:
    assert faults(chapter, file) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(q.log_covariance / 2).exp()", "q.log_covariance.exp()"),
        ('{"z": z}', '{"x": z}'),
        ("class FromPyro", "class WrapPyro"),
    ],
)
def test_a_change_on_either_side_is_found(old: str, new: str) -> None:
    assert old in file
    assert old in chapter
    assert faults(chapter, file.replace(old, new)) != []
    assert faults(chapter.replace(old, new), file) != []


def test_an_adapter_that_grows_too_long_is_found() -> None:
    first = "    def prior(self):\n"
    longer = first + "        pass\n" * 10
    assert faults(chapter.replace(first, longer), file.replace(first, longer)) != []
