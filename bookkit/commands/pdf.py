"""Print the built book as one PDF, with a table of contents, bookmarks and page numbers: ``make pdf``.

Each page is printed by headless Chromium as its own print style has it; explorables stand still, solutions are open.
"""

from __future__ import annotations

import html
import io
from typing import Any

import yaml
from playwright.sync_api import Page
from pypdf import PdfReader, PdfWriter

from bookkit import chromium
from bookkit.paths import BOOK, HTML, ROOT

PRINTED = ROOT / "_build" / "book.pdf"
EDGES = ("top", "bottom", "left", "right")
PAPER: dict[str, Any] = {
    "format": "A4",
    "scale": 0.75,
    "print_background": True,
    "margin": dict.fromkeys(EDGES, "16mm"),
}
PREPARE = """async () => {
  document.documentElement.dataset.theme = document.documentElement.dataset.mode = "light";
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const folded of document.querySelectorAll(".toggle-hidden")) folded.classList.remove("toggle-hidden");
  // A link to another chapter would lead to the server that printed this.
  for (const link of document.querySelectorAll("article a[href]"))
    if (link.origin === location.origin && link.pathname !== location.pathname) link.removeAttribute("href");
  if (window.MathJax?.startup) await window.MathJax.startup.promise;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
}"""
CONTENTS = """<!doctype html><meta charset="utf-8"><style>
  body {{ font: 13pt/1.45 Georgia, "Liberation Serif", serif; }}
  h1 {{ font-size: 34pt; margin: 40mm 0 2mm; }} h2 {{ font-size: 16pt; margin: 6mm 0 1mm; }} p {{ margin: 0 0 14mm; }}
  ol {{ list-style: none; margin: 0; padding: 0; }} li {{ display: flex; gap: 6mm; break-inside: avoid; }}
  li span:first-child {{ flex: 1; }}
</style><h1>{title}</h1><p>{author}</p>{parts}"""
NUMBERS = """<!doctype html><style>
  @page {{ size: A4; margin: 0; }} body {{ margin: 0; font: 9pt sans-serif; }}
  div {{ height: 297mm; box-sizing: border-box; padding-top: 285mm; text-align: center; overflow: hidden; }}
  div + div {{ break-before: page; }}
</style>{pages}"""
Parts = list[tuple[str, list[str]]]


def parts_of(toc: dict[str, Any]) -> Parts:
    """Return the pages in reading order, by part; the home page stands alone in the first."""
    parts = [(part["caption"], [chapter["file"] for chapter in part["chapters"]]) for part in toc["parts"]]
    return [("", [toc["root"]]), *parts]


def print_page(page: Page, address: str) -> tuple[str, PdfReader]:
    """Print one page of the book; return its title too."""
    page.goto(address, wait_until="load")
    page.evaluate(PREPARE)
    title = page.inner_text("article h1").removesuffix("#").strip()
    return title, PdfReader(io.BytesIO(page.pdf(**PAPER)))


def print_html(page: Page, text: str, **paper: Any) -> PdfReader:
    """Print a page made here."""
    page.set_content(text)
    return PdfReader(io.BytesIO(page.pdf(**(PAPER | paper))))


def contents(page: Page, parts: Parts, titles: dict[str, str], first_pages: dict[str, int]) -> PdfReader:
    """Print the table of contents, with the number of each chapter's first page."""

    def line(name: str) -> str:
        return f"<li><span>{html.escape(titles[name])}</span><span>{first_pages[name]}</span></li>"

    lists = [f"<h2>{html.escape(part)}</h2><ol>{''.join(map(line, names))}</ol>" for part, names in parts]
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return print_html(page, CONTENTS.format(parts="".join(lists), title=config["title"], author=config["author"]))


def starts(lengths: dict[str, int], offset: int) -> dict[str, int]:
    """Return the number of each chapter's first page, when ``offset`` pages come before them."""
    first = {}
    for name, length in lengths.items():
        first[name] = offset + 1
        offset += length
    return first


def bind(page: Page, site: str, parts: Parts) -> PdfWriter:
    """Print every page and join them behind a table of contents."""
    printed = {name: print_page(page, f"{site}/{name}.html") for _, names in parts for name in names}
    titles = {name: title for name, (title, _) in printed.items()}
    lengths = {name: len(reader.pages) for name, (_, reader) in printed.items()}
    front = contents(page, parts, titles, starts(lengths, offset=0))  # to learn how long the contents are
    first_pages = starts(lengths, offset=len(front.pages))
    writer = PdfWriter()
    writer.append(contents(page, parts, titles, first_pages))
    for title, reader in printed.values():
        writer.append(reader, outline_item=title, import_outline=False)
    total = len(writer.pages)
    numbers = NUMBERS.format(pages="".join(f"<div>{number}</div>" for number in range(1, total + 1)))
    stamps = print_html(page, numbers, margin=dict.fromkeys(EDGES, "0"), scale=1, prefer_css_page_size=True)
    for sheet, stamp in zip(writer.pages, stamps.pages, strict=True):
        sheet.merge_page(stamp)
    writer.add_metadata({"/Title": titles[parts[0][1][0]]})
    writer.compress_identical_objects()
    return writer


def main() -> None:
    """Print the book."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    with chromium.served(HTML) as site, chromium.launched() as browser:
        page = browser.new_page(color_scheme="light", viewport={"width": 1000, "height": 1400})
        writer = bind(page, site, parts_of(toc))
    writer.write(PRINTED)
    print(f"{len(writer.pages)} pages, {PRINTED.stat().st_size / 1e6:.1f} MB: {PRINTED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
