"""Cut the theme's icon fonts down to the icons that the book's pages use: 275 kB less for a reader's first page.

    python -m bookkit.commands.icons

It reads the built pages and the theme's style sheets, and writes ``book/_static/vendor/``, which Sphinx prefers to the
theme's own files of the same names.  The fonts are Font Awesome Free, under the SIL Open Font License 1.1.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import sphinx_book_theme
from fontTools import subset

from bookkit.paths import BOOK, HTML

FOLDER = Path("vendor") / "fontawesome" / "webfonts"
FONTS = ("fa-solid-900.woff2", "fa-brands-400.woff2", "fa-regular-400.woff2")
THEMES = Path(sphinx_book_theme.__file__).parent.parent
PRIVATE = ("\ue000", "\uf8ff")  # where icons have their code points
RULE = re.compile(r"((?:\.fa-[\w-]+(?::before)?,?)+)\{(?:--fa:|content:)\"\\(f[0-9a-f]{3})\"")


def style_sheets() -> list[str]:
    """Return the style sheets that the built pages load."""
    return [path.read_text(encoding="utf-8") for path in (HTML / "_static" / "styles").glob("*.css")]


def used_icons(styles: list[str]) -> set[int]:
    """Return the code points of the icons that a page names by class, and of those that the theme sets by itself."""
    pages = "".join(path.read_text(encoding="utf-8") for path in HTML.glob("*.html"))
    scripts = "".join(path.read_text(encoding="utf-8") for path in (HTML / "_static").glob("*.js"))
    named = set(re.findall(r"\bfa-[\w-]+", pages + scripts))
    found = set()
    for style in styles:
        for classes, code in RULE.findall(style):
            if named & set(re.findall(r"fa-[\w-]+", classes)):
                found.add(int(code, 16))
        found |= {ord(letter) for letter in style if PRIVATE[0] <= letter <= PRIVATE[1]}
    return found | {0xF107}  # the arrow of a fold, which the theme draws by itself


def main() -> int:
    """Write the fonts."""
    icons = used_icons(style_sheets())
    folder = BOOK / "_static" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in FONTS:
        [source] = (THEMES / "pydata_sphinx_theme").rglob(name)
        options = subset.Options(flavor="woff2", layout_features=[], notdef_outline=True)
        font = subset.load_font(source, options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=icons)
        cutter.subset(font)
        subset.save_font(font, folder / name, options)
        print(f"{name}: {source.stat().st_size} bytes → {(folder / name).stat().st_size}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
