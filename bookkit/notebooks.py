"""Read, run and normalise the book's notebooks, so that a diff shows only what changed."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from bookkit import pictures, reading, sentences
from bookkit.paths import NOTEBOOKS

NOTEBOOK_METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",  # without it and the exporter, `jupyter nbconvert --to script` writes a .txt
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",  # this lexer knows %pip
    },
}
# The tags hide-cell and hide-input fold a cell on the page; these fold the same cell in Colab and in JupyterLab.
FOLDED = {"cellView": "form", "jupyter": {"outputs_hidden": True, "source_hidden": True}}
FOLDED_SOURCE = {"cellView": "form", "jupyter": {"source_hidden": True}}
KEPT_CELL_METADATA = {"tags", "mystnb", *FOLDED}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def lighten(notebook: Any) -> None:
    """Store every picture of a notebook with a palette; pictures are two thirds of a notebook's bytes otherwise."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                png = pictures.lighten_png(base64.b64decode(data["image/png"]))
                data["image/png"] = base64.b64encode(png).decode() + "\n"


def merge_streams(outputs: list[Any]) -> list[Any]:
    """Join neighbouring pieces of the same stream, which a kernel splits as its timing has it."""
    merged: list[Any] = []
    for output in outputs:
        if merged and output["output_type"] == "stream" and merged[-1].get("name") == output["name"]:
            merged[-1]["text"] += output["text"]
        else:
            merged.append(output)
    return merged


def normalise_output(output: Any, count: int | None) -> None:
    """Keep what an output shows, and nothing about the run that made it."""
    if "execution_count" in output:
        output["execution_count"] = count
    data = output.get("data", {})
    if len(data) > 1:
        data.pop(WIDGET_VIEW, None)  # names a model that lived in the kernel; the other forms show without one
    if "image/png" in data:
        png = pictures.strip_png(base64.b64decode(data["image/png"]))
        data["image/png"] = base64.b64encode(png).decode() + "\n"


def prompts(source: str) -> dict[str, str]:
    """Name the fold on the page as Colab names it, by the cell's `# @title` line."""
    title = re.match(r"# @title (.+)", source)
    return {"code_prompt_show": title[1], "code_prompt_hide": title[1]} if title else {}


def normalise_cell(cell: Any, count: int | None) -> None:
    """Number a cell by its place, write a sentence a line, and keep only the metadata that readers and tests use."""
    kept = {key: value for key, value in cell["metadata"].items() if key in KEPT_CELL_METADATA}
    if cell["cell_type"] == "code":
        for tag, folded in (("hide-cell", FOLDED), ("hide-input", FOLDED_SOURCE)):
            if tag in kept.get("tags", []):
                kept |= folded | {"mystnb": kept.get("mystnb", {}) | prompts(cell["source"])}
        cell["execution_count"] = count
        cell["outputs"] = merge_streams(cell["outputs"])
        for output in cell["outputs"]:
            normalise_output(output, count)
    if cell["cell_type"] == "markdown":
        cell["source"] = sentences.one_a_line(cell["source"])
    cell["metadata"] = kept


def normalise(notebook: Any) -> str:
    """Return the one text that stands for this notebook; what is in normal form comes back unchanged."""
    notebook["metadata"] = NOTEBOOK_METADATA
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    opening = notebook["cells"][0]
    opening["source"] = reading.with_time(opening["source"], notebook["cells"])
    count = 0
    seen: dict[str, int] = {}
    for cell in notebook["cells"]:
        executed = cell["cell_type"] == "code" and bool(cell["source"].strip())
        count += executed
        normalise_cell(cell, count if executed else None)
        # An id made from the source stays the same when cells are added or moved around it.
        digest = sha256(cell["source"].encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def named(names: list[str]) -> list[Path]:
    """Return the notebooks of these names, with or without .ipynb; none means all."""
    by_name = {path.stem: path for path in NOTEBOOKS}
    unknown = [name for name in names if Path(name).stem not in by_name]
    if unknown:
        raise SystemExit(f"there is no notebook {', '.join(unknown)}: the names are {', '.join(by_name)}")
    return [by_name[Path(name).stem] for name in names] or NOTEBOOKS


def read(path: Path) -> Any:
    """Read a notebook as it is: `nbformat.read` would warn of ids that normal form is about to set."""
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def is_normal(path: Path) -> bool:
    """Say whether a file is, byte for byte, what `normalise` would write."""
    return path.read_text(encoding="utf-8") == normalise(read(path))


def execute(notebook: Any, folder: Path) -> None:
    """Run every cell in a fresh kernel that starts in the notebook's folder."""
    quiet = ["--log-level=ERROR"]  # ipykernel warns on every start that it listens on a local port
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=600, store_widget_state=False, extra_arguments=quiet
    )
    client.execute(cwd=str(folder))
