from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.engines import ENGINES
from indexes.engines.titles import Titles, TitleWriter
from indexes.errors import CorruptIndexError, InputError, UnknownNameError

PASSAGES = [
    Passage("film", "Night Train", "Night Train was directed by Lucy Saunders, in May."),
    Passage("saunders", "Lucy Saunders (director)", "A director born in the village of Ashby."),
    Passage("may", "May", "The fifth month of the year."),
    Passage("them", "Them", "Them is a novel by Joyce Carol Oates."),
    Passage("it", "It", "A pronoun, and a novel."),
    Passage("train", "Train", "A train runs on rails at night."),
    *[Passage(f"other {number}", f"Other {number}", "Nothing of the kind, may it be said.") for number in range(9)],
]


def titles_of(folder: Path, titles: list[str]) -> Titles:
    writer = TitleWriter(folder)
    for title in titles:
        writer.add(title)
    writer.finish()
    return Titles(folder, len(titles), titles.__getitem__)


def test_the_passage_that_the_best_one_names_comes_next(tmp_path: Path) -> None:
    query = "Where was the one who made Night Train born?"
    passages = [passage for passage in PASSAGES if passage.id != "train"]
    with (
        indexes.build(passages, tmp_path / "a") as plain,
        indexes.build(passages, tmp_path / "b", engine="link_hop") as index,
    ):
        before = {hit.id: hit.score for hit in plain.search(query, 20)}
        hits = index.search(query, 3)
    assert hits[0].id == "film"
    assert hits[1].id == "saunders"
    assert hits[1].score == pytest.approx(before["saunders"] + 0.5 * before["film"])
    assert hits[0].score == pytest.approx(1.5 * before["film"])  # the question itself names it


def test_a_share_of_nothing_or_no_passages_to_hop_from_change_nothing_but_the_questions_own(tmp_path: Path) -> None:
    query = "the director of a train at night"
    with indexes.build(PASSAGES, tmp_path / "a") as plain:
        expected = [(hit.id, hit.score) for hit in plain.search(query, 9)]
    with indexes.build(PASSAGES, tmp_path / "b", engine="link_hop", share=0) as index:
        assert [(hit.id, hit.score) for hit in index.search(query, 9)] == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was Lucy Saunders who took the Night Train.", ["saunders", "film"]),
        ("a night train in may, said lucy saunders", []),
        ("Night Train Train", ["film", "train"]),
        ("Lucy Saunders (director) and Lucy Saunders", ["saunders"]),
        ("Nightly Trains, Mayor, Theme", []),
        ("It IT it", []),
        ("Night-Train, “May”; Them!", ["film", "may", "them"]),
        ("", []),
        ("Lucy \ud83d Saunders", ["saunders"]),
    ],
)
def test_a_title_is_mentioned_where_its_words_stand_as_they_are_written(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    titles = titles_of(tmp_path, [passage.title for passage in PASSAGES])
    assert [PASSAGES[ordinal].id for ordinal in titles.mentioned(text)] == found


def test_a_text_without_capitals_mentions_titles_in_any_case(tmp_path: Path) -> None:
    titles = titles_of(tmp_path, [passage.title for passage in PASSAGES])
    found = titles.mentioned("who made night train?", as_written=False)
    assert [PASSAGES[ordinal].id for ordinal in found] == ["film"]


def test_of_many_passages_with_one_title_the_first_ten_are_meant(tmp_path: Path) -> None:
    titles = titles_of(tmp_path, ["Other", *["Same Title"] * 50])
    assert titles.mentioned("the Same Title") == list(range(1, 11))


words = st.sampled_from(["A", "b", "Cat", "lynx", "The", "e2"])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(words, max_size=4).map(" ".join), max_size=8), st.lists(words, max_size=20))
def test_mentions_are_those_that_a_search_by_hand_finds(tmp_path: Path, titles: list[str], text: list[str]) -> None:
    expected: list[int] = []
    start = 0
    while start < len(text):
        for length in range(4, 0, -1):
            name = " ".join(text[start : start + length])
            same = [number for number, title in enumerate(titles) if title == name and len(text) >= start + length]
            if same and any(word not in ("A", "The") for word in text[start : start + length]):
                expected += same
                start += length - 1
                break
        start += 1
    assert titles_of(tmp_path, titles).mentioned(" ".join(text)) == list(dict.fromkeys(expected))


def test_checksums_that_collide_are_not_mistaken_for_titles(tmp_path: Path) -> None:
    titles = titles_of(tmp_path, ["Plumless", "Buckeroo"])  # of one CRC-32
    assert titles.mentioned("Plumless") == [0]
    assert titles.mentioned("Buckeroo") == [1]
    assert len(set(np.fromfile(tmp_path / "titles.crc32", "<u4").tolist())) == 1


def test_files_of_titles_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    titles_of(tmp_path, ["Emma", "Dune"])
    with pytest.raises(CorruptIndexError, match=r"titles\.ordinals"):
        Titles(tmp_path, 1, lambda ordinal: "Emma").mentioned("Dune")
    (tmp_path / "titles.ordinals").write_bytes(b"\0\0\0\0")
    with pytest.raises(CorruptIndexError, match=r"titles\.ordinals"):
        Titles(tmp_path, 2, lambda ordinal: "Emma")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Film was new. During the war it was a Film.", ["Film"]),
        ("Film", []),
        ("He said: “During it, Film stars came.”\nFilm", ["Film"]),
        ("The end. The end of the Film?", ["Film"]),
        ("The End! Then The End?", ["The End"]),
        ("Dune came. Dune", ["Dune"]),
        ("Film School of During", ["Film School", "During"]),
        ("dog. dog", ["dog"]),
    ],
)
def test_a_common_word_does_not_count_where_it_has_its_capital_anyhow(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    names = ["Film", "During", "The End", "The end", "Dune", "Film School", "dog"]
    titles = titles_of(tmp_path, names)
    assert sorted(names[ordinal] for ordinal in titles.mentioned(text)) == sorted(found)


def test_in_a_text_without_capitals_common_words_are_words_and_others_are_names(tmp_path: Path) -> None:
    names = ["Film", "Who", "The End", "Dune", "The End of Dune", "After the War (film)"]
    titles = titles_of(tmp_path, names)
    found = titles.mentioned("who made the film after dune and the end of dune", as_written=False)
    assert [names[ordinal] for ordinal in found] == ["Dune", "The End of Dune"]
    assert titles.mentioned("who made after the war?", as_written=False) == [5]


def test_parameters_are_its_own_and_those_of_the_engine_below(tmp_path: Path) -> None:
    with indexes.build(PASSAGES, tmp_path / "index", engine="link_hop", title_weight=2, hop_from=5) as index:
        below = ENGINES.get("bm25").parameters({"title_weight": 2})
        assert index.info()["parameters"] == {"over": "bm25", "share": 0.5, "hop_from": 5, **below}
    for wrong in ({"over": "link_hop"}, {"over": 3}, {"share": 2}, {"hop_from": -1}, {"k1": 1}):
        with pytest.raises(InputError):
            indexes.build(PASSAGES, tmp_path / "wrong", engine="link_hop", **wrong)
    with pytest.raises(UnknownNameError, match="did you mean bm25"):
        indexes.build(PASSAGES, tmp_path / "wrong", engine="link_hop", over="bm2")
