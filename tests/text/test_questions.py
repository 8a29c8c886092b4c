"""The page of questions: each one that was asked is answered once, linked to a cell, and says where it was asked.

`asked.tsv` lists the questions that learners asked in public: an id, and the address (a dash for one of our own). In
the page the id is a label above the question's heading, so `questions.html#q063` stays right when words change.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from bookkit import pages, paths
from bookkit.anchors import slugs

PAGE = (paths.BOOK / "questions.md").read_text(encoding="utf-8")
ASKED = dict(
    line.split("\t") for line in (Path(__file__).parent / "asked.tsv").read_text(encoding="utf-8").splitlines()
)
FIRST_GROUP = "The question in five parts"
LENGTH = range(60, 171)  # words of an answer, without its links

LABEL = re.compile(r"^\((q\d+)\)=$", re.MULTILINE)
ANSWER = re.compile(r"^\((q\d+)\)=\n(.*?)(?=^\(\w+\)=$|^#{1,2} |\Z)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
WEB = re.compile(r"https?://[^\s)]+")


def answers(text: str) -> dict[str, str]:
    """Return what stands under each label: heading, answer and address."""
    return dict(ANSWER.findall(text))


@cache
def anchors(name: str) -> set[str]:
    """Return what a link to a page of the book may end in."""
    path = paths.BOOK / name
    if path.suffix == ".ipynb":
        return slugs(pages.markdown(pages.read(path)))
    text = path.read_text(encoding="utf-8")
    return slugs(text) | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))


@cache
def shown_by(name: str) -> set[str]:
    """Return the decimals in a notebook's outputs."""
    return pages.shown_decimals(pages.read(paths.BOOK / name))


def id_faults(text: str) -> list[str]:
    """Find questions that are not answered, answered twice, or that nobody asked, and labels without a heading."""
    labels = Counter(LABEL.findall(text))
    faults = [f"{name} is not answered" for name in ASKED if not labels[name]]
    faults += [f"{name} is answered {number} times" for name, number in labels.items() if number > 1]
    faults += [f"{name} is not in the list" for name in labels if name not in ASKED]
    return faults + [f"{name} has no heading" for name in labels if f"({name})=\n### " not in text]


def address_faults(text: str) -> list[str]:
    """Find answers that do not say where the question was asked."""
    found = answers(text)
    return [
        f"{name} was asked at {address}"
        for name, address in ASKED.items()
        if address != "-" and address not in WEB.findall(found.get(name, ""))
    ]


def anchor_faults(text: str) -> list[str]:
    """Find links to headings that do not exist, in a chapter or in the page itself."""
    here = slugs(text) | set(LABEL.findall(text))
    faults = []
    for target in LINK.findall(text):
        page, _, anchor = target.partition("#")
        if "://" in target or not anchor:
            continue
        if page and not (paths.BOOK / page).exists():
            faults.append(f"{page} does not exist")
        elif anchor not in (anchors(page) if page else here):
            faults.append(f"{page} has no heading #{anchor}")
    return faults


def evidence_faults(text: str) -> list[str]:
    """Find answers that point to no cell: no link to a heading of a notebook."""
    to_heading = re.compile(r"\]\(\w+\.ipynb#[^)]+\)")
    return [f"{name} points to no cell" for name, answer in answers(text).items() if not to_heading.search(answer)]


def number_faults(text: str) -> list[str]:
    """Find decimals that are shown by none of the notebooks that their own answer links to."""
    faults = []
    for name, answer in answers(text).items():
        linked = set(re.findall(r"\]\((\w+\.ipynb)", answer))
        available = set().union(*(shown_by(page) for page in linked if (paths.BOOK / page).exists()))
        wrong = pages.unsupported_decimals(pages.stated_decimals(answer), available)
        faults += [f"{name} states {number}" for number in wrong]
    return faults


def order_faults(text: str) -> list[str]:
    """Find fault with the first group: the five parts of the question that this book began with."""
    headings = re.findall(r"^(#{2,3}) (.+)$", text, re.MULTILINE)
    first = [title for level, title in headings[:7] if level == "##"]
    if [level for level, _ in headings[:7]] != ["##", *["###"] * 5, "##"] or first[0] != FIRST_GROUP:
        return [f"the page begins with {headings[:7]}; it should begin with {FIRST_GROUP!r} and five parts"]
    return []


