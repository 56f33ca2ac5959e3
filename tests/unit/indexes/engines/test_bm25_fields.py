from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.errors import InputError

words = st.lists(st.sampled_from([f"w{number}" for number in range(9)]), max_size=7).map(" ".join)
corpora = st.lists(st.tuples(words, words), min_size=1, max_size=25).map(
    lambda rows: [Passage(str(number), title, text) for number, (title, text) in enumerate(rows)]
)


@settings(max_examples=40, deadline=None)
@given(corpora, words, st.sampled_from([0, 0.5, 1, 3]))
def test_a_score_is_the_weighted_sum_of_the_scores_in_title_and_text(
    passages: list[Passage], query: str, weight: float
) -> None:
    expected: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for field, share in (("title", weight), ("text", 1.0)):
            alone = [Passage(passage.id, "", getattr(passage, field)) for passage in passages]
            with indexes.build(alone, folder / field, engine="rank_bm25", analyzer="plain") as exact:
                for hit in exact.search(query, 50):
                    expected[hit.id] = expected.get(hit.id, 0.0) + share * hit.score
        with indexes.build(
            passages, folder / "both", engine="bm25_fields", analyzer="plain", title_weight=weight
        ) as index:
            got = {hit.id: hit.score for hit in index.search(query, 50)}
    assert got == pytest.approx({id: score for id, score in expected.items() if score}, rel=1e-4)


@pytest.mark.parametrize(
    "parameters", [{"title_weight": -1}, {"title_weight": "3"}, {"title_weight": True}, {"positions": 1}]
)
def test_a_parameter_out_of_its_range_is_refused(parameters: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{next(iter(parameters))} of engine bm25_fields must be"):
        indexes.build([Passage("1", "", "x")], tmp_path / "index", engine="bm25_fields", **parameters)
