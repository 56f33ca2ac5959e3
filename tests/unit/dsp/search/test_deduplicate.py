from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsp.search.deduplicate import deduplicate
from indexes.passage import Hit, Passage


def test_hits_are_told_by_their_passages_and_stay_where_they_were_found_first() -> None:
    emma, dune = Passage("1", "Emma", "x"), Passage("2", "Dune", "y")
    hits = [Hit(emma, 2.0, 1, "a"), Hit(dune, 1.0, 2, "a"), Hit(emma, 7.0, 1, "b")]
    assert deduplicate(hits) == hits[:2]


@given(st.lists(st.text(max_size=2)))
def test_each_thing_is_there_once_in_its_order(things: list[str]) -> None:
    assert deduplicate(things) == list(dict.fromkeys(things))
    assert deduplicate(deduplicate(things)) == deduplicate(things)