def map_faults(text: str) -> list[str]:
    """Find groups that the table at the top does not lead to."""
    table = set(re.findall(r"^\|.*\]\(#([\w-]+)\) \|$", text, re.MULTILINE))
    groups = slugs("\n\n".join(re.findall(r"^## .+$", text, re.MULTILINE)))
    return [f"#{group} is missing from the table" for group in groups - table]


def length_faults(text: str) -> list[str]:
    """Find answers that are too short to be whole, or too long for a reader in a hurry."""
    prose = {
        name: re.sub(r"\]\([^)]*\)|^(\(q|###|\*).*$", "", part, flags=re.M) for name, part in answers(text).items()
    }
    words = {name: len(part.split()) for name, part in prose.items()}
    return [f"{name} has {number} words" for name, number in words.items() if number not in LENGTH]


def unfinished(text: str) -> list[str]:
    """Find links that are still to be made."""
    return re.findall(r"TODO\S*", text)


LAWS = {
    law.__name__: law
    for law in (
        id_faults,
        address_faults,
        anchor_faults,
        evidence_faults,
        number_faults,
        order_faults,
        map_faults,
        length_faults,
    )
}


@pytest.mark.parametrize("law", LAWS)
def test_the_page_keeps_the_law(law: str) -> None:
    assert LAWS[law](PAGE) == []


def test_every_link_has_been_made() -> None:
    assert unfinished(PAGE) == []


PLANTED = [
    ("id_faults", "(q063)=\n", ""),
    ("id_faults", "(q063)=\n", "(q028)=\n"),
    ("id_faults", "(q063)=\n", "(q999)=\n"),
    ("id_faults", "(q063)=\n", "(q063)=\n\nA sentence.\n\n"),
    ("address_faults", "ai.stackexchange.com/questions/43870/", "ai.stackexchange.com/questions/43871/"),
    ("address_faults", "(q063)=\n", "(q064)=\n"),
    ("anchor_faults", "#log-px-is-a-constant-a-constant-in-what)", "#log-px-is-constant)"),
    ("anchor_faults", "](what_is_p_of_x.ipynb#log-px-is-a-constant", "](what_is_p.ipynb#log-px-is-a-constant"),
    ("anchor_faults", "](#relatives-of-the-vae)", "](#relatives)"),
    ("evidence_faults", "](gradient_estimators.ipynb#is-torchrandn_like", "](gradient_estimators.ipynb)(#"),
    ("number_faults", "−44.93", "−44.94"),
    ("number_faults", "(expectation_maximization.ipynb#how-does-a", "(intractable_evidence.ipynb#how-does-a"),
    ("order_faults", f"## {FIRST_GROUP}", "## Five questions"),
    ("order_faults", "### What does p(x) mean?", "**What does p(x) mean?**"),
    ("map_faults", "](#relatives-of-the-vae)", "](intro.md)"),
    ("length_faults", "\n\n*A question of our own.*", " Again." * 120 + "\n\n*A question of our own.*"),
    ("unfinished", "# Questions", "# TODO Questions"),
]


@pytest.mark.parametrize(("law", "old", "new"), PLANTED)
def test_a_planted_fault_is_found(law: str, old: str, new: str) -> None:
    assert old in PAGE
    check = LAWS.get(law, unfinished)
    assert len(check(PAGE.replace(old, new, 1))) > len(check(PAGE))


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("### Is p(x) the *entire* model, encoder and decoder?", "is-px-the-entire-model-encoder-and-decoder"),
        ("## The KL: where does ½(μ² − 1) come from?", "the-kl-where-does-½μ²--1-come-from"),
        ("### What is `.rsample()`?", "what-is-rsample"),
    ],
)
def test_anchors_are_those_of_the_built_page(heading: str, slug: str) -> None:
    assert slugs(heading) == {slug}
    assert slugs(f"{heading}\n\n{heading}") == {slug, f"{slug}-1"}
    assert slugs(f"#{heading}\n\n# A title") >= {"a-title"}
