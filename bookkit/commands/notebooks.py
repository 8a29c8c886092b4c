"""Run the book's notebooks and store their outputs in a normal form.

python -m bookkit.commands.notebooks [--check | --no-run] [name …]
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from bookkit import stills
from bookkit.notebooks import execute, is_normal, lighten, named, normalise, read
from bookkit.paths import NOTEBOOKS, RUN_TIMES


def processor_seconds() -> float:
    """Return the time that finished kernels have spent on a processor; the clock on the wall counts neighbours too."""
    times = os.times()
    return times.children_user + times.children_system


def note_run_time(name: str, seconds: int) -> None:
    """Keep what a notebook took, for the page about this build."""
    noted = json.loads(RUN_TIMES.read_text(encoding="utf-8")) if RUN_TIMES.exists() else {}
    noted[name] = seconds
    kept = {path.stem: noted[path.stem] for path in NOTEBOOKS if path.stem in noted}
    RUN_TIMES.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="notebooks by name, with or without .ipynb; none means all")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="report files that are not in normal form")
    mode.add_argument("--no-run", action="store_true", help="normalise without running")
    arguments = parser.parse_args()
    paths = named(arguments.names)
    if arguments.check:
        wrong = [path.name for path in paths if not is_normal(path)]
        for name in wrong:
            print(f"{name} is not in normal form; `make notebooks` makes it so")
        return bool(wrong)
    # The kernel inherits these, as it does under the tests: no progress bars, one thread.
    os.environ |= {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}
    for path in paths:
        notebook = read(path)
        if not arguments.no_run:
            start = processor_seconds()
            execute(notebook, path.parent)
            seconds = round(processor_seconds() - start)
            note_run_time(path.stem, seconds)
            print(f"{path.name}: {seconds} s of one processor", flush=True)
            stills.add_stills(notebook)
        lighten(notebook)
        path.write_text(normalise(notebook), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
