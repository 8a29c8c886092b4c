"""The parsers meet anything at all, and answer with an array or a ValueError of their own."""

from __future__ import annotations

import gzip
import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.support.idx import idx, text
from vae_tutorial.datasets.idx import parse_binary_text, parse_idx, unpack_gzip

MUTATIONS = 100_000
OWN = re.compile(
    r"file (is not a gzip file|unpacks to more than|ends in the middle|goes on for|is not an idx file|holds type"
    r"|ends inside its header|states the shape|holds \d+ bytes|holds something other)"
)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3)))
def test_what_was_written_is_read(array: np.ndarray) -> None:
    np.testing.assert_array_equal(parse_idx(unpack_gzip(idx(array))), array)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(6)), elements=st.integers(0, 1)))
def test_what_was_written_as_text_is_read(array: np.ndarray) -> None:
    np.testing.assert_array_equal(parse_binary_text(text(array), 6), array)


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Change, cut, repeat or insert a few bytes somewhere."""
    mutated = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        where = chance.randrange(len(mutated) + 1)
        kind = chance.randrange(4)
        if kind == 0 and where < len(mutated):
            mutated[where] = chance.randrange(256)
        elif kind == 1:
            del mutated[where : where + chance.randint(1, 20)]
        elif kind == 2:
            mutated[where:where] = chance.randbytes(chance.randint(1, 20))
        else:
            mutated[where:where] = mutated[: chance.randint(1, 20)]
    return bytes(mutated)


def test_a_hundred_thousand_mutated_files_meet_an_array_or_an_error_of_our_own() -> None:
    chance = random.Random(0)
    array = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
    raw, packed, lines = gzip.decompress(idx(array)), idx(array), text(array.reshape(6, 8) % 2)
    parsers = [
        (raw, lambda content: parse_idx(content, "file")),
        (packed, lambda content: parse_idx(unpack_gzip(content, "file"), "file")),
        (lines, lambda content: parse_binary_text(content, 8, "file")),
    ]
    accepted, refusals = 0, []
    for number in range(MUTATIONS):
        content, parse = parsers[number % len(parsers)]
        try:
            accepted += parse(mutate(content, chance)).dtype == np.uint8
        except ValueError as error:
            refusals.append(str(error))
    assert [refusal for refusal in refusals if not OWN.match(refusal)] == []
    assert accepted + len(refusals) == MUTATIONS
    assert min(accepted, len(refusals)) > 100  # were all alike, the mutations would teach nothing


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="unpacks to more than 1000 bytes"):
        unpack_gzip(gzip.compress(bytes(10_000)), max_bytes=1000)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "begins with b''"),
        (b"\x00\x00\x0d\x01", "holds type 13 and 1 axes"),
        (b"\x00\x00\x08\x04", "holds type 8 and 4 axes"),
        (b"\x00\x00\x08\x02\x00\x00\x00\x01", "ends inside its header"),
        (b"\x00\x00\x08\x01\xff\xff\xff\xff\x01", "is 4294967295 bytes, but holds 1"),
    ],
)
def test_each_refusal_says_what_is_wrong(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_idx(content)
