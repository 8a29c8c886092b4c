"""Everything that one chapter must pass: format, run, store, and then its laws, its outputs and its planted error.

python -m bookkit.commands.chapter name [name …]
"""

from __future__ import annotations

import subprocess
import sys

from bookkit.notebooks import named
from bookkit.paths import ROOT


def main(names: list[str]) -> int:
    """Do it for the chapters of these names, and return 0 if all is well."""
    if not names:
        raise SystemExit('say which chapter: make chapter ONLY="name"')
    files = [str(path) for path in named(names)]
    only = " or ".join(path.removesuffix(".ipynb") for path in names)
    steps = [
        ["-m", "ruff", "format", *files],
        ["-m", "bookkit.commands.notebooks", *names],
        ["-m", "bookkit.commands.about"],
        ["-m", "ruff", "check", *files],
        ["-m", "pytest", "--quiet", "tests/text", "-k", only],
        ["-m", "pytest", "--quiet", *files],
    ]
    for step in steps:
        print("python", *step, flush=True)
        if subprocess.run([sys.executable, *step], cwd=ROOT, check=False).returncode:
            return 1
    print(f"{', '.join(names)}: all is well. Look at the page: make serve")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
