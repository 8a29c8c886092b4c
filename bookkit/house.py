"""How the parts of the repository build on one another: the order that they must keep, and a picture of it.

The order is a rule (`MODULE_ORDER`); the picture is drawn from the imports, so it shows what is, and a test holds the
one in CONTRIBUTING.md equal to it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bookkit.paths import PACKAGE, ROOT

# Each module may import from those above it.
MODULE_ORDER = [
    "checks",
    "numerics",
    "divergences",
    "datasets",
    "networks",
    "likelihoods",
    "posteriors",
    "priors",
    "protocol",
    "models",
    "inference",
    "objectives",
    "evidence",
    "diagnostics",
    "training",
    "adapters",
    "figures",
    "explorables",
]
AROUND = ["experiments", "benchmarks", "bookkit", "bookkit/commands", "tests"]  # nothing of the package imports these
BEGIN, END = "<!-- house: `python -m bookkit.commands.house` draws this -->", "<!-- end of the house -->"


def modules(name: str) -> list[Path]:
    """Return the files of a module of the package."""
    folder = PACKAGE / name
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{name}.py"]


def imported_names(source: str) -> set[str]:
    """Return what a source file imports, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_modules(source: str, package: str = "vae_tutorial") -> set[str]:
    """Return the modules of the package that a source file imports, by their first name below it."""
    return {name.split(".")[1] for name in imported_names(source) if name.startswith(f"{package}.")}


def first_names(source: str) -> set[str]:
    """Return the packages that a source file imports from."""
    return {name.split(".")[0] for name in imported_names(source)}


def import_faults(module: str, source: str) -> list[str]:
    """Find imports that go against the order in which the modules build on one another."""
    if module not in MODULE_ORDER:
        return [f"{module} has no place in MODULE_ORDER"]
    allowed = MODULE_ORDER[: MODULE_ORDER.index(module) + 1]
    relative = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.level]
    faults = [f"{module} imports relatively, which hides what it depends on"] if relative else []
    faults += [
        f"{module} imports {name}, which stands around the package" for name in AROUND if name in first_names(source)
    ]
    return faults + [f"{module} imports {name}" for name in sorted(imported_modules(source) - set(allowed))]


def imports() -> dict[str, set[str]]:
    """Return, for each module of the package, the other modules that it imports."""
    found = {}
    for name in MODULE_ORDER:
        sources = [path.read_text(encoding="utf-8") for path in modules(name)]
        found[name] = set().union(*map(imported_modules, sources)) & set(MODULE_ORDER) - {name}
    return found


def direct(name: str, of: dict[str, set[str]]) -> list[str]:
    """Return what a module imports and has not already by what it imports, in the order of the modules."""
    beneath: set[str] = set().union(*(_all_beneath(other, of) for other in of[name]))
    return [other for other in MODULE_ORDER if other in of[name] - beneath]


def _all_beneath(name: str, of: dict[str, set[str]]) -> set[str]:
    return set().union(of[name], *(_all_beneath(other, of) for other in of[name]))


def job(path: Path) -> str:
    """Return what a file or folder says that it is for: its docstring, to the first colon, semicolon or full stop."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<!e\.g)[.:;](?: |$)", first)[0]


def picture() -> str:
    """Return the house as text: the package from the ground up, then what stands around it."""
    of = imports()
    lines = [
        BEGIN,
        "",
        "```text",
        "vae_tutorial/: each module rests on those named below it (←), and on what they rest on",
        "",
    ]
    for name in MODULE_ORDER:
        file = PACKAGE / name / "__init__.py" if (PACKAGE / name).is_dir() else PACKAGE / f"{name}.py"
        rests = f"  ← {', '.join(direct(name, of))}" if of[name] else ""
        lines += [f"  {name:<14}{job(file)}", f"  {'':<14}{rests}".rstrip()] if rests else [f"  {name:<14}{job(file)}"]
    lines += ["", "around it"]
    lines += [f"  {folder + '/':<18}{job(ROOT / folder / '__init__.py')}" for folder in AROUND]
    return "\n".join([*lines, "```", "", END])


def redrawn(text: str) -> str:
    """Return a page with the picture in it drawn anew."""
    before, _, rest = text.partition(BEGIN)
    return before + picture() + rest.partition(END)[2]
