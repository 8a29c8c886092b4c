"""Prepare a release, and say what lags behind: ``make release VERSION=0.2.0``.

    python -m bookkit.commands.release 0.2.0          # write the version wherever it stands, or name what forbids it
    python -m bookkit.commands.release --notes v0.2.0  # what the release of this tag says: its part of the change log

The version stands in the package, the citation, the readme and each notebook's set-up cell; the change log's
*Unreleased* becomes its part.  Nothing is written unless everything is in order; nothing is committed or tagged here.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from bookkit import notebooks as tool
from bookkit.commands import repoint
from bookkit.paths import ROOT

PACKAGE, CITATION, LOG, PROJECT = "vae_tutorial/__init__.py", "CITATION.cff", "CHANGELOG.md", "pyproject.toml"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
UNRELEASED = "## Unreleased\n"
NEXT = """Next, look at the difference, and then:

    git commit --all --message "Release {version}"
    git tag v{version}
    git push origin HEAD v{version}
"""


def read(root: Path, name: str) -> str:
    """Return the text of a file of the tree."""
    return (root / name).read_text(encoding="utf-8")


def version_of(root: Path = ROOT) -> str:
    """Return the package's version without importing it."""
    return read(root, PACKAGE).split('__version__ = "', 1)[1].split('"', 1)[0]


def as_numbers(version: str) -> tuple[int, ...]:
    """Return a version as something that can be compared."""
    return tuple(map(int, version.split(".")))


def section(log: str, heading: str) -> str:
    """Return what the change log says below the heading that begins so; nothing where there is none."""
    found = re.search(rf"^## {re.escape(heading)}\b[^\n]*\n(.*?)(?=^## |\Z)", log, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def git(root: Path, *arguments: str) -> list[str]:
    """Return the lines that git prints."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def installers(root: Path) -> list[Path]:
    """Return the files that tell how to install this version: the readme and the notebooks."""
    return [root / "README.md", *(path for path in repoint.places(root) if path.suffix == ".ipynb")]


def released(root: Path) -> list[str]:
    """Return the versions that have a tag, in order."""
    tags = [tag.removeprefix("v") for tag in git(root, "tag", "--list", "v*")]
    return sorted(filter(VERSION.fullmatch, tags), key=as_numbers)


def lagging(root: Path) -> Iterator[str]:
    """Yield a sentence for each file that names another version than the package."""
    version = version_of(root)
    if f"\nversion: {version}\n" not in read(root, CITATION):
        yield f"{CITATION} does not name version {version}, which {PACKAGE} has."
    for path in installers(root):
        if set(re.findall(r"git\+https://[^\s\"@]+@v([\w.]+)", path.read_text(encoding="utf-8"))) != {version}:
            yield f"{path.relative_to(root)} does not install v{version}, the version that {PACKAGE} has."


def refusals(root: Path, version: str) -> Iterator[str]:
    """Yield a sentence for each thing that forbids this release."""
    if not VERSION.fullmatch(version):
        yield f"{version!r} is not a version: write three numbers, as in VERSION=0.2.0."
        return
    for line in git(root, "status", "--porcelain"):
        yield f"{line[3:]} is not committed: commit it or put it away first."
    tags, current = released(root), version_of(root)
    if version in tags:
        yield f"The tag v{version} is there already: a release is never made twice."
    elif tags and as_numbers(version) <= as_numbers(tags[-1]):
        yield f"The tag v{tags[-1]} is there already: {version} is not greater."
    if as_numbers(version) < as_numbers(current):
        yield f"{PACKAGE} has version {current} already: {version} is not greater."
    if not section(read(root, LOG), "Unreleased"):
        yield f"{LOG} says nothing under Unreleased: write there what changed."
    if "/OWNER/" in repoint.address_of(root):
        yield f"{PROJECT} still has the placeholder OWNER in its address: run `make repoint URL=…` first."
    yield from lagging(root)


def replace(path: Path, change: Callable[[str], str]) -> None:
    """Change a file; a notebook comes out in normal form."""
    text = change(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8", newline="\n")
    if path.suffix == ".ipynb":  # a cell's id is made from its source
        path.write_text(tool.normalise(tool.read(path)), encoding="utf-8", newline="\n")


def cite(text: str, version: str, day: date) -> str:
    """Return the citation with another version and day."""
    text = re.sub(r"^date-released: .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^version: .*$", f"version: {version}\ndate-released: {day}", text, flags=re.MULTILINE)


def prepare(root: Path, version: str, day: date) -> None:
    """Write the version wherever it stands."""
    old = version_of(root)
    replace(root / PACKAGE, lambda text: text.replace(f'__version__ = "{old}"', f'__version__ = "{version}"'))
    replace(root / CITATION, lambda text: cite(text, version, day))
    replace(root / LOG, lambda text: text.replace(UNRELEASED, f"{UNRELEASED}\n## {version}, {day}\n"))
    for path in installers(root):
        replace(path, lambda text: re.sub(rf"@v{re.escape(old)}(?![\w.]*\w)", f"@v{version}", text))


def notes(root: Path, tag: str) -> str:
    """Return what the change log says about a tag's version, which must be the tree's."""
    version = tag.removeprefix("v")
    wrong = list(lagging(root))
    if version != version_of(root):
        wrong.append(
            f"{PACKAGE} has version {version_of(root)}, and the tag is {tag}: run `make release` before the tag."
        )
    if not section(read(root, LOG), version):
        wrong.append(f"{LOG} has no part for {version}: `make release` makes it.")
    if wrong:
        raise SystemExit("\n".join(wrong))
    return section(read(root, LOG), version)


def main(root: Path = ROOT) -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="three numbers, or with --notes the tag")
    parser.add_argument("--notes", action="store_true", help="print the part of the change log, and change nothing")
    arguments = parser.parse_args()
    if arguments.notes:
        print(notes(root, arguments.version))
        return 0
    wrong = list(refusals(root, arguments.version))
    if wrong:
        print("\n".join(wrong))
        return 1
    prepare(root, arguments.version, datetime.now(UTC).date())
    print(NEXT.format(version=arguments.version))
    return 0


if __name__ == "__main__":
    sys.exit(main())
