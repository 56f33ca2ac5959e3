from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import indexes
from indexes import Passage

Cli = Callable[..., Any]
Refused = Callable[..., str]

PASSAGES = [
    Passage("emma", "Emma", "A novel by Jane Austen.", {"year": 1815}),
    Passage("emma again", "Emma", "A novel, by Jane Austen!", {"year": 1815}),
    Passage("dune", "Dune", "A novel by Frank Herbert.", {"year": 1965}),
    Passage("austen", "Jane Austen", "A writer."),
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    indexes.build(PASSAGES, tmp_path / "index").close()
    return tmp_path / "index"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    indexes.build(PASSAGES[2:], tmp_path / "other", engine="rank_bm25").close()
    return tmp_path / "other"


def found(ran: Any) -> list[tuple[str, str]]:
    return [(hit["id"], hit["source"]) for hit in ran.json["hits"]]


def test_only_passages_that_the_filter_lets_through_are_found(cli: Cli, index: Path) -> None:
    where = json.dumps({"year": {"gte": 1900}})
    assert found(cli("index", "search", index, "a novel", "--where", where, "--json")) == [("dune", "bm25")]
    assert cli("index", "search", index, "writer", "--where", where).out == "no passage found\n"


def test_a_pipeline_searches_one_index_or_several(cli: Cli, index: Path, other: Path) -> None:
    ran = cli("index", "search", index, "Emma, a novel", "--pipeline", "index >> dedupe() % 2", "--json")
    assert found(ran) == [("emma", "bm25"), ("dune", "bm25")]
    options = ["--also", f"other={other}", "--pipeline", "index % 1 + other", "--where", '{"not": {"id": "emma"}}']
    ran = cli("index", "search", index, "Emma, a novel", *options, "--json")
    assert found(ran) == [("dune", "combsum(rank_bm25)")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--where", "{year: 3}"], "--where takes JSON"),
        (["--where", "[" * 100_000], "--where takes JSON"),
        (["--where", "[1]"], "must be a dictionary"),
        (["--where", '{"year": {"gte": null}}'], "exists"),
        (["--where", '{"yaer": 3}'], "did you mean year"),
        (["--pipeline", "indx"], "no retriever"),
        (["--pipeline", "index >> rerank() >> mmr(3)"], "2 problems"),
        (["--pipeline", "__import__('os')"], "unknown stage"),
        (["--also", "dense", "--pipeline", "index"], "takes NAME=DIR"),
        (["--also", "index=x", "--pipeline", "index"], "takes NAME=DIR"),
        (["--also", "dense=x"], "for --pipeline"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_line(
    refused: Refused, index: Path, options: list[str], said: str
) -> None:
    assert said in refused("index", "search", index, "novel", *options, status=2)


def test_another_index_that_is_none_is_named(refused: Refused, index: Path, tmp_path: Path) -> None:
    options = ["--also", f"dense={tmp_path / 'none'}", "--pipeline", "index | dense"]
    assert "none" in refused("index", "search", index, "novel", *options, status=1)


def test_a_pipeline_is_evaluated_as_an_index_is_and_compared_with_the_plain_one(
    cli: Cli, index: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    question = {"id": "q", "question": "Emma, a novel", "answer": "x", "supporting_facts": [["Emma", 0], ["Dune", 0]]}
    questions.write_text(json.dumps(question) + "\n", encoding="utf-8")
    options = ["--data", questions, "-k", 2, "--pipeline", "index >> dedupe()", "--against", index]
    ran = cli("index", "evaluate", index, *options, "--json").json
    assert ran["pipeline"] == "index >> dedupe()"
    assert (ran["metrics"]["all_supports@2"]["mean"], ran["change"]["all_supports@2"]["mean"]) == (1.0, 1.0)
    assert "index >> dedupe() over" in cli("index", "evaluate", index, *options).out


def test_a_pipeline_that_looks_less_deep_than_is_evaluated_is_refused(
    refused: Refused, index: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "a novel", "answer": "x", "gold_titles": ["Emma"]}\n', encoding="utf-8")
    options = ["--data", questions, "-k", 9, "--pipeline", "index >> mmr(depth=3)"]
    assert "depth=9" in refused("index", "evaluate", index, *options, status=2)
