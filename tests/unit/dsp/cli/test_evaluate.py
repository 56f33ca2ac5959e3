from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.lms.scripted import Scripted
from dsp.types.example import Example

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def evaluate(index_dir: Path, write_questions: Callable[..., Path], lm: Scripted, runs: Path) -> tuple[object, ...]:
    return ("evaluate", "--index", index_dir, "--data", write_questions("dev.jsonl"), "--lm", "oracle")


def folders(runs: Path) -> list[Path]:
    return sorted(runs.iterdir()) if runs.exists() else []


def test_json_is_the_object_that_is_promised(cli: Cli, evaluate: tuple[object, ...], runs: Path) -> None:
    found = cli(*evaluate, "--json").json
    assert {"n", "metrics", "usage", "seconds", "run"} <= found.keys()
    assert found["n"] == 8
    assert {"em", "f1", "support_recall"} <= found["metrics"].keys()
    for metric in found["metrics"].values():
        assert {"mean", "low", "high"} <= metric.keys()
        assert 0 <= metric["low"] <= metric["mean"] <= metric["high"] <= 1
    assert found["metrics"]["em"]["mean"] == found["metrics"]["support_recall"]["mean"] == 1.0
    assert {"calls", "prompt_tokens", "completion_tokens", "usd"} <= found["usage"].keys()
    assert found["usage"]["calls"] == 16
    assert [Path(found["run"])] == folders(runs)


def test_as_text_every_mean_has_its_interval(cli: Cli, evaluate: tuple[object, ...]) -> None:
    ran = cli(*evaluate)
    assert (ran.status, ran.err) == (0, "")
    assert "multihop on 8 questions of " in ran.out
    assert "  exact match          1.000 [0." in ran.out
    assert "results.jsonl" in ran.out


def test_every_answer_and_the_summary_are_recorded(cli: Cli, evaluate: tuple[object, ...], world: Any) -> None:
    found = cli(*evaluate, "--json").json
    folder = Path(found["run"])
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["id"] for line in lines} == set(world.books)
    assert all(line["scores"]["em"] == 1.0 and line["prediction"]["answer"] == line["answer"] for line in lines)
    summary = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (summary["format"], summary["kind"], summary["lm"]) == ("dsp.run", "evaluate", "oracle")
    assert summary["metrics"] == found["metrics"]


def test_failures_are_counted_as_zero_and_told(
    cli: Cli, evaluate: tuple[object, ...], chat_lm: Callable[..., Scripted], register_lm: Callable[..., None]
) -> None:
    def answer(name: str, inputs: Any, request: Any) -> str:
        if "Momo" in inputs["question"]:
            raise RuntimeError("\x1b[2J broken")
        return "x"

    register_lm("weak", chat_lm(answer))
    found = cli(*evaluate, "--lm", "weak", "--json").json
    assert (found["n"], found["failures"]) == (8, 1)
    text = cli(*evaluate, "--lm", "weak").out
    assert '1 failed and count as 0; the first, "Momo": RuntimeError: [2J broken' in text


def test_an_lm_that_fails_everywhere_ends_it_with_what_happened(
    refused: Refused, evaluate: tuple[object, ...], register_lm: Callable[..., None], runs: Path
) -> None:
    register_lm("mute", Scripted(lambda request: ""))
    said = refused(*evaluate, "--lm", "mute", status=1)
    assert "all of the first" in said
    assert "ParseError" in said
    assert all(not (folder / "run.json").exists() for folder in folders(runs))


def test_only_the_first_questions_may_be_asked(cli: Cli, evaluate: tuple[object, ...]) -> None:
    assert cli(*evaluate, "--limit", 3, "--json").json["n"] == 3


@pytest.mark.parametrize("concurrency", [1, 3])
def test_how_many_at_a_time_changes_no_score(cli: Cli, evaluate: tuple[object, ...], concurrency: int) -> None:
    found = cli(*evaluate, "--concurrency", concurrency, "--json").json
    assert found["metrics"] == cli(*evaluate, "--json").json["metrics"]


def test_predictions_are_written_as_hotpotqas_script_reads_them(
    cli: Cli, evaluate: tuple[object, ...], tmp_path: Path, world: Any
) -> None:
    out = tmp_path / "predictions.json"
    cli(*evaluate, "--predictions", out)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["answer"] == {book: place for book, (_, place) in world.books.items()}
    assert written["sp"].keys() <= written["answer"].keys()


def test_runs_go_where_they_are_told(cli: Cli, evaluate: tuple[object, ...], tmp_path: Path, runs: Path) -> None:
    found = cli(*evaluate, "--runs", tmp_path / "here", "--json").json
    assert Path(found["run"]).parent == tmp_path / "here"
    assert folders(runs) == []


