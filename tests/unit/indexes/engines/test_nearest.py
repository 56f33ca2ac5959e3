from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import indexes
from indexes.engines.nearest.searching import ranked
from indexes.engines.nearest.state import STATE, Effort, Recall, State, read_state
from indexes.engines.nearest.vectors import SNIPPETS, RowFile, VectorWriter, map_rows, unit_row, unit_rows
from indexes.errors import CorruptIndexError, InputError
from indexes.passage import Passage


class Fixed:
    """An embedder that gives what it was made with."""

    fingerprint = "fixed:1"

    def __init__(self, rows: Any, dimension: int) -> None:
        self.rows, self.dimension = rows, dimension

    def embed_passages(self, texts: Sequence[str]) -> Any:
        return np.stack([self.rows[int(text)] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Any:
        return self.rows


def small_floats() -> Any:
    return hnp.arrays(np.float32, (1, 5), elements=st.floats(width=32, allow_nan=False, allow_infinity=False))


@given(small_floats())
def test_a_row_comes_to_unit_length_whatever_its_size_and_zeros_stay(row: Any) -> None:
    embedder = Fixed(row, 5)
    one, (whole, norms) = unit_row(row, embedder), unit_rows(row, 1, embedder)
    assert one == pytest.approx(whole, abs=1e-6)
    length = float(np.linalg.norm(row.astype(np.float64)))
    assert norms[0] == pytest.approx(length, rel=1e-5, abs=1e-45)
    assert float(np.linalg.norm(one.astype(np.float64))) == (pytest.approx(1, abs=1e-5) if row.any() else 0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused_with_the_embedders_name(bad: float) -> None:
    rows = np.array([[1.0, bad, 0.0]], dtype=np.float32)
    for check in (lambda: unit_row(rows, Fixed(rows, 3)), lambda: unit_rows(rows, 1, Fixed(rows, 3))):
        with pytest.raises(InputError, match=r"fixed:1 gave NaN or infinity"):
            check()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.ones((1, 4), dtype=np.float32), r"float32 \[1, 3\], but fixed:1 gave \[1, 4\]"),
        (np.ones(3, dtype=np.float32), r"gave \[3\]"),
        (np.ones((2, 3), dtype=np.float32), r"gave \[2, 3\]"),
        ("three words here", "no array of numbers"),
        ([[1, 2], [3]], "no array of numbers"),
        (None, "fixed:1"),
    ],
)
def test_what_is_no_row_of_that_dimension_is_refused(rows: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        unit_row(rows, Fixed(rows, 3))


def test_other_kinds_of_numbers_are_taken_as_float32() -> None:
    for rows in (np.array([[3.0, 4.0]]), [[3, 4]], np.array([[3, 4]], dtype=np.int64), np.array([[3, 4]], dtype=">f4")):
        assert unit_row(rows, Fixed(rows, 2)).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


def finds(scores: Sequence[float], ordinals: Sequence[int]) -> Callable[[int], Any]:
    """A search over these, that fills up with -1 as FAISS does."""

    def fetch(limit: int) -> Any:
        missing = max(0, limit - len(scores))
        filled = [*scores[:limit], *[-math.inf] * missing], [*ordinals[:limit], *[-1] * missing]
        return np.array([filled[0]], dtype=np.float32), np.array([filled[1]], dtype=np.int64)

    return fetch


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 70), st.integers(1, 20), st.randoms())
def test_equal_scores_are_ranked_by_ordinal_wherever_they_straddle_the_end(
    values: list[int], k: int, first: int, chance: Any
) -> None:
    hits = sorted(((float(value), ordinal) for ordinal, value in enumerate(values)), key=lambda hit: -hit[0])
    mixed = sorted(hits, key=lambda hit: (-hit[0], chance.random()))  # as a search that breaks ties as it likes
    count = len(values)
    fetch = finds([score for score, _ in mixed], [ordinal for _, ordinal in mixed])
    found, _ = ranked(fetch, min(k, count), first, count, count, Path("x"))
    assert found == [(ordinal, score) for score, ordinal in sorted(hits, key=lambda hit: (-hit[0], hit[1]))][:k]


def test_what_faiss_fills_up_with_is_no_passage() -> None:
    assert ranked(finds([0.5, 0.25], [7, 3]), 5, 10, 20, 20, Path("x")) == ([(7, 0.5), (3, 0.25)], 2)
    assert ranked(finds([], []), 5, 10, 20, 20, Path("x")) == ([], 0)


