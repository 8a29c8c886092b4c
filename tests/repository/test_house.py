"""The parts of the repository build on one another in one order, and the picture of it shows what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookkit import house, paths

FILES = [path for path in sorted(paths.PACKAGE.rglob("*.py")) if not path.name.startswith("__")]
AROUND = [path for folder in house.AROUND for path in sorted((paths.ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(paths.PACKAGE)))
def test_a_module_imports_only_from_those_before_it(path: Path) -> None:
    module = path.relative_to(paths.PACKAGE).with_suffix("").parts[0]
    assert house.import_faults(module, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models", "from vae_tutorial import evidence"),
        ("models", "from vae_tutorial.evidence import quadrature"),
        ("models", "def f():\n    import vae_tutorial.training.loop"),
        ("models", "from .networks import MLP"),
        ("models", "from bookkit import paths"),
        ("utilities", ""),
    ],
)
def test_an_import_against_the_order_is_found(module: str, source: str) -> None:
    assert house.import_faults(module, source) != []


def test_an_import_along_the_order_is_allowed() -> None:
    assert house.import_faults("evidence", "import torch\nfrom vae_tutorial.models import VAE") == []


def test_every_module_of_the_package_has_a_place_in_the_order() -> None:
    there = {path.relative_to(paths.PACKAGE).with_suffix("").parts[0] for path in FILES}
    assert there - {"records"} == set(house.MODULE_ORDER)


def test_benchmarks_and_experiments_need_no_test() -> None:
    for path in AROUND:
        if path.relative_to(paths.ROOT).parts[0] != "tests":
            assert "tests" not in house.first_names(path.read_text(encoding="utf-8")), path


def imported_tests(source: str) -> set[str]:
    """Return what a test module imports from others, rather than from tests/support."""
    return {name for name in house.imported_names(source) if re.search(r"(^|\.)(test_|conftest\b)", name)}


def test_no_test_module_imports_another() -> None:
    for path in (paths.ROOT / "tests").rglob("*.py"):
        assert imported_tests(path.read_text(encoding="utf-8")) == set(), path


@pytest.mark.parametrize(
    "source",
    ["import tests.unit.test_checks", "from tests.unit.test_checks import COUNTS", "from tests.conftest import x"],
)
def test_a_test_module_that_imports_another_is_found(source: str) -> None:
    assert imported_tests("import torch\n" + source) != set()


def test_the_picture_in_contributing_is_drawn_from_the_imports() -> None:
    page = (paths.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert page == house.redrawn(page), "run `python -m bookkit.commands.house`"
    assert page.count(house.BEGIN) == page.count(house.END) == 1


def test_an_import_more_changes_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    before, imports = house.picture(), house.imports()
    monkeypatch.setattr(house, "imports", lambda: imports | {"figures": {"networks"}})
    assert house.picture() != before


def test_what_is_reached_through_another_is_not_drawn() -> None:
    of: dict[str, set[str]] = {name: set() for name in house.MODULE_ORDER}
    of |= {"models": {"checks", "networks"}, "networks": {"checks"}}
    assert house.direct("models", of) == ["networks"]
