from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.columns import Columns, WithMetadata
from indexes.errors import InputError
from indexes.filters import Filter
from indexes.folder_index import FolderIndex
from indexes.stores import jsonl

FILM = Passage(
    "film",
    "Night Train",
    "A film.",
    {"year": 1959, "tags": ["noir", "train"], "author": {"name": "Kawalerowicz"}, "seen": True, "note": None, "id": 7},
)


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        ({}, True),
        ({"year": 1959}, True),
        ({"year": 1959.0}, True),
        ({"year": "1959"}, False),
        ({"year": {"gte": 1959, "lt": 1960}}, True),
        ({"year": {"gt": 1959}}, False),
        ({"year": {"lte": "z"}}, False),
        ({"year": {"in": [1, 1959]}}, True),
        ({"year": {"in": []}}, False),
        ({"year": {"ne": 1959}}, False),
        ({"rating": {"ne": 5}}, True),
        ({"tags": "train"}, True),
        ({"tags": {"in": ["comedy", "noir"]}}, True),
        ({"tags": {"gt": "s"}}, True),
        ({"tags": {"ne": "noir"}}, False),
        ({"author.name": "Kawalerowicz"}, True),
        ({"author.name.first": {"exists": True}}, False),
        ({"author": {"exists": True}}, True),
        ({"seen": True}, True),
        ({"seen": 1}, False),
        ({"seen": {"gt": 0}}, False),
        ({"note": {"exists": True}}, False),
        ({"rating": {"exists": False}}, True),
        ({"id": "film"}, True),
        ({"metadata.id": 7}, True),
        ({"metadata.author.name": {"gte": "K", "lt": "L"}}, True),
        ({"title": {"gte": "N"}}, True),
        ({"year": 1959, "seen": False}, False),
        ({"or": [{"year": 1}, {"seen": True}]}, True),
        ({"or": []}, False),
        ({"and": []}, True),
        ({"and": [{"year": 1959}, {"seen": False}]}, False),
        ({"not": {"year": 1959, "seen": False}}, True),
        ({"not": {"rating": {"lt": 3}}}, True),
    ],
    ids=json.dumps,
)
def test_a_filter_means_what_it_says(where: dict[str, Any], passes: bool) -> None:
    assert Filter(where)(FILM) is passes


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (["year"], "must be a dictionary"),
        ({3: 4}, "must be names"),
        ({"": 4}, "must be names"),
        ({"year": {"gte": None}}, "exists"),
        ({"year": None}, "exists"),
        ({"year": [1959]}, r'"in"'),
        ({"year": {"in": 1959}}, "brackets"),
        ({"year": {"in": [None]}}, "exists"),
        ({"year": {"lt": True}}, "number or a string"),
        ({"year": {"lt": float("nan")}}, "finite"),
        ({"year": float("inf")}, "finite"),
        ({"year": {"exists": 1}}, "true or false"),
        ({"year": {"$gte": 3}}, "did you mean gte"),
        ({"year": {"between": [1, 2]}}, "the conditions are eq"),
        ({"$or": []}, "without the"),
        ({"text": "film"}, "search for words"),
        ({"or": {"year": 3}}, "list of filters"),
        ({"not": [{"year": 3}]}, "must be a dictionary"),
        ({"and": ["year"]}, "must be a dictionary"),
    ],
    ids=repr,
)
def test_what_is_no_filter_is_refused_with_the_remedy(where: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Filter(where)


def test_a_filter_nested_without_end_is_refused() -> None:
    where: dict[str, Any] = {"year": 1}
    for _ in range(100_000):
        where = {"not": where}
    with pytest.raises(InputError, match="deep"):
        Filter(where)


values = st.sampled_from([None, True, False, 0, 1, 1.0, 2, "1", "a", "b", ["a", 1], [], {"x": 1}, {"x": "a"}])
metadata = st.dictionaries(st.sampled_from(["a", "b", "a.x"]), values, max_size=3)
scalar = st.sampled_from([True, False, 0, 1, 2.0, "1", "a", "b"])
conditions = st.one_of(
    scalar,
    st.fixed_dictionaries({"ne": scalar}),
    st.fixed_dictionaries({"in": st.lists(scalar, max_size=3)}),
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.sampled_from([0, 1.0, "1", "a"]), max_size=2),
)
wheres = st.recursive(
    st.dictionaries(st.sampled_from(["a", "b", "a.x", "id", "title"]), conditions, max_size=2),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"and": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"or": st.lists(inner, max_size=3)}),
    ),
    max_leaves=5,
)


