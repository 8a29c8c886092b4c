"""One symbol for one thing: no chapter writes a known synonym, and the table in notation.md is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookkit import pages, paths

MATHS = re.compile(r"\$\$.*?\$\$|\$(?:[^$\n]|\n(?!\n))+\$", re.DOTALL)
WORDS_IN_MATHS = re.compile(r"\\text\{[^}]* [^}]*\}")
ROW = re.compile(
    r"^\| (?P<symbols>\$.+?\$(?:, \$.+?\$)*) \| .+? \| (?P<code>.*?) \| .*?\]\((?P<chapter>\w+\.ipynb)[^|]* \|$"
)

# What is not written in maths, and what is.  Braces that change nothing, as in p_{\text{data}}, are taken away first.
SYNONYMS = {
    r"\mathrm{KL}(q \,\Vert\, p)": (
        r"D_\{?\\?\w*\{?KL|\\mathbb\{D\}|(?<!\\mathrm\{)\bKL\}?\s*(\\left)?\\?[(\[]|\\mathrm\{KL\}(\\left)?\\?[\[{]|\\parallel",
        [
            r"D_{KL}(q \Vert p)",
            r"D_\mathrm{KL}(q)",
            r"KL(q \Vert p)",
            r"\text{KL}(q)",
            r"\mathrm{KL}[q]",
            r"q \parallel p",
        ],
    ),
    r"\,\Vert\,": (r"\\\||\|\|", [r"\mathrm{KL}(q \| p)", r"\mathrm{KL}(q || p)"]),
    r"p_\text{data}": (
        r"p_\{?(\\math\w+\{)?(data|D\b|model)|p_\\mathcal\{D\}|\bp\^\{?\*",
        [
            "p_{data}(x)",
            r"p_{\mathrm{data}}(x)",
            r"p_\mathrm{data}(x)",
            "p_D(x)",
            r"p_\mathcal{D}(x)",
            "p^*(x)",
            "p_{model}(x)",
        ],
    ),
    r"\mathbb{E}_q[…]": (
        r"\\math(rm|bf)\{E\}|(?<![A-Za-z{])E(_|\[|\\left)|\\mathbb\{E\}_\{\w+ *\\sim|\\langle",
        [r"\mathbf{E}_q[f]", r"\mathrm{E}[f]", "E_q[f(z)]", r"\mathbb{E}_{z \sim q}[f]", r"\langle f \rangle_q"],
    ),
    r"\mathrm{Var}": (
        r"\\mathbb\{V\}|\\(text|operatorname)\{[Vv]ar\}|\bV\[|(?<!\{)\bVar\b",
        [r"\mathbb{V}[w]", r"\text{Var}(w)", "V[w]", "Var(w)"],
    ),
    r"\text{ELBO}": (
        r"\\math\w+\{ELBO\}|(?<!\{)\bELBO\b|\\mathcal\{[LF]\}(?!_(\{?K|\d))",
        [r"\mathrm{ELBO}(\theta)", r"ELBO(\theta)", r"\mathcal{L}(\theta, \phi; x)", r"\mathcal{F}(q)"],
    ),
    r"\mathcal{N}": (
        r"\\(text|mathrm)\{(N|Normal)\}|(?<![\\A-Za-z{])N *\(",
        [r"N(0, 1)", r"z \sim N(0, I)", r"\text{Normal}(0, 1)", r"\mathrm{N}(0, 1)"],
    ),
    r"p(x \mid z)": (
        r"\b[pq](_(\\?\w+|\{[^}]*\}))?\([^()$]*[^\\({]\|[^()$]*\)|\b[pq](_(\\?\w+|\{[^}]*\}))?\([^()$]*\\vert",
        ["p(x|z)", r"p_\theta(x | z)", r"q_{\phi}(z|x)", r"p(x \vert z)"],
    ),
    r"\varepsilon, \theta, \phi": (
        r"\\epsilon\b|\\vartheta|\\varphi",
        [r"\sigma \epsilon", r"p_\vartheta", r"q_\varphi"],
    ),
    r"\log": (r"\\ln\b|\\text\{log\}|(?<![\\A-Za-z{])(log|ln)\b", [r"\ln p(x)", "log p(x)"]),
    r"^\top": (r"\^\{?(T\b|\\mathsf|\\intercal|\\prime)", ["W^T W", "W^{T}", r"W^\intercal"]),
    "italic letters for vectors": (r"\\(mathbf|boldsymbol|bm|vec|underline)\b", [r"\mathbf{x}", r"\boldsymbol{\mu}"]),
}
WORDS = {
    "encoder, or approximate posterior": (
        r"recognition (model|network)|inference network",
        ["the recognition network"],
    ),
    "aggregate posterior": (r"aggregated posterior|marginal posterior", ["the aggregated posterior"]),
    "ELBO": (r"variational lower bound|variational objective", ["a variational lower bound"]),
    "gap": (r"variational gap|inference gap\b", ["the variational gap"]),
    "held-out": (r"hold-?out\b|\bunseen data", ["the holdout digits"]),
    "nats": (r"\bnatural bits\b", ["12 natural bits"]),
}

# Where other people's spellings are the subject: page, and how the heading begins.
QUOTES = {
    ("what_is_p_of_x", "One letter, two distributions"),
    ("notation", "Other spellings"),
}
# Where one spelling is right in its place: page, maths, reason.
ALLOWED = {
    ("intractable_evidence", r"\mathbb{E}_{z \sim p(z)}"): "the first expectation of the chapter says how z is drawn",
    ("maximum_likelihood", r"p_{\theta^*}"): "the true parameters of a family that contains the truth",
}

# A paper's title keeps its words: in a link to the paper, or in the list of references.
TITLES = re.compile(r"\[[^\]]*\]\(https?://[^)]*\)|“[^”]*”|\"[^\"\n]+(?:\n  [^\"\n]+)?\",")

TEXTS = paths.NOTEBOOKS + pages.MARKDOWN_PAGES


def text_of(path: Path) -> str:
    return pages.markdown(pages.read(path)) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def maths_of(text: str) -> list[str]:
    """Return the formulas of a text, without the braces that change nothing and without the words between formulas."""
    formulas = MATHS.findall(pages.CODE_SPAN.sub(" ", pages.FENCED.sub("", text)))
    bare = [WORDS_IN_MATHS.sub("", formula) for formula in formulas]
    return [re.sub(r"_\{(\\text\{\w+\}|\\\w+)\}", r"_\1", formula) for formula in bare]


def without_quotes(page: str, text: str) -> str:
    """Return a text without the sections that are about other people's notation."""
    parts = re.split(r"^(?=#{1,4} )", text, flags=re.MULTILINE)
    headings = tuple(heading for name, heading in QUOTES if name == page)
    return "".join(part for part in parts if not part.lstrip("# ").startswith(headings or ("\0",)))


