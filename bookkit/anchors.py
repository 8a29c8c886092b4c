"""The anchors of a page's headings, which links end in, by MyST's own functions."""

from __future__ import annotations

from markdown_it.renderer import RendererHTML
from markdown_it.tree import SyntaxTreeNode
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import compute_unique_slug
from myst_parser.parsers.mdit import create_md_parser


def slugs(text: str) -> set[str]:
    """Return the anchors that MyST gives to a page's headings, down to the third level."""
    parser = create_md_parser(MdParserConfig(enable_extensions={"dollarmath"}), RendererHTML)
    found: dict[str, None] = {}
    for node in SyntaxTreeNode(parser.parse(text)).walk():
        if node.type == "heading" and int(node.tag[1]) <= 3:
            found[compute_unique_slug(node, found)] = None
    return set(found)


def slug(heading: str) -> str:
    """Return the anchor of a heading, written without its marks, that no other of its page equals."""
    [found] = slugs(f"## {heading}")
    return found
