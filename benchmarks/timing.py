"""What the benchmarks share: take turns, compare medians, and keep the result in ``vae_tutorial/records``."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import torch

import vae_tutorial

RECORD = Path(vae_tutorial.__file__).parent / "records" / "benchmarks.json"
Times = dict[str, dict[str, float]]  # clock -> contender -> median seconds


def arguments(description: str | None, repeats: int) -> argparse.Namespace:
    """Read ``--repeats`` and ``--threads``, and set torch's threads."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    return options


def take_turns(contenders: Mapping[str, Callable[[], object]], repeats: int) -> Times:
    """Call each contender once to warm up and then ``repeats`` times in turn, so that a busy machine slows all alike.

    Returns:
        The median seconds of each: "processor" time, on which the ratios rely, and "wall" time.
    """
    clocks = {"processor": time.process_time, "wall": time.perf_counter}
    seconds: dict[str, dict[str, list[float]]] = {clock: {name: [] for name in contenders} for clock in clocks}
    for repeat in range(repeats + 1):
        for name, run in contenders.items():
            starts = {clock: now() for clock, now in clocks.items()}
            run()
            for clock, now in clocks.items():
                if repeat > 0:
                    seconds[clock][name].append(now() - starts[clock])
    return {
        clock: {name: statistics.median(times) for name, times in by_name.items()} for clock, by_name in seconds.items()
    }


def ratios(times: Times, ours: str) -> dict[str, dict[str, float]]:
    """Return, for each clock, the median of every contender over the median of ``ours``: above 1, ours is faster."""
    return {
        clock: {
            f"{name} / {ours}": round(median / by_name[ours], 2) for name, median in by_name.items() if name != ours
        }
        for clock, by_name in times.items()
    }


def milliseconds(times: Times, per: int = 1) -> dict[str, dict[str, float]]:
    """Return the medians in milliseconds, divided by the ``per`` units of work that one call does."""
    return {
        clock: {name: round(1000 * median / per, 4) for name, median in by_name.items()}
        for clock, by_name in times.items()
    }


def record(
    name: str, options: argparse.Namespace, result: Mapping[str, object], packages: tuple[str, ...] = ()
) -> None:
    """Print ``result`` with what it was measured on, and store it under ``name`` beside the other benchmarks."""
    script = f"python -m benchmarks.{Path(sys.argv[0]).stem}"
    entry = {
        **result,
        "relies on": "processor time",
        "repeats": options.repeats,
        "threads": options.threads,
        "command": f"{script} --repeats {options.repeats} --threads {options.threads}",
        "versions": {
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in ("torch", *packages)},
        },
        "machine": f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
    }
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    records[name] = entry
    RECORD.write_text(json.dumps(dict(sorted(records.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({name: entry}, indent=2, ensure_ascii=False))
