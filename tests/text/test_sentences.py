"""One sentence a line in Markdown, and the page stays what it was."""

from __future__ import annotations

import re
from functools import cache

import hypothesis.strategies as st
import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from bookkit import notebooks as tool
from bookkit.paths import NOTEBOOKS
from bookkit.sentences import one_a_line


@cache
def parser() -> MarkdownIt:
    """Return a parser of the book's Markdown, put together here and not where it is used."""
    markdown = MarkdownIt("commonmark").enable("table")
    return markdown.use(dollarmath_plugin).use(colon_fence_plugin).use(myst_block_plugin)


def render(text: str) -> str:
    """Return the page of a Markdown text, white space in its paragraphs as browsers show it: once, and never last."""
    tokens = parser().parse(text)
    for child in (child for token in tokens for child in token.children or []):
        child.content = " " if child.type == "softbreak" else re.sub(r"\s+", " ", child.content)
        child.content = child.content.strip() if child.type == "code_inline" else child.content
        child.type = "text" if child.type == "softbreak" else child.type
    return re.sub(" +", " ", parser().renderer.render(tokens, parser().options, {}))


SPLIT = {
    "plain": ("One. Two? Three! Four", "One.\nTwo?\nThree!\nFour"),
    "wrapped anew": ("One and\na half. Two\nis more.", "One and a half.\nTwo is more."),
    "brackets and quotes": (
        '(One.) "Two." It says "Three?" *Four.* Five.',
        '(One.)\n"Two."\nIt says "Three?"\n*Four.*\nFive.',
    ),
    "a run-in heading": ("**Exercise 1 (two lines).** Let $x$ be.", "**Exercise 1 (two lines).**\nLet $x$ be."),
    "begins with maths, code or a link": ("A. $x$ is. `y` is. [z](a.b) is.", "A. $x$ is.\n`y` is.\n[z](a.b) is."),
    "a Greek letter at the end": ("It is σ. The rest", "It is σ.\nThe rest"),
    "no, the answer": ("**No.** It is. No. It is", "**No.**\nIt is.\nNo.\nIt is"),
    "a list": ("* One. Two.\n  Three.\n* Four", "* One.\n  Two.\n  Three.\n* Four"),
    "a list in a list": ("1. One. Two.\n   * Three. Four", "1. One.\n   Two.\n   * Three.\n     Four"),
    "a second paragraph of a list": ("1. One.\n\n   Two. Three.", "1. One.\n\n   Two.\n   Three."),
    "a quote": ("> One. Two.\n> * Three. Four", "> One.\n> Two.\n> * Three.\n>   Four"),
    "a lazy quote": ("> One. Two\nis more.", "> One.\n> Two is more."),
    "beside HTML": ("<details>\n\nOne. Two.\n\n</details>", "<details>\n\nOne.\nTwo.\n\n</details>"),
    "beside maths": ("One. Two.\n\n$$\na. B\n$$\n\nThree. Four.", "One.\nTwo.\n\n$$\na. B\n$$\n\nThree.\nFour."),
    "a hard break": ("One. Two  \nThree. Four\\\nFive.", "One.\nTwo  \nThree.\nFour\\\nFive."),
}
WHOLE = {
    "abbreviations": "See e.g. Adam, i.e. Eve, cf. Fig. 3, Eq. (2), vs. Cain et al. (2018), etc. Abel, No. 5 and p. 7.",
    "numbers": "From 3.5 to 1.10.",
    "initials": "* D. P. Kingma, J.-B. Alayrac and M. I. Jordan (1999), [arXiv:1. A](https://a.org/b.C).",
    "lower case goes on": "The call `fit(). Then` and x.y and ... more.",
    "inside code, maths, links and tags": 'Say `a. B` or $a. B$ or [a. B](c) or <a title="a. B">.',
    "a fence": "```python\na. B. C\n```\n\n:::{note}\nOne. Two.\n:::",
    "a table": "| a | b |\n|---|---|\n| One. Two. | Three. Four. |",
    "maths": "$$\na. B. C\n$$",
    "headings": "# One. Two\n\nOne. two\n===",
    "HTML": "<p>\nOne. Two.\n</p>",
    "indented code": "    One. Two.",
    "a target": "(one)=\n# One",
    "maths on lines of a paragraph": "One. Two.\n$$\na. B\n$$\nThree. Four.",
    "what would begin a block": "One. - Two # Three. 1. - Four 2) * Five. > Six",
    "what would end the paragraph": "One. Two. <p>",
}


@pytest.mark.parametrize("name", SPLIT)
def test_each_sentence_has_a_line(name: str) -> None:
    before, after = SPLIT[name]
    assert one_a_line(before) == after
    assert one_a_line(after) == after
    assert render(after) == render(before)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_end_of_a_sentence_is_left_alone(name: str) -> None:
    assert one_a_line(WHOLE[name]) == WHOLE[name]


def test_every_page_of_the_book_stays_what_it_was() -> None:
    cells = [
        cell["source"] for path in NOTEBOOKS for cell in tool.read(path)["cells"] if cell["cell_type"] == "markdown"
    ]
    written = [one_a_line(source) for source in cells]
    assert len(cells) > 500
    assert [before for before, after in zip(cells, written, strict=True) if render(after) != render(before)] == []
    assert " ".join(written).split() == " ".join(cells).split()


def test_a_break_in_the_wrong_place_would_be_seen() -> None:
    assert render("One.\n# Two") != render("One. # Two")
    assert render("One.\n\nTwo") != render("One. Two")
    assert render("One.\nTwo") == render("One. Two")
    assert render("$a\nb$") == render("$a b$")
    assert render("$$a\nb$$") != render("$$a b$$")


FRAGMENTS = [
    "One.",
    "Two two.",
    "e.g.",
    "$a. B$",
    "`c. D`",
    "[e. F](g)",
    "*H.*",
    "**I. J**",
    "1.",
    "2)",
    "-",
    "#",
    "> K.",
    "<b>",
    "<!-- L. M -->",
]
FRAGMENTS += [
    "| N |",
    "|---|",
    "$$",
    "```",
    ":::",
    "(o)=",
    "[p]: q",
    "===",
    "---",
    "%",
    "+++",
    "\\",
    "{r}",
    "![s. T](u)",
    "<p>",
    "</p>",
]
SPACES = [" ", " ", " ", "\n", "\n", "  \n", "\n\n", "\n> ", "\n* ", "\n  ", "\n    ", "\\\n", "\t"]


@given(st.lists(st.tuples(st.sampled_from(FRAGMENTS), st.sampled_from(SPACES)), max_size=12))
def test_no_text_changes_its_page(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + space for piece, space in pieces) + "\nEnd."  # the parser stumbles over a last :::
    assert render(one_a_line(text)) == render(text)
    assert one_a_line(one_a_line(text)) == one_a_line(text)