class Listed(list[Passage]):
    """Passages as a store."""

    def close(self) -> None: ...


@given(metadatas=st.lists(metadata, min_size=1, max_size=8), where=wheres)
def test_columns_decide_for_all_passages_as_the_filter_does_for_each(
    metadatas: list[dict[str, Any]], where: dict[str, Any]
) -> None:
    passages = Listed(Passage("ab1"[number % 3], "", "", each) for number, each in enumerate(metadatas))
    filter = Filter(where)
    known = {condition.field for condition in filter.root.conditions() if condition.name != "exists"}
    has = {field for field in known for passage in passages if Filter({field: {"exists": True}})(passage)}
    try:
        mask = Columns(passages).mask(filter)
    except InputError:
        assert known - has
    else:
        assert mask.tolist() == [filter(passage) for passage in passages]


@given(metadata=metadata, where=wheres)
def test_not_lets_through_exactly_what_its_filter_does_not(metadata: dict[str, Any], where: dict[str, Any]) -> None:
    passage = Passage("a", "b", "", metadata)
    assert Filter({"not": where})(passage) is not Filter(where)(passage)
    assert Filter({"and": [where, {}]})(passage) is Filter({"or": [where]})(passage) is Filter(where)(passage)


WORDS = ["cat", "dog", "fish"]
PASSAGES = [
    Passage(
        f"p{number}",
        f"t{number % 4}",
        " ".join(WORDS[: 1 + number % 3] * (1 + number % 5)),
        {"year": 1990 + number % 7, "kind": WORDS[number % 2]} if number % 5 else {},
    )
    for number in range(60)
]


