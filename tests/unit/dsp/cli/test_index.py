from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import indexes

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def index(tmp_path: Path, corpus: Path) -> Path:
    to = tmp_path / "index"
    indexes.build(corpus, to).close()
    return to


def manifest(folder: Path) -> Path:
    return folder / "manifest.json"


def test_build_makes_an_index_and_says_what_it_holds(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    ran = cli("index", "build", corpus, "--to", tmp_path / "i")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"16 passages in {tmp_path / 'i'} (bm25, ")
    assert cli("index", "verify", tmp_path / "i").out == f"{tmp_path / 'i'}: every file is as it was written\n"


def test_build_and_info_print_the_same_json(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    options = ["--engine", "rank_bm25", "--analyzer", "plain"]
    built = cli("index", "build", corpus, "--to", tmp_path / "i", *options, "--json").json
    assert (built["engine"], built["analyzer"], built["passages"]) == ("rank_bm25", "plain", 16)
    assert cli("index", "info", tmp_path / "i", "--json").json == built
    text = cli("index", "info", tmp_path / "i").out
    assert all(line.split()[0] in built for line in text.splitlines())


def test_several_sources_become_one_index(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.txt"
    more.write_text("A note about nothing.\n", encoding="utf-8")
    built = cli("index", "build", corpus, more, "--to", tmp_path / "i", "--json").json
    assert built["passages"] == 17


def test_search_gives_the_best_passages_with_id_score_rank_and_source(cli: Cli, index: Path) -> None:
    found = cli("index", "search", index, "the novel Solaris", "-k", 2, "--json").json
    assert (found["query"], found["k"]) == ("the novel Solaris", 2)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    assert found["hits"][0].keys() >= {"id", "title", "text", "score", "rank", "source"}
    assert (found["hits"][0]["title"], found["hits"][0]["source"]) == ("Solaris", "bm25")
    text = cli("index", "search", index, "the novel Solaris", "-k", 2).out.splitlines()
    assert len(text) == 2
    assert text[0].startswith("  [1] Solaris (")


def test_a_search_that_finds_nothing_says_so(cli: Cli, index: Path) -> None:
    assert cli("index", "search", index, "xyzzy").out == "no passage found\n"
    assert cli("index", "search", index, "xyzzy", "--json").json["hits"] == []


@pytest.mark.parametrize("k", [0, -3])
def test_a_k_below_one_is_refused(refused: Refused, index: Path, k: int) -> None:
    assert f"at least 1, but got {k}" in refused("index", "search", index, "Emma", "-k", k, status=2)


# bad sources: each one clear line, and no folder left behind

GOOD = '{"id": "1", "text": "one"}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "at least one passage"),
        ("\n \n", "at least one passage"),
        (GOOD + "not json\n", "line 2"),
        (GOOD + '{"id": "2", "title": "x"}\n', "line 2"),
        (GOOD + '{"id": "2", "text": " "}\n', "line 2"),
        (GOOD + "[1]\n", "line 2"),
        (GOOD + GOOD, '"1"'),
    ],
)
def test_a_bad_corpus_is_refused_with_the_place_and_leaves_nothing(
    refused: Refused, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content, encoding="utf-8")
    message = refused("index", "build", path, "--to", tmp_path / "i", status=1)
    assert said in message
    assert "bad.jsonl" in message or "corpus" in message
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.jsonl"]


