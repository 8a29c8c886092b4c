"""Show a notebook as text, for ``git diff``: what is written, what was run, what it printed; pictures by digest.

    python bookkit/commands/git_show.py chapter.ipynb

``make git-drivers`` tells git to call it, once for either side of each notebook in a diff.  So it imports nothing but
the standard library, and is done in a tenth of a second.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any


def joined(text: str | list[str]) -> str:
    """Return a text that a notebook may hold as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def shown_data(data: dict[str, Any]) -> list[str]:
    """Return an output's text, and a digest for each other form of it."""
    lines = joined(data["text/plain"]).splitlines() if "text/plain" in data else []
    others = {kind: json.dumps(value, sort_keys=True) for kind, value in data.items() if kind != "text/plain"}
    return lines + [f"[{kind}: {sha256(text.encode()).hexdigest()[:12]}]" for kind, text in sorted(others.items())]


def shown_output(output: dict[str, Any]) -> list[str]:
    """Return the lines of one output."""
    if output["output_type"] == "stream":
        return joined(output["text"]).splitlines()
    if output["output_type"] == "error":
        return [f"{output['ename']}: {output['evalue']}"]
    return shown_data(output["data"])


def shown_cell(cell: dict[str, Any]) -> list[str]:
    """Return a cell's lines: Markdown as it is, code in a fence with its metadata, outputs set in."""
    source = joined(cell["source"]).splitlines()
    if cell["cell_type"] != "code":
        return source
    metadata = json.dumps(cell["metadata"], ensure_ascii=False, sort_keys=True) if cell["metadata"] else ""
    outputs = [line for output in cell["outputs"] for line in shown_output(output)]
    return [f"```python {metadata}".rstrip(), *source, "```", *(f"    {line}".rstrip() for line in outputs)]


def as_text(notebook: dict[str, Any]) -> str:
    """Return a notebook as text."""
    return "\n\n".join("\n".join(shown_cell(cell)) for cell in notebook["cells"]) + "\n"


def main() -> int:
    """Print the notebook that the command line names; of what is none, as in a conflict, print the text as it is."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    try:
        shown = as_text(json.loads(text))
    except (ValueError, KeyError):
        shown = text
    sys.stdout.buffer.write(shown.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
