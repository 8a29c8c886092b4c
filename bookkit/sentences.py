"""One sentence a line in Markdown, so that a diff shows the sentence that changed.

A line break inside a paragraph is a space on the page, so the page stays what it was.  Only paragraphs are touched,
those of lists and quotes too: headings, tables, code, maths in blocks and HTML come back as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

HIDDEN = "\0"
# Inside these nothing ends a sentence: code, maths, a link with its address, and a tag.
OPAQUE = re.compile(
    r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|(?<![\\$])(\${1,2})(?!\$).+?(?<!\\)\2|!?\[[^\]]*\]\([^)\s]*\)|<[^>\s][^>]*>",
    re.DOTALL,
)
END = re.compile(r"(?P<word>\S*?)[.!?][\"'”’)\]*_]*(?P<gap>[ \t]+)(?=\S)")
ABBREVIATIONS = {"al", "approx", "cf", "ch", "chap", "dr", "e.g", "ed", "eds", "eq", "eqs", "etc", "fig", "figs", "i.e"}
ABBREVIATIONS |= {"mr", "mrs", "ms", "nos", "pp", "prof", "resp", "sec", "st", "vol", "vs"}
BEFORE_NUMBERS = {"no", "p"}  # No. 5, but: No. It is not.
INITIAL = re.compile(r"(?:.*-)?[A-Z]")  # K. Simonyan, and the second of J.-B. Alayrac
OPENING = "\"'“‘([*_"
ITEM = re.compile(r"\d+[.)](\s|$)")  # at the beginning of a line it would number a list
HARD_BREAK = re.compile(r"(?: {2,}|(?<!\\)\\)$")


@cache
def parser() -> MarkdownIt:
    """Return a parser that knows the blocks which the book's pages know."""
    markdown = MarkdownIt("commonmark").enable("table")
    return markdown.use(dollarmath_plugin).use(colon_fence_plugin).use(myst_block_plugin)


def hide(text: str) -> str:
    """Put as many placeholders in place of all in which no sentence ends."""
    return OPAQUE.sub(lambda found: HIDDEN * len(found[0]), text)


def ends_here(word: str, rest: str, hidden_rest: str) -> bool:
    """Say whether a stop after this word, before that rest of the paragraph, ends a sentence."""
    last = word.lstrip(OPENING)
    if last.lower() in ABBREVIATIONS or INITIAL.fullmatch(last):
        return False
    first = hidden_rest.lstrip(OPENING)[:1]
    if last.lower() in BEFORE_NUMBERS and first.isdigit():
        return False
    return (first == HIDDEN or first.isupper() or first.isdigit()) and not ITEM.match(rest)


def sentences(text: str) -> list[str]:
    """Split a text that has no line breaks."""
    hidden, found, start = hide(text), [], 0
    for match in END.finditer(hidden):
        after = match.end()
        if ends_here(match["word"], text[after:], hidden[after:]):
            found.append(text[start : match.start("gap")])
            start = after
    return [*found, text[start:]]


def rewrite(lines: list[str]) -> Iterator[str]:
    """Yield a paragraph's sentences; a hard break stays where it is."""
    joined = ""
    for line in lines:
        joined += line.lstrip() if HARD_BREAK.search(line) else line.strip() + " "
        if HARD_BREAK.search(line):
            yield from sentences(joined)
            joined = ""
    if joined.strip():
        yield from sentences(joined.strip())


def is_one_paragraph(lines: list[str]) -> bool:
    """Say whether these lines, by themselves, are a paragraph and nothing else."""
    return [token.type for token in parser().parse("\n".join(lines))] == ["paragraph_open", "inline", "paragraph_close"]


def one_a_line(text: str) -> str:
    """Return the same Markdown with each sentence of each paragraph on a line of its own."""
    lines = text.split("\n")
    tokens = parser().parse(text)
    for paragraph, inline in reversed(list(pairwise(tokens))):
        if paragraph.type != "paragraph_open" or paragraph.map is None or "$$" in inline.content:
            continue
        start, stop = paragraph.map
        content = inline.content.split("\n")
        first = lines[start].find(content[0])
        written = list(rewrite(content))
        if len(content) != stop - start or first < 0 or not is_one_paragraph(written):
            continue
        prefix = lines[start][:first]
        further = re.sub(r"[^>\s]", " ", prefix)  # a list's marker stands once, a quote's on every line
        lines[start:stop] = [prefix + written[0], *(further + line for line in written[1:])]
    return "\n".join(lines)