@pytest.fixture(scope="module", params=["bm25", "rank_bm25", "link_hop", "faiss", "hybrid"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if request.param in ("faiss", "hybrid"):
        pytest.importorskip("faiss", reason="faiss is not installed")
    embedder = "hashing" if request.param in ("faiss", "hybrid") else None
    to = tmp_path_factory.mktemp(request.param)
    with indexes.build(PASSAGES, to / "index", engine=request.param, embedder=embedder) as index:
        yield index


simple = st.one_of(
    st.fixed_dictionaries({"year": st.integers(1988, 1998)}),
    st.fixed_dictionaries({"year": st.fixed_dictionaries({"gte": st.integers(1988, 1998)})}),
    st.fixed_dictionaries({"kind": st.sampled_from([*WORDS, 3])}),
    st.fixed_dictionaries({"id": st.fixed_dictionaries({"in": st.lists(st.sampled_from(["p0", "p7", "p8", "x"]))})}),
    st.fixed_dictionaries({"not": st.just({"year": {"exists": True}})}),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=simple, k=st.integers(1, 90), query=st.lists(st.sampled_from([*WORDS, "t1"]), min_size=1).map(" ".join))
def test_no_passage_gets_past_a_filter_and_none_is_missed(
    index: FolderIndex, where: dict[str, Any], k: int, query: str
) -> None:
    filter = Filter(where)
    hits = index.search(query, k, where=where)
    assert all(filter(hit.passage) for hit in hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    reachable = {hit.id for hit in index.search(query, len(PASSAGES)) if filter(hit.passage)}
    assert len(hits) >= min(k, len(reachable))
    if index.manifest.engine in ("bm25", "rank_bm25", "faiss"):  # whose scores hang on nothing else that is found
        expected = [hit for hit in index.search(query, len(PASSAGES)) if filter(hit.passage)][:k]
        assert [hit.id for hit in hits] == [hit.id for hit in expected]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-5)


def test_the_best_j_of_a_filtered_search_are_the_search_for_j(index: FolderIndex) -> None:
    whole = index.search("cat fish", 60, where={"kind": "dog"})
    assert len(whole) == 24
    for k in range(1, 30):
        assert index.search("cat fish", k, where={"kind": "dog"}) == whole[:k]


def test_a_filter_on_a_field_that_no_passage_has_is_refused_with_the_closest_one(index: FolderIndex) -> None:
    with pytest.raises(InputError, match=r'"yaer": did you mean year\?'):
        index.search("cat", 3, where={"yaer": 1990})
    with pytest.raises(InputError, match="they have id, kind, title, year"):
        index.check_filter({"x": 1})
    assert len(index.search("cat", 3, where={"x": {"exists": False}})) == 3
    index.check_filter({"year": 2})


def test_a_closed_index_checks_no_filter(tmp_path: Path, index_dir: Path) -> None:
    index = indexes.open(index_dir)
    index.close()
    with pytest.raises(InputError, match="closed"):
        index.check_filter({"id": "x"})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(st.sampled_from('",:{}\\[]metadata \n\u00e9\ud83d'), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["metadata", "a", '"']), inner, max_size=2)
    ),
    max_leaves=4,
)
texts = st.text(st.sampled_from('",:{}\\metadata \n\u00e9\ud83d'), max_size=20)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(
        st.tuples(texts, texts, st.dictionaries(st.sampled_from(["metadata", "a", '",']), json_values, max_size=2)),
        min_size=1,
        max_size=6,
    ),
    at_once=st.integers(1, 4),
    bytes_at_once=st.sampled_from([1, 100, 1 << 20]),
)
def test_a_store_gives_the_metadata_of_its_passages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Any], at_once: int, bytes_at_once: int
) -> None:
    monkeypatch.setattr(jsonl, "_LINES_AT_ONCE", at_once)
    monkeypatch.setattr(jsonl, "_AT_ONCE", bytes_at_once)
    passages = [Passage(str(number), title, text, each) for number, (title, text, each) in enumerate(made)]
    writer = jsonl.JsonlStoreWriter(tmp_path)
    for passage in passages:
        writer.add(passage)
    writer.finish()
    store = jsonl.JsonlStore(tmp_path, len(passages))
    assert isinstance(store, WithMetadata)
    assert list(store.metadata()) == [passage.metadata for passage in passages] == [one.metadata for one in store]
    store.close()
    with pytest.raises(InputError, match="closed"):
        list(store.metadata())


def test_filters_hold_after_passages_were_added_in_parts(tmp_path: Path) -> None:
    indexes.build(PASSAGES[:20], tmp_path / "index").close()
    indexes.add(tmp_path / "index", PASSAGES[20:])
    with indexes.open(tmp_path / "index") as index:
        found = index.search("cat", 99, where={"year": 1993, "kind": "dog"})
    assert {hit.id for hit in found} == {each.id for each in PASSAGES if Filter({"year": 1993, "kind": "dog"})(each)}


def test_passages_are_read_through_once_for_a_field_and_masks_are_remembered() -> None:
    class Counting(Listed):
        read = 0

        def __iter__(self) -> Any:
            self.read += 1
            return super().__iter__()

    store = Counting(PASSAGES)
    columns = Columns(store)
    first = columns.mask(Filter({"year": 1993}))
    assert columns.mask(Filter({"year": 1993})) is first
    for year in range(1990, 2020):
        columns.mask(Filter({"year": {"gte": year}, "kind": "cat"}))
    assert store.read == 2
    with pytest.raises(ValueError, match="read-only"):
        first[0] = True
