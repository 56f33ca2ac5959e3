"""The four tasks of DSPy Assertions: each runs offline, and its guarded program beats the unguarded one."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import dsp
from dsp.cli.main import main as command
from dsp.errors import FailedAssertionError
from dsp.lms.scripted import Scripted

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scores(output: str) -> tuple[dict[str, float], dict[str, float]]:
    """Every figure that an example prints, of the unguarded and of the guarded program."""
    unguarded, guarded = output.split("Guarded\n")
    both = [dict(re.findall(r"(\w+) (\d\.\d\d)\b", part)) for part in (unguarded, guarded)]
    first, second = ({name: float(figure) for name, figure in part.items()} for part in both)
    return first, second


def counted(output: str, name: str) -> list[tuple[int, ...]]:
    found = re.findall(rf"{name}: checked (\d+), failed (\d+), recovered (\d+), backtracks (\d+)", output)
    return [tuple(map(int, counts)) for counts in found]


def test_multi_hop_queries_come_to_differ(printed_by: Callable[..., str]) -> None:
    output = printed_by("assertions_multihop.py")
    unguarded, guarded = scores(output)
    assert unguarded["distinct_queries"] < guarded["distinct_queries"] == 1.0
    assert guarded["support_recall"] >= unguarded["support_recall"]
    assert counted(output, "new query") == [(4, 2, 0, 0), (4, 2, 2, 2)]


def test_long_form_quotations_come_to_stand_where_they_are_said_to(printed_by: Callable[..., str]) -> None:
    output = printed_by("assertions_longform.py")
    unguarded, guarded = scores(output)
    assert unguarded["faithfulness"] < guarded["faithfulness"] == 1.0
    assert guarded["recall"] == guarded["precision"] == guarded["has_answer"] == 1.0
    assert "rests on [['The Lamplighter of Ostry', 0], ['Ines Moreau', 1]]; not found: []" in output


def test_quiz_choices_come_to_be_fit_to_be_shown(printed_by: Callable[..., str]) -> None:
    output = printed_by("assertions_quiz.py")
    assert scores(output) == ({"valid": 0.5, "plausible": 0.5}, {"valid": 1.0, "plausible": 1.0})
    assert counted(output, "form") == [(2, 1, 0, 0), (2, 1, 1, 1)]


def test_tweets_come_to_fit_and_to_say_the_answer(printed_by: Callable[..., str]) -> None:
    output = printed_by("assertions_tweet.py")
    unguarded, guarded = scores(output)
    assert (unguarded["fits"], unguarded["answers"]) == (0.0, 0.0)
    assert set(guarded.values()) == {1.0}


def test_a_quiz_that_stays_malformed_is_an_error_with_what_was_written() -> None:
    with dsp.context(lm=Scripted(lambda request: "A) Corran")), pytest.raises(FailedAssertionError) as failed:
        example("assertions_quiz").Quiz()(question="Which port?", answer="Corran")
    assert failed.value.constraint == "form"
    assert [past["answer_choices"] for past in failed.value.past_outputs] == ["A) Corran"] * 3


@pytest.mark.parametrize("text", ["", "[]", "[" * 5000, '{"A": 1}', '{"A": "x"} and more', "null"])
def test_what_is_no_object_of_choices_holds_none(text: str) -> None:
    quiz = example("assertions_quiz")
    assert quiz.choices_of(text) == {}
    assert not quiz.well_formed(text, 4)


def test_the_metrics_of_the_tasks_tell_bad_from_good() -> None:
    quiz, tweet = example("assertions_quiz"), example("assertions_tweet")
    asked = dsp.Example(question="q", answer="Corran")
    good = '{"A": "Ostry", "B": "Corran", "C": "Vell", "D": "Pelham"}'
    for text, score in ((good, 1.0), (good.replace("Vell", "Ostry"), 0.0), (good.replace("Vell", "Corran"), 0.0)):
        assert quiz.valid(asked, dsp.Prediction(answer_choices=text)) == score
    for text, score in (("Corran it is.", 1.0), ("Corran! #port", 0.0), ("Corran " * 60, 0.0)):
        assert tweet.fits(asked, dsp.Prediction(tweet=text)) == score
    assert tweet.answers(asked, dsp.Prediction(tweet="It is Corran.")) == 1.0


@pytest.mark.usefixtures("configured")
def test_guarded_queries_are_evaluated_from_the_command_line(
    world: Path, world_index: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = f"{EXAMPLES / 'assertions_multihop.py'}:DistinctQueries"
    files = ["--index", str(world_index), "--data", str(world / "dev.json")]
    asked = ["evaluate", *files, "--program", program, "--set", "hops=3", "--runs", str(tmp_path), "--json"]
    assert command(asked) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["failures"] == 0
    assert {"em", "f1", "support_recall"} <= summary["metrics"].keys()
    lines = (Path(summary["run"]) / "results.jsonl").read_text("utf-8").splitlines()
    assert all(len(json.loads(line)["prediction"]["queries"]) == 2 for line in lines)
