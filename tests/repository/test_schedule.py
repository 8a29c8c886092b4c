"""The order of the tests: what takes long comes first, files stay together, and a budget is told, never enforced."""

from __future__ import annotations

import json

import pytest

from bookkit import paths
from tests.support import schedule

TIMES = {"long": 50, "short": 5}


def test_browsers_come_first_then_notebooks_from_the_longest_then_the_rest() -> None:
    files = ["tests/unit/test_checks.py", "book/short.ipynb", "book/long.ipynb", "tests/browser/test_pages.py"]
    ordered = sorted(files, key=lambda file: schedule.rank(file, TIMES))
    assert ordered == [
        "tests/browser/test_pages.py",
        "book/long.ipynb",
        "book/short.ipynb",
        "tests/unit/test_checks.py",
    ]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("book/a.ipynb::Cell 3", "book/a.ipynb::notices 5 nats", True),
        ("tests/unit/test_x.py::test_y[a]", "tests/unit/test_x.py::test_z", True),
        ("book/a.ipynb::Cell 3", "book/b.ipynb::Cell 3", False),
        ("tests/browser/test_pages.py::test_y[a]", "tests/browser/test_pages.py::test_y[b]", False),
    ],
)
def test_what_shares_a_kernel_or_a_file_runs_in_one_process(one: str, other: str, together: bool) -> None:
    assert (schedule.group_of(one) == schedule.group_of(other)) is together


def test_the_processes_are_dealt_groups(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytestconfig.option, "tx", ["2*popen"])
    scheduler = schedule.pytest_xdist_make_scheduler(pytestconfig, None)
    assert scheduler._split_scope("book/a.ipynb::Cell 3") == "book/a.ipynb"


def test_files_whose_tests_run_alone_exist() -> None:
    assert [file for file in schedule.ALONE if not (paths.ROOT / file).exists()] == []


def test_every_budget_is_for_something_that_exists() -> None:
    assert [group for group in schedule.BUDGETS["groups"] if not (paths.ROOT / group).is_dir()] == []
    names = set(schedule.BUDGETS["notebooks"]) - {"default"}
    assert names <= set(json.loads(paths.RUN_TIMES.read_text(encoding="utf-8")))


def test_what_is_over_and_what_is_under_is_told() -> None:
    limit = schedule.BUDGETS["notebooks"]["default"]
    lines = schedule.over_and_under({"book/a.ipynb": limit + 1.0, "book/b.ipynb": 1.0, "tests/unit/x/test_y.py": 2.0})
    told = {line.split()[-1]: line.split()[4] for line in lines}
    assert told == {"a": "OVER", "b": "under", "book": "under", "tests/unit": "under"}


@pytest.mark.parametrize("nodeid", ["book/a.ipynb::Cell 3", "tests/unit/test_x.py::test_y[a::b]"])
def test_a_tests_file_is_what_stands_before_the_first_colons(nodeid: str) -> None:
    assert schedule.file_of(nodeid) == nodeid.partition("::")[0]