def synonyms(page: str, text: str) -> list[str]:
    """Return a sentence for each known synonym in a text."""
    text = without_quotes(page, text)
    faults = []
    for formula in maths_of(text):
        for name, allowed in ALLOWED:
            formula = formula.replace(allowed, "") if name == page else formula
        faults += [
            f"{formula} writes {match[0]}: here it is {ours}"
            for ours, (pattern, _) in SYNONYMS.items()
            for match in re.finditer(pattern, formula)
        ]
    text = TITLES.sub(" ", text)
    prose = pages.IDENTIFIERS.sub(" ", pages.CODE_SPAN.sub(" ", MATHS.sub(" ", pages.FENCED.sub("", text))))
    return faults + [
        f"{match[0]}: here it is {ours}"
        for ours, (pattern, _) in WORDS.items()
        for match in re.finditer(pattern, prose, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_text_uses_a_known_synonym(path: Path) -> None:
    assert synonyms(path.stem, text_of(path)) == []


PLANTED = [(f"${example}$", ours) for ours, (_, examples) in SYNONYMS.items() for example in examples]
PLANTED += [(example, ours) for ours, (_, examples) in WORDS.items() for example in examples]


@pytest.mark.parametrize(("text", "ours"), PLANTED, ids=[text for text, _ in PLANTED])
def test_a_planted_synonym_is_found(text: str, ours: str) -> None:
    assert any(fault.endswith(ours) for fault in synonyms("a_chapter", f"## A heading\n\nWe write {text} here."))


@pytest.mark.parametrize(
    "text",
    [
        r"$\mathrm{KL}(q_\phi(z \mid x) \,\Vert\, p(z))$, $\mathbb{E}_{q_\phi(z \mid x)}[\log p_\theta(x \mid z)]$",
        r"$p_{\text{data}}(x)$, $p_\text{data}$, $q^*$, $\theta^*$, $\lvert \Lambda \rvert$, $|S_2|$, $\log_2 3$",
        r"$\mathcal{L}_K \le \mathcal{L}_{K+1}$, $\mathcal{L}_1$, $\text{ELBO}(q)$, $\mathrm{Var}(w)$, $V_z$, $f'(z)$",
        "$$a = b && \\text{definition of the ELBO and of the KL}$$ and $a\n= b$. With the ELBO $c$ in place of $d$.",
        "[He and others, *Lagging Inference Networks*](https://arxiv.org/abs/1901.05534)",
        "The marginal likelihood, also called the evidence, of the held-out digits; `KL(q || p)` in code.",
    ],
)
def test_the_books_own_notation_is_allowed(text: str) -> None:
    assert synonyms("a_chapter", text) == []


def test_a_synonym_is_allowed_where_it_is_the_subject_and_nowhere_else() -> None:
    text = "## Other spellings that you will meet\n\n$D_{KL}$\n\n## The bound\n\n"
    assert synonyms("notation", text) == []
    assert synonyms("notation", text + "$D_{KL}$") != []
    assert synonyms("another_page", text) != []


@pytest.mark.parametrize(("page", "spelling"), ALLOWED)
def test_what_is_allowed_is_used(page: str, spelling: str) -> None:
    assert spelling in text_of(paths.BOOK / f"{page}.ipynb"), "take it out of ALLOWED"


# The table.


def rows(text: str) -> list[tuple[list[str], list[str], str]]:
    """Return each row of the tables in notation.md: symbols, words of code, chapter."""
    matches = [ROW.match(line) for line in text.splitlines()]
    return [
        (re.findall(r"\$(.+?)\$", match["symbols"]), re.findall(r"`([^`]+)`", match["code"]), match["chapter"])
        for match in matches
        if match
    ]


def row_faults(symbols: list[str], words: list[str], chapter: str) -> list[str]:
    """Find a symbol that its chapter does not use, and a word that no code of this book knows."""
    cells = pages.read(paths.BOOK / chapter)
    maths = " ".join(maths_of(pages.markdown(cells)))
    faults = [
        f"{chapter} has no {symbol}"
        for symbol in symbols
        if not re.search(rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z])", maths)
    ]
    return faults + [f"no code says {word}" for word in words if not re.search(rf"\b{re.escape(word)}", known_code())]


def known_code() -> str:
    """Return the package's source and every code cell as one text."""
    if not _known:
        package = (path.read_text(encoding="utf-8") for path in sorted((paths.PACKAGE).rglob("*.py")))
        cells = (cell["source"] for path in paths.NOTEBOOKS for cell in pages.code_cells(pages.read(path)))
        _known.append("\n".join([*package, *cells]))
    return _known[0]


_known: list[str] = []
NOTATION = (paths.BOOK / "notation.md").read_text(encoding="utf-8")


def test_the_table_is_found() -> None:
    lines = [line for line in NOTATION.splitlines() if line.startswith("| $") and line.count("|") == 6]
    assert len(rows(NOTATION)) == len(lines) > 40


@pytest.mark.parametrize(("symbols", "words", "chapter"), rows(NOTATION), ids=lambda value: str(value))
def test_every_symbol_stands_in_its_chapter_and_every_word_in_code(
    symbols: list[str], words: list[str], chapter: str
) -> None:
    assert row_faults(symbols, words, chapter) == []


def test_every_symbol_is_listed_once() -> None:
    listed = [symbol for symbols, _, _ in rows(NOTATION) for symbol in symbols]
    assert sorted(set(listed)) == sorted(listed)


def test_a_row_that_is_not_true_is_found() -> None:
    good = r"| $p_\theta(x)$ | the model | `log_prob` | [N] | [What?](what_is_p_of_x.ipynb#a-heading) |"
    ((symbols, words, chapter),) = rows(good)
    assert (symbols, words, chapter) == ([r"p_\theta(x)"], ["log_prob"], "what_is_p_of_x.ipynb")
    assert row_faults(symbols, words, chapter) == []
    assert row_faults([r"p_\omega(x)"], words, chapter) != []
    assert row_faults(symbols, ["log_probability_of_everything"], chapter) != []
