"""Tell git how to show and how to merge a notebook, in this clone only: ``make git-drivers``.

``git diff`` then shows sentences, code and printed numbers in place of JSON, and ``git merge`` joins changes of
different cells by nbdime.  ``.gitattributes`` says which files these two are for; without them, a notebook is a text.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from bookkit.commands import git_show
from bookkit.paths import ROOT

MERGE = ROOT / ".venv-edit" / "bin" / "git-nbmergedriver"


def settings() -> dict[str, str]:
    """Return git's settings."""
    show = shlex.join([sys.executable, str(Path(git_show.__file__).resolve())])
    return {
        "diff.ipynb.textconv": show,
        "diff.ipynb.xfuncname": "^#+ .*",  # a change is shown below the heading of its section
        "merge.ipynb.name": "nbdime, cell by cell",
        "merge.ipynb.driver": f"{shlex.quote(str(MERGE))} merge %O %A %B %L %P",
    }


def configure(clone: Path) -> None:
    """Write the settings into a clone's own configuration."""
    for key, value in settings().items():
        subprocess.run(["git", "-C", clone, "config", "--local", key, value], check=True)


def main() -> int:
    """Configure the clone that this file is in."""
    configure(ROOT)
    print("git diff shows notebooks as text here, and git merge joins them cell by cell")
    return 0


if __name__ == "__main__":
    sys.exit(main())
