"""In which order and in which company the tests run, and how long they took beside their budgets.

A pytest plugin.  With several processes (``--dist loadfile``) the tests of a file stay together, since they share a
kernel or what a file has computed; a page of the book is a group of its own.  The longest groups begin first.  At the
end stands a table of times against ``bookkit/budgets.toml``.  No test fails by time.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from bookkit import paths

BUDGETS = tomllib.loads((paths.KIT / "budgets.toml").read_text(encoding="utf-8"))
ALONE = {"tests/browser/test_chapters.py", "tests/browser/test_pages.py"}  # each of their tests is a group
SLOWEST = 20

_seconds: dict[str, float] = defaultdict(float)  # by file


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring what takes long to the front."""
    run_times = json.loads(paths.RUN_TIMES.read_text(encoding="utf-8"))
    items.sort(key=lambda item: rank(file_of(item.nodeid), run_times))


def rank(file: str, run_times: dict[str, int]) -> tuple[int, int]:
    """Return where a file stands: browsers, then notebooks from the longest to the shortest, then the rest."""
    if file.startswith("tests/browser"):
        return (0, 0)
    if file.endswith(".ipynb"):
        return (1, -run_times.get(PurePosixPath(file).stem, 0))
    return (2, 0)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Give each process a group of tests at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Keep a group's tests in one process, in whatever way they are dealt out."""
    return ByFile(config, log)


def group_of(nodeid: str) -> str:
    """Return the group that a test runs with: those of its file, or none but itself."""
    file = file_of(nodeid)
    return nodeid if file in ALONE else file


def file_of(nodeid: str) -> str:
    """Return the file that a test stands in."""
    return nodeid.split("::")[0]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what each file took; with several processes, the one that reports hears of all."""
    _seconds[file_of(report.nodeid)] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the slowest files, and every budget with what was spent of it."""
    if terminalreporter.config.option.durations is None and not terminalreporter.config.getoption("numprocesses", None):
        return
    terminalreporter.section("time")
    for file, seconds in sorted(_seconds.items(), key=lambda pair: -pair[1])[:SLOWEST]:
        terminalreporter.write_line(f"{seconds:7.1f} s  {file}")
    for line in over_and_under(_seconds):
        terminalreporter.write_line(line)


def over_and_under(seconds: dict[str, float]) -> list[str]:
    """Return a line for each budget: what was spent, what is allowed, and which of the two is larger."""
    spent: dict[str, float] = defaultdict(float)
    for file, took in seconds.items():
        for group in BUDGETS["groups"]:
            if file.startswith(f"{group}/"):
                spent[group] += took
        if file.endswith(".ipynb"):
            spent[Path(file).stem] = took
    allowed = {name: BUDGETS["notebooks"].get(name, BUDGETS["notebooks"]["default"]) for name in spent} | {
        group: limit for group, limit in BUDGETS["groups"].items() if group in spent
    }
    return [
        f"{took:7.1f} of {allowed[name]:4d} s  {'OVER ' if took > allowed[name] else 'under'}  {name}"
        for name, took in sorted(spent.items())
    ]
