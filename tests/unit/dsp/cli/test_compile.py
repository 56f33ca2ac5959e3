from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.lms.scripted import Scripted
from dsp.optimize.registry import OPTIMIZERS
from dsp.programs.loading import load_program

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def learner(world: Any, chat_lm: Callable[..., Scripted], register_lm: Callable[..., None]) -> Scripted:
    """Knows half of the answers, and all of them as soon as it is shown one; by the name `learner`."""

    def answer(name: str, inputs: Any, request: Any) -> str:
        book = world.book_of(inputs["question"])
        author, place = world.books[book]
        known = len(request.messages) > 2 or book in list(world.books)[::2]
        return {"search_query": author, "reasoning": "r", "answer": place if known else "unknown"}[name]

    made = chat_lm(answer)
    register_lm("learner", made)
    return made


@pytest.fixture
def compiling(
    index_dir: Path, write_questions: Callable[..., Path], learner: Scripted, runs: Path, tmp_path: Path, world: Any
) -> tuple[object, ...]:
    train, dev = (write_questions(f"{name}.jsonl", part) for name, part in _parts(world).items())
    return (
        "compile",
        "--index",
        index_dir,
        "--train",
        train,
        "--dev",
        dev,
        "--lm",
        "learner",
        "--to",
        tmp_path / "p.json",
    )


def _parts(world: Any) -> dict[str, Any]:
    return {"train": world.examples[:4], "dev": world.examples[4:]}


def folders(runs: Path) -> list[Path]:
    return sorted(runs.iterdir()) if runs.exists() else []


def test_json_is_the_object_that_is_promised(cli: Cli, compiling: tuple[object, ...], tmp_path: Path) -> None:
    found = cli(*compiling, "--json").json
    assert {"n", "metrics", "usage", "seconds", "run", "before", "after", "program"} <= found.keys()
    assert found["program"] == str(tmp_path / "p.json")
    for part in (found, found["before"], found["after"]):
        assert part["n"] == 4
        assert {"em", "f1", "support_recall"} <= part["metrics"].keys()
        assert all({"mean", "low", "high"} <= metric.keys() for metric in part["metrics"].values())
    assert found["metrics"] == found["after"]["metrics"]
    assert (found["before"]["metrics"]["em"]["mean"], found["after"]["metrics"]["em"]["mean"]) == (0.5, 1.0)
    assert found["change"]["em"]["mean"] == 0.5
    assert {"selected", "held_out"} <= found.keys()
    assert found["selected"]["after"]["n"] + found["held_out"]["after"]["n"] == 4
    assert found["usage"]["calls"] > found["before"]["usage"]["calls"] + found["after"]["usage"]["calls"]


def test_the_program_that_is_written_is_readable_and_does_what_was_measured(
    cli: Cli, compiling: tuple[object, ...], tmp_path: Path, index_dir: Path, world: Any
) -> None:
    cli(*compiling)
    content = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert (content["format"], content["program"]) == ("dsp.program", "multihop")
    assert content["compiled"]["optimizer"] == "random_search"
    assert content["predictors"]["generate_answer"]["demos"]
    evaluated = cli(
        "evaluate",
        "--index",
        index_dir,
        "--data",
        compiling[6],
        "--lm",
        "learner",
        "--program",
        tmp_path / "p.json",
        "--json",
    ).json
    assert evaluated["metrics"]["em"]["mean"] == 1.0
    asked = cli(
        "ask",
        world.question("Dune"),
        "--index",
        index_dir,
        "--lm",
        "learner",
        "--program",
        tmp_path / "p.json",
        "--json",
    ).json
    assert asked["answer"] == "Tacoma"


def test_as_text_the_selecting_score_is_shown_as_selected_beside_the_held_out_one(
    cli: Cli, compiling: tuple[object, ...]
) -> None:
    ran = cli(*compiling)
    assert (ran.status, ran.err) == (0, "")
    assert "Held out: 2 dev questions that had no say in the choice" in ran.out
    assert "Selected: the 2 dev questions by which the program was chosen (flatters)" in ran.out
    assert "LM calls" in ran.out


def test_the_run_records_both_evaluations(cli: Cli, compiling: tuple[object, ...], runs: Path) -> None:
    found = cli(*compiling, "--json").json
    (folder,) = folders(runs)
    assert found["run"] == str(folder)
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(line["stage"] for line in lines) == ["after"] * 4 + ["before"] * 4
    summary = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (summary["kind"], summary["seed"]) == ("compile", 0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
def test_every_optimizer_may_compile(cli: Cli, compiling: tuple[object, ...], tmp_path: Path, optimizer: str) -> None:
    assert cli(*compiling, "--optimizer", optimizer, "--json").json["program"]
    assert load_program(str(tmp_path / "p.json"))


def test_equal_seeds_write_equal_programs(cli: Cli, compiling: tuple[object, ...], tmp_path: Path) -> None:
    written = []
    for concurrency in (1, 4):
        cli(*compiling, "--seed", 5, "--concurrency", concurrency)
        written.append(json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))["predictors"])
    assert written[0] == written[1]


