"""Write the conf.py with which Sphinx alone builds the book: ``make sphinx``.

Jupyter Book 1 is a translator: it turns ``_config.yml`` into Sphinx's own settings and calls Sphinx.  Here the
translation is kept as a file, ``_build/sphinx/conf.py``.  What that file asks for are Sphinx, the theme
``sphinx_book_theme``, and the extensions it lists, ``sphinx_external_toc`` for ``_toc.yml`` among them; Jupyter Book
itself is not imported while the pages are built.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_book.config import get_final_config

from bookkit.paths import BOOK, ROOT

CONF = ROOT / "_build" / "sphinx" / "conf.py"
# Jupyter Book's own extension does nothing but declare the two settings, and the other two serve LaTeX and numbered
# tables of contents, which this book has not.
DROPPED_EXTENSIONS = {"jupyter_book", "sphinx_jupyterbook_latex", "sphinx_multitoc_numbering"}
DROPPED_SETTINGS = {"use_jupyterbook_latex", "use_multitoc_numbering"}
# Sphinx looks for these beside conf.py, and Jupyter Book, which writes none, beside the pages.
PATHS = {"html_static_path", "html_extra_path", "templates_path", "html_logo", "html_favicon"}
HEAD = '''"""The settings of Sphinx for this book, written from _config.yml by `make sphinx`."""

'''


def settings() -> dict[str, Any]:
    """Return what Jupyter Book 1 would hand to Sphinx, less what only Jupyter Book needs."""
    found, _ = get_final_config(
        user_yaml=ROOT / "_config.yml",
        sourcedir=BOOK,
        cli_config={"external_toc_path": "_toc.yml", "latex_individualpages": False, "nitpicky": True},
    )
    found["extensions"] = [name for name in found["extensions"] if name not in DROPPED_EXTENSIONS]
    return {key: value for key, value in found.items() if key not in DROPPED_SETTINGS}


def seen_from(folder: Path, value: str | list[str]) -> str | list[str]:
    """Rewrite a path of the book's, or a list of them, as relative to the folder of conf.py."""
    if isinstance(value, list):
        return [os.path.relpath(BOOK / name, folder) for name in value]
    return os.path.relpath(BOOK / value, folder)


def conf(folder: Path) -> str:
    """Return the text of a conf.py that is to lie in this folder."""
    found = {key: seen_from(folder, value) if key in PATHS else value for key, value in settings().items()}
    return HEAD + "".join(f"{key} = {value!r}\n" for key, value in sorted(found.items()))


def main() -> int:
    """Write conf.py."""
    CONF.parent.mkdir(parents=True, exist_ok=True)
    CONF.write_text(conf(CONF.parent), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
