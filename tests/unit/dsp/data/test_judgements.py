from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsp.data.judgements import Judged, read_judged
from dsp.errors import DataError, InputError


def lines(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_questions_are_judged_by_their_gold_titles(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "dev.jsonl",
        {"id": "1", "question": "who?", "answer": "x", "gold_titles": ["A", "B"]},
        {"id": "2", "question": "unjudged", "answer": "x"},
    )
    assert read_judged(path) == [Judged("1", "who?", {"A": 1, "B": 1}, "title")]


def test_a_folder_as_beirs_is_judged_by_ids_with_grades(tmp_path: Path) -> None:
    lines(tmp_path / "queries.jsonl", *({"_id": f"q{n}", "text": f"query {n}"} for n in range(4)))
    qrels = tmp_path / "qrels" / "test.tsv"
    qrels.parent.mkdir()
    qrels.write_text("query-id\tcorpus-id\tscore\nq1\td 1\t2\nq1\td2\t0\nq2\td3\t1\nq3\td4\t0\nother\td\t1\n")
    expected = [Judged("q1", "query 1", {"d 1": 2, "d2": 0}, "id"), Judged("q2", "query 2", {"d3": 1}, "id")]
    assert read_judged(tmp_path) == expected
    assert read_judged(tmp_path, limit=1) == expected[:1]


def test_trecs_four_columns_and_ids_that_are_numbers(tmp_path: Path) -> None:
    queries = lines(tmp_path / "queries.jsonl", {"id": 7, "query": "seven"})
    qrels = tmp_path / "qrels.txt"
    qrels.write_text("7 0 doc1 1\n7 0 doc2 -1\n\n")
    assert read_judged(queries, qrels) == [Judged("7", "seven", {"doc1": 1, "doc2": -1}, "id")]


@pytest.mark.parametrize(
    ("queries", "qrels", "said"),
    [
        ({"id": "1", "text": "t"}, "heading\n1 doc\n", "line 2 must be a query, a passage and a whole number"),
        ({"id": "1", "text": "t"}, "1 0 doc 1\n1 0 doc x\n", "line 2 must be"),
        ({"id": "1", "text": "t"}, "2 0 doc 1\n", "judges none of the 1 queries"),
        ({"id": "1", "text": "t"}, b"\xff\xfe1", "cannot be read as judgements"),
        ({"text": "t"}, "1 0 doc 1\n", "line 1 has no id"),
        ({"id": "1"}, "1 0 doc 1\n", "line 1 has no text"),
        ({"id": "1", "text": " "}, "1 0 doc 1\n", "line 1 has no text"),
        ({"id": True, "text": "t"}, "1 0 doc 1\n", "line 1 has no id"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, queries: object, qrels: str | bytes, said: str) -> None:
    data, judgements = lines(tmp_path / "queries.jsonl", queries), tmp_path / "qrels"
    judgements.write_bytes(qrels if isinstance(qrels, bytes) else qrels.encode())
    with pytest.raises(DataError, match=said):
        read_judged(data, judgements)


def test_questions_that_say_nothing_of_what_is_relevant_are_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "dev.jsonl", {"question": "who?", "answer": "x"})
    with pytest.raises(DataError, match=r"none of its 1 questions says what is relevant.*--qrels"):
        read_judged(path)
    with pytest.raises(InputError, match="limit must be at least 1"):
        read_judged(path, limit=0)
    with pytest.raises(DataError, match="missing"):
        read_judged(path, tmp_path / "missing")