def test_a_compiled_program_may_be_compiled_again(cli: Cli, compiling: tuple[object, ...], tmp_path: Path) -> None:
    cli(*compiling)
    again = cli(*compiling, "--program", tmp_path / "p.json", "--to", tmp_path / "again.json", "--json").json
    assert again["after"]["metrics"]["em"]["mean"] == 1.0


def test_a_program_of_the_users_own_is_compiled_and_loaded_with_its_code(
    cli: Cli, refused: Refused, compiling: tuple[object, ...], tmp_path: Path, index_dir: Path, world: Any
) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "import dsp\n\nclass Own(dsp.Module):\n    def __init__(self, k: int = 2):\n        self.k = k\n"
        "        self.answer = dsp.ChainOfThought('context, question -> answer')\n\n"
        "    def forward(self, question):\n        context = dsp.retrieve(question, self.k)\n"
        "        return self.answer(context=context, question=question).copy(context=context)\n",
        encoding="utf-8",
    )
    found = cli(*compiling, "--program", f"{own}:Own", "--set", "k=3", "--json").json
    assert found["after"]["metrics"]["em"]["mean"] == 1.0
    ask = ("ask", world.question("Dune"), "--index", index_dir, "--lm", "learner", "--program", tmp_path / "p.json")
    assert "--code" in refused(*ask, status=1)
    assert cli(*ask, "--code", f"{own}:Own", "--json").json["answer"] == "Tacoma"


def test_nothing_held_out_is_not_shown_as_held_out(cli: Cli, compiling: tuple[object, ...]) -> None:
    found = cli(*compiling, "--held-out", 0, "--json").json
    assert "held_out" not in found
    assert found["selected"]["after"]["n"] == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "program.txt"], '--to must name a .json file, but got "program.txt"'),
        (["--optimizer", "randomsearch"], "did you mean random_search"),
        (["--held-out", "1"], "must be from 0 up to (not including) 1, but got 1.0"),
        (["--held-out", "0.9"], "leaves nothing to select on when 4 are held out"),
        (["--concurrency", "0"], "must be at least 1, but got 0"),
        (["--program", "multihopp"], "did you mean multihop"),
        (["--skip-bad", "-1"], "skip_bad must be 0 or more"),
    ],
)
def test_a_wrong_option_is_one_line_before_anything_is_spent(
    refused: Refused,
    compiling: tuple[object, ...],
    runs: Path,
    learner: Scripted,
    tmp_path: Path,
    options: list[str],
    said: str,
) -> None:
    assert said in refused(*compiling, *options, status=2)
    assert (folders(runs), learner.requests) == ([], [])
    assert not (tmp_path / "p.json").exists()


def test_a_folder_is_no_file_to_write_to(refused: Refused, compiling: tuple[object, ...], tmp_path: Path) -> None:
    (tmp_path / "p.json").mkdir()
    assert "is a folder" in refused(*compiling, status=2)


@pytest.mark.parametrize("option", ["--train", "--dev", "--index", "--program"])
def test_what_is_missing_is_named(
    refused: Refused, compiling: tuple[object, ...], runs: Path, tmp_path: Path, option: str
) -> None:
    assert "nowhere.json" in refused(*compiling, option, tmp_path / "nowhere.json", status=1)
    assert folders(runs) == []


def test_a_compile_that_fails_leaves_the_program_that_was_there(
    refused: Refused, compiling: tuple[object, ...], tmp_path: Path, register_lm: Callable[..., None]
) -> None:
    (tmp_path / "p.json").write_text("the good one", encoding="utf-8")
    register_lm("mute", Scripted(lambda request: ""))
    refused(*compiling, "--lm", "mute", status=1)
    assert (tmp_path / "p.json").read_text(encoding="utf-8") == "the good one"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".p", "p"))) == ["p.json"]


def test_an_interrupt_leaves_the_program_that_was_there_and_what_was_finished(
    cli: Cli,
    compiling: tuple[object, ...],
    tmp_path: Path,
    world: Any,
    chat_lm: Callable[..., Scripted],
    register_lm: Callable[..., None],
    runs: Path,
) -> None:
    (tmp_path / "p.json").write_text("the good one", encoding="utf-8")

    def answer(name: str, inputs: Any, request: Any) -> str:
        if "Emma" in inputs["question"]:
            raise KeyboardInterrupt
        return "x"

    register_lm("stopped", chat_lm(answer))
    ran = cli(*compiling, "--lm", "stopped")
    assert (ran.status, ran.out) == (130, "")
    assert "interrupted" in ran.err
    assert (tmp_path / "p.json").read_text(encoding="utf-8") == "the good one"
    (folder,) = folders(runs)
    assert [entry.name for entry in folder.iterdir()] == ["results.jsonl"]


def test_a_training_set_of_one_question_is_no_error(
    cli: Cli, compiling: tuple[object, ...], write_questions: Callable[..., Path], world: Any
) -> None:
    one = write_questions("one.jsonl", world.examples[:1])
    assert cli(*compiling, "--train", one, "--dev", one, "--json").json["n"] == 1
