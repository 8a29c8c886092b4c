"""Every chapter of the built book, in a real browser: a file of its own, so that two processes share the pages."""

from __future__ import annotations

import pytest

from tests.support.visit import CHAPTERS, Visit, assert_a_page_is_fit_to_read


@pytest.mark.parametrize("name", sorted(CHAPTERS))
def test_a_chapter_is_fit_to_read(visit: Visit, site: str, known: set[str], name: str) -> None:
    assert_a_page_is_fit_to_read(visit, f"{site}/{name}", known)