def test_a_budget_ends_the_work_and_keeps_what_was_finished(cli: Cli, evaluate: tuple[object, ...]) -> None:
    found = cli(*evaluate, "--budget", "calls=6", "--concurrency", 1, "--json").json
    assert 1 <= found["n"] <= 3
    assert found["stopped"]
    assert "stopped before the last question" in cli(*evaluate, "--budget", "calls=6", "--concurrency", 1).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "0"], "limit must be at least 1, but got 0"),
        (["--skip-bad", "-1"], "skip_bad must be 0 or more, but got -1"),
        (["--concurrency", "0"], "must be at least 1, but got 0"),
        (["--concurrency", "-2"], "must be at least 1, but got -2"),
        (["--program", "multihopp"], "did you mean multihop"),
        (["--lm", "extractve"], "did you mean extractive"),
        (["--budget", "calls=none"], 'got "calls=none"'),
        (["--budget", "money=3"], 'got "money=3"'),
    ],
)
def test_a_wrong_option_is_one_line_and_leaves_no_run(
    refused: Refused, evaluate: tuple[object, ...], runs: Path, options: list[str], said: str
) -> None:
    assert said in refused(*evaluate, *options, status=2)
    assert folders(runs) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"not json\n", "line 1 is not JSON"),
        (b'{"question": "q", "answer": "a"}\nno\n', "line 2 is not JSON"),
        (b'{"question": "q", "answer": "\xff"}\n', "line 1 is not UTF-8"),
        (b'{"question": "q"}\n', "every question needs an answer, but 1 of 1 have none"),
        (b'{"answer": "a"}\n', "has no question"),
        (
            b'{"id": "x", "question": "q", "answer": "a"}\n{"id": "x", "question": "r", "answer": "b"}\n',
            '"x" of line 1',
        ),
        (b'[{"question": "q", "answer": "a"}', "the file must be one whole array"),
    ],
)
def test_a_bad_file_of_questions_is_one_line_that_names_it_and_the_place(
    refused: Refused, evaluate: tuple[object, ...], runs: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    message = refused(*evaluate, "--data", path, status=1)
    assert "bad.jsonl" in message
    assert said in message
    assert folders(runs) == []


def test_bad_questions_are_tolerated_up_to_a_number(cli: Cli, evaluate: tuple[object, ...], tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    good = {"question": "Where did the writer of Emma grow up?", "answer": "Steventon"}
    path.write_text(json.dumps(good) + "\nno\n", encoding="utf-8")
    assert cli(*evaluate, "--data", path, "--skip-bad", 1, "--json").json["n"] == 1


@pytest.mark.parametrize("option", ["--data", "--index"])
def test_what_is_missing_is_named(
    refused: Refused, evaluate: tuple[object, ...], runs: Path, tmp_path: Path, option: str
) -> None:
    assert "nowhere" in refused(*evaluate, option, tmp_path / "nowhere", status=1)
    assert folders(runs) == []


def test_without_a_key_it_ends_at_once_and_leaves_no_run(
    refused: Refused, evaluate: tuple[object, ...], runs: Path
) -> None:
    assert "OPENAI_API_KEY" in refused(*evaluate, "--lm", "openai/some-model", status=1)
    assert folders(runs) == []


def test_places_that_cannot_be_written_are_named(
    refused: Refused, evaluate: tuple[object, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    assert "--runs DIR" in refused(*evaluate, "--runs", tmp_path / "file" / "below", status=1)
    assert "predictions.json" in refused(*evaluate, "--predictions", tmp_path / "file" / "predictions.json", status=2)


def test_questions_without_gold_passages_have_no_recall(
    cli: Cli, evaluate: tuple[object, ...], write_questions: Callable[..., Path], world: Any
) -> None:
    bare: list[Example] = [example.without("gold_titles") for example in world.examples]
    found = cli(*evaluate, "--data", write_questions("bare.jsonl", bare), "--json").json
    assert found["metrics"].keys() == {"em", "f1"}


def test_two_runs_are_compared_pairwise_whatever_order_they_finished_in(
    cli: Cli, evaluate: tuple[object, ...], register_lm: Callable[..., None], chat_lm: Callable[..., Scripted]
) -> None:
    register_lm("weak", chat_lm(lambda name, inputs, request: {"answer": "x", "search_query": "x", "reasoning": ""}))
    first = Path(cli(*evaluate, "--lm", "weak", "--json").json["run"])
    lines = (first / "results.jsonl").read_text(encoding="utf-8").splitlines()
    (first / "results.jsonl").write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    found = cli(*evaluate, "--against", first, "--json").json
    assert found["change"]["em"]["mean"] == 1.0
    assert found["change"]["em"]["low"] > 0
    assert found["against"] == str(first)
    itself = cli(*evaluate, "--against", found["run"]).out
    assert "paired:\n  exact match          +0.000 [" in itself


def test_a_run_of_other_examples_is_refused_before_anything_is_asked(
    cli: Cli, refused: Refused, evaluate: tuple[object, ...], lm: Scripted
) -> None:
    few = cli(*evaluate, "--limit", 3, "--json").json["run"]
    asked = len(lm.requests)
    assert "has 3, this one 8, and both have 3; evaluate on the same file" in refused(
        *evaluate, "--against", few, status=2
    )
    assert "must be the folder of a run" in refused(*evaluate, "--against", "no-such-run", status=1)
    (Path(few) / "results.jsonl").write_text("{}\n", encoding="utf-8")
    assert "line 1 is not a result" in refused(*evaluate, "--against", few, status=1)
    assert len(lm.requests) == asked
