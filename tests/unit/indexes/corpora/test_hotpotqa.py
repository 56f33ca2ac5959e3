from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import FileCorpus
from indexes.corpora.json_stream import NotJsonError, json_items
from indexes.errors import CorpusError, RecordError

DATA = Path(__file__).resolve().parents[5] / "shared" / "hotpotqa"
EMMA = ["Emma", ["Emma is a novel.", " It is by Jane Austen."]]
JANE = ["Jane Austen", ["Jane Austen wrote Emma."]]


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def question(*contexts: Any) -> dict[str, Any]:
    return {"_id": "q", "question": "who?", "answer": "she", "context": list(contexts)}


def test_each_context_becomes_one_passage_once_over_all_files(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", [question(EMMA, JANE), question(JANE)])
    two = write(tmp_path / "two.json", [question(EMMA)])
    passages = list(FileCorpus([one, two]))
    assert [passage.title for passage in passages] == ["Emma", "Jane Austen"]
    assert passages[0].text == "Emma is a novel. It is by Jane Austen."
    assert passages[0].metadata == {"sentences": [0, 16]}


def test_ids_depend_on_the_passage_alone(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", [question(EMMA, JANE)])
    two = write(tmp_path / "two.json", [question(JANE), question(EMMA)])
    assert {p.id for p in FileCorpus([one])} == {p.id for p in FileCorpus([two])}


def test_the_same_title_with_another_text_is_another_passage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", [question(EMMA, ["Emma", ["A film."]])])
    assert len({passage.id for passage in FileCorpus([path])}) == 2


def test_a_plain_list_of_passages_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", [{"id": "1", "title": "T", "text": "words"}, {"text": "more"}])
    assert [passage.id for passage in FileCorpus([path])] == ["1", "a.json:1"]


@pytest.mark.parametrize("context", ["text", [["title only"]], [["T", "not a list"]], [["T", [1]]], [3]])
def test_a_context_of_another_shape_is_refused_with_its_line(tmp_path: Path, context: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(f"[{json.dumps(question(EMMA))},\n{json.dumps({'context': context})}]")
    with pytest.raises(RecordError, match=r"a\.json, line 2: \"context\" must"):
        list(FileCorpus([path]))
    corpus = FileCorpus([path], skip_bad=1)
    assert len(list(corpus)) == 1
    assert corpus.skipped == 1


@pytest.mark.parametrize("text", ['{"id": 1}', "[1]", '[{"text": "a"}', '[{"text": "a"},]', '[{"text": "a"} x]', "]"])
def test_a_file_that_is_no_list_of_objects_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordError, match=r"a\.json, line 1: "):
        list(FileCorpus([write(tmp_path / "a.json", text)], skip_bad=9))


@pytest.mark.parametrize("text", ["", "  \n", "[]", " [ ] "])
def test_a_file_without_questions_is_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(CorpusError, match="is empty"):
        list(FileCorpus([write(tmp_path / "a.json", text)]))


def test_the_sample_gives_each_of_its_contexts_once() -> None:
    if not DATA.exists():
        pytest.skip("the HotpotQA sample lies beside the repository, and is absent here")
    expected = {
        (title, "".join(sentences))
        for name in ("train.json", "dev.json")
        for record in json.loads((DATA / name).read_text("utf-8"))
        for title, sentences in record["context"]
    }
    passages = list(FileCorpus([DATA / "train.json", DATA / "dev.json"]))
    assert len(passages) == len(expected)
    assert {(passage.title, passage.text) for passage in passages} == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(), values, max_size=4)), st.integers(1, 9), st.booleans(), st.booleans())
def test_however_the_text_is_cut_the_items_are_the_same(
    items: list[dict[str, Any]], size: int, ascii_only: bool, indented: bool
) -> None:
    text = json.dumps(items, ensure_ascii=ascii_only, indent=1 if indented else None)
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    assert [item for _, item in json_items(chunks)] == items


@given(st.lists(st.dictionaries(st.text(), values, max_size=3), min_size=1), st.data())
def test_a_file_cut_off_anywhere_is_refused(items: list[dict[str, Any]], data: st.DataObject) -> None:
    text = json.dumps(items)
    cut = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(NotJsonError):
        list(json_items(iter([text[:cut]])))


def test_a_mistake_is_found_before_the_whole_file_is_read() -> None:
    read = 0

    def chunks() -> Iterator[str]:
        nonlocal read
        yield '[{"a": 1}, {"b": oops}, '
        for _ in range(1000):
            read += 1
            yield '{"c": 2},' * 100

    with pytest.raises(NotJsonError):
        list(json_items(chunks()))
    assert read < 3


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(items: int) -> int:
        def chunks() -> Iterator[str]:
            yield "["
            for number in range(items):
                yield json.dumps({"text": "x" * 1000}) + ("," if number < items - 1 else "]")

        tracemalloc.start()
        for _ in json_items(chunks()):
            pass
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    peak(10)
    assert peak(2000) < 2 * peak(200)