def test_bytes_that_are_not_utf8_are_refused_with_the_line(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(GOOD.encode() + b'{"id": "2", "text": "\xff"}\n')
    message = refused("index", "build", tmp_path / "bad.jsonl", "--to", tmp_path / "i", status=1)
    assert "line 2" in message
    assert "UTF-8" in message
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.jsonl"]


def test_bad_records_are_tolerated_up_to_a_number_and_counted(cli: Cli, refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(GOOD + "no\n" + '{"id": "2"}\n', encoding="utf-8")
    refused("index", "build", path, "--to", tmp_path / "i", "--skip-bad", 1, status=1)
    assert not (tmp_path / "i").exists()
    built = cli("index", "build", path, "--to", tmp_path / "i", "--skip-bad", 2, "--json").json
    assert (built["passages"], built["skipped"]) == (1, 2)
    text = cli("index", "build", path, "--to", tmp_path / "i", "--skip-bad", 2).out
    assert "2 bad records skipped" in text


@pytest.mark.parametrize(
    ("option", "value", "close"), [("--engine", "bm52", "bm25"), ("--analyzer", "englsh", "english")]
)
def test_an_unknown_engine_or_analyzer_is_refused_with_the_close_names(
    refused: Refused, corpus: Path, tmp_path: Path, option: str, value: str, close: str
) -> None:
    message = refused("index", "build", corpus, "--to", tmp_path / "i", option, value, status=2)
    assert f'"{value}"' in message
    assert f"did you mean {close}" in message
    assert not (tmp_path / "i").exists()


def test_a_missing_source_is_refused_by_name(refused: Refused, tmp_path: Path) -> None:
    message = refused("index", "build", tmp_path / "none.jsonl", "--to", tmp_path / "i", status=1)
    assert "none.jsonl" in message
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_leaves_the_index_that_was_there(
    cli: Cli, refused: Refused, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text("no\n", encoding="utf-8")
    before = cli("index", "info", index, "--json").json
    refused("index", "build", tmp_path / "bad.jsonl", "--to", index, status=1)
    assert cli("index", "info", index, "--json").json == before
    assert cli("index", "verify", index).status == 0


def test_a_folder_of_something_else_is_never_taken(refused: Refused, corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    assert str(other) in refused("index", "build", corpus, "--to", other, status=1)
    assert [entry.name for entry in other.iterdir()] == ["mine.txt"]


# bad index folders

VERBS = [("search", "Emma"), ("info",), ("verify",)]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb[0]))
def test_a_folder_that_is_no_index_is_refused_by_name(refused: Refused, tmp_path: Path, verb: tuple[str, ...]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert str(folder) in refused("index", verb[0], folder, *verb[1:], status=1)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb[0]))
@pytest.mark.parametrize("damage", ["half-written", "edited", "newer", "truncated", "missing"])
def test_a_damaged_index_is_refused_with_what_is_wrong(
    refused: Refused, index: Path, verb: tuple[str, ...], damage: str
) -> None:
    content = json.loads(manifest(index).read_text(encoding="utf-8"))
    passages = next(index.rglob("passages.jsonl"))
    match damage:
        case "half-written":
            manifest(index).write_text(manifest(index).read_text(encoding="utf-8")[:100], encoding="utf-8")
        case "edited":
            manifest(index).write_text(json.dumps({**content, "passages": 9}), encoding="utf-8")
        case "newer":
            manifest(index).write_text(json.dumps({**content, "format_version": 12345}), encoding="utf-8")
        case "truncated":
            passages.write_bytes(passages.read_bytes()[:-9])
        case "missing":
            passages.unlink()
    message = refused("index", verb[0], index, *verb[1:], status=1)
    assert str(index) in message
    assert ("12345" in message) == (damage == "newer")
    assert ("passages.jsonl" in message) == (damage in ("truncated", "missing"))


def test_verify_finds_a_changed_byte_and_names_the_file(refused: Refused, index: Path) -> None:
    passages = next(index.rglob("passages.jsonl"))
    content = bytearray(passages.read_bytes())
    content[30] ^= 1
    passages.write_bytes(content)
    assert "passages.jsonl" in refused("index", "verify", index, status=1)


def test_an_index_is_evaluated_on_judged_queries_and_against_another(
    cli: Cli, index_dir: Path, write_questions: Callable[..., Path], tmp_path: Path
) -> None:
    questions, run = write_questions("dev.jsonl"), tmp_path / "run.txt"
    asked = ("index", "evaluate", index_dir, "--data", questions)
    found = cli(*asked, "-k", 1, 3, "--against", index_dir, "--run-file", run, "--json").json
    assert found["n"] == 8
    assert list(found["metrics"]) == [f"{name}@{k}" for name in ("all_supports", "recall", "ndcg") for k in (1, 3)] + [
        "mrr@3"
    ]
    for metric in found["metrics"].values():
        assert 0 <= metric["low"] <= metric["mean"] <= metric["high"] <= 1
    assert found["metrics"]["recall@3"]["mean"] > 0
    assert all(change["mean"] == 0 for change in found["change"].values())
    assert {len(line.split()) for line in run.read_text(encoding="utf-8").splitlines()} == {6}
    text = cli(*asked, "--limit", 2).out
    assert " on 2 queries of " in text
    assert "  recall@20 " in text
