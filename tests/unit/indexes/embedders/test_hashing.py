from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from indexes.embedders.hashing import HASHING, HashingEmbedder
from indexes.errors import InputError


def test_rows_have_unit_length_and_texts_without_words_are_zero() -> None:
    rows = HASHING.embed_passages(["some words", "words", "?! the", ""])
    assert np.linalg.norm(rows, axis=1).tolist() == pytest.approx([1, 1, 0, 0])


def test_shared_words_and_parts_of_words_bring_texts_together() -> None:
    base, spelled, ending, other = HASHING.embed_queries(
        ["the director Federico Fellini", "director Frederico Felini", "directors", "a bowl of soup"]
    )
    assert base @ spelled > 0.5
    assert base @ ending > 0.15
    assert abs(base @ other) < 0.15


def test_vectors_are_the_same_in_every_process() -> None:
    code = "from indexes.embedders.hashing import HASHING; print(HASHING.embed_queries(['some words']).tobytes().hex())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == HASHING.embed_queries(["some words"]).tobytes().hex()


def test_the_dimension_decides_the_fingerprint_and_must_make_sense() -> None:
    assert HashingEmbedder(64).embed_passages(["word"]).shape == (1, 64)
    assert HashingEmbedder(64).fingerprint != HASHING.fingerprint
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(InputError, match="dimension"):
            HashingEmbedder(wrong)
