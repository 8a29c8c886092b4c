"""Run the notebooks strictly under other settings of the processor, and tell where a printed digit moved.

    python -m bookkit.commands.matrix [name …]

One and two threads, each with every vector unit that torch can use here, and once with the matrix library's own
compatible mode, which torch's setting does not reach.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import torch

from bookkit import notebooks as tool
from bookkit.paths import ROOT

EXEMPT = "nbval-ignore-output"
Setting = dict[str, str]


def settings() -> list[Setting]:
    """Return the environment of each column."""
    units = ["default", "avx2"]
    if torch.backends.cpu.get_cpu_capability() == "AVX512":
        units.append("avx512")
    grid = [
        {"OMP_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": unit} for threads, unit in itertools.product("12", units)
    ]
    return [*grid, {"OMP_NUM_THREADS": "1", "ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}]


def failures(setting: Setting, paths: list[Path]) -> set[str]:
    """Run the notebooks under one setting, in two processes, and return the names of those that differ."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile"]
        run = subprocess.run(
            [*command, f"--junitxml={report}", *map(str, paths)],
            cwd=ROOT,
            env=os.environ | setting,
            capture_output=True,
            text=True,
        )
        if run.returncode not in (0, 1):
            raise SystemExit(run.stdout + run.stderr)
        if run.returncode:
            print(run.stdout[-4000:], file=sys.stderr)
        return failed_notebooks(report)


def failed_notebooks(report: Path) -> set[str]:
    """Read pytest's report, in which a cell's class is the notebook: book.name.ipynb."""
    cases = ElementTree.parse(report).iter("testcase")
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return {str(case.get("classname")).removesuffix(".ipynb").rpartition(".")[2] for case in failed}


def exempt_cells(path: Path) -> list[str]:
    """Return the reason of each cell whose output is not compared."""
    cells = tool.read(path)["cells"]
    exempt = [cell["source"] for cell in cells if EXEMPT in cell["metadata"].get("tags", [])]
    return [next(line for line in source.splitlines() if EXEMPT in line) for source in exempt]


def main() -> int:
    """Print the table, and return 1 where anything failed."""
    paths = tool.named(sys.argv[1:])
    columns = settings()
    failed = []
    for setting in columns:
        failed.append(failures(setting, paths))
        name = ", ".join(f"{key}={value}" for key, value in setting.items())
        print(name, "→", sorted(failed[-1]) or "all pass", flush=True)
    print("\n| notebook | " + " | ".join(" ".join(setting.values()) for setting in columns) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for path in paths:
        print(f"| {path.stem} | " + " | ".join("FAIL" if path.stem in column else "pass" for column in failed) + " |")
    exempt = {path.stem: exempt_cells(path) for path in paths}
    print("\nCells whose output is not compared:", "none" if not any(exempt.values()) else "")
    for name, reasons in exempt.items():
        for reason in reasons:
            print(f"* {name}: {reason}")
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