@pytest.mark.parametrize(("score", "ordinal"), [(0.5, 20), (math.nan, 3), (math.inf, 3), (0.5, 1 << 40)])
def test_an_ordinal_or_a_score_that_cannot_be_is_an_error(score: float, ordinal: int) -> None:
    with pytest.raises(CorruptIndexError, match="verify"):
        ranked(finds([score, 0.1], [ordinal, 1]), 2, 2, 20, 20, Path("x"))


def test_rows_are_read_in_parts_and_by_ordinal_and_a_wrong_size_is_refused(tmp_path: Path) -> None:
    rows = np.arange(70, dtype="<f4").reshape(10, 7)
    rows.tofile(tmp_path / "rows")
    file = RowFile(tmp_path / "rows", 10, 7)
    assert len(file) == 10
    assert np.array_equal(np.concatenate(list(file.blocks(4))), rows)
    assert np.array_equal(file.part(8, 99), rows[8:])
    assert np.array_equal(file.take(np.array([9, 0, 9])), rows[[9, 0, 9]])
    with pytest.raises(CorruptIndexError, match="must hold 308 bytes for 11 rows of 7, but has 280"):
        RowFile(tmp_path / "rows", 11, 7)
    with pytest.raises(CorruptIndexError, match="cannot be read"):
        map_rows(tmp_path / "none", 1, 1)


def test_queries_to_measure_with_come_from_all_over_the_corpus_and_are_the_same_again(tmp_path: Path) -> None:
    class Keeps(Fixed):
        def embed_queries(self, texts: Sequence[str]) -> Any:
            self.asked = [*getattr(self, "asked", []), *texts]
            return np.ones((len(texts), 2), dtype=np.float32)

        def embed_passages(self, texts: Sequence[str]) -> Any:
            return np.ones((len(texts), 2), dtype=np.float32)

    asked = []
    for name in ("a", "b"):
        embedder = Keeps(None, 2)
        writer = VectorWriter(tmp_path / name, embedder)
        for number in range(3000):
            writer.add(Passage(str(number), "", " ".join(f"w{number}" for _ in range(30))))
        writer.finish()
        assert writer.queries().shape == (SNIPPETS, 2)
        asked.append(embedder.asked)
    assert asked[0] == asked[1]
    assert {len(text.split()) for text in asked[0]} == {12}
    numbers = [int(text.split()[0][1:]) for text in asked[0]]
    assert len(set(numbers)) == SNIPPETS
    assert 1200 < sum(numbers) / SNIPPETS < 1800


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    recall = Recall(0.98, 0.981, 0.981, 0.99, 5000, "vectors")
    for state in (
        State("flat", "asked for", 3, 8),
        State("ivf_sq8", "why", 5000, 8, 1, (0.5, 2.0), 64, 5000, Effort(probes=7), recall),
    ):
        state.write(tmp_path)
        assert read_state(tmp_path) == state
        assert list(tmp_path.iterdir()) == [tmp_path / STATE]


@pytest.mark.parametrize(
    "change",
    [
        {"vectors": -1},
        {"vectors": True},
        {"dimension": 0},
        {"kind": 3},
        {"more": 1},
        {"lists": 1 << 50},
        {"lists": 5},
        {"effort": {"queue": 1 << 30}},
        {"effort": {"queue": -1}},
    ],
)
def test_a_state_that_does_not_add_up_is_refused_though_its_checksum_is_right(
    change: dict[str, Any], tmp_path: Path
) -> None:
    class Forged(State):
        def facts(self) -> dict[str, Any]:
            return {"metric": "cosine", "kind": "flat", "why": "", "vectors": 3, "dimension": 8, **change}

    Forged("flat", "", 3, 8).write(tmp_path)
    with pytest.raises(CorruptIndexError, match=r"faiss\.json is not as it was written"):
        read_state(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"checksum": 1}', "[" * 10_000])
def test_a_state_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / STATE).write_text(text)
    with pytest.raises(CorruptIndexError, match=r"faiss\.json"):
        read_state(tmp_path)


def test_a_faiss_that_is_too_old_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("faiss")
    old.__dict__["__version__"] = "1.9.0"
    monkeypatch.setitem(sys.modules, "faiss", old)
    with pytest.raises(InputError, match=r"faiss-cpu 1\.15 or newer, but finds 1\.9\.0; pip install --upgrade"):
        indexes.build([Passage("a", "", "b")], tmp_path / "index", engine="faiss", embedder="hashing")
    assert list(tmp_path.iterdir()) == []
