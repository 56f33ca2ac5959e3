from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.testing.server import LMServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def lines_of(output: str, lead: str) -> list[str]:
    return re.findall(rf"^{lead} +(\S.*)$", output, re.M)


def test_vanilla_prints_an_answer(printed_by: Callable[..., str]) -> None:
    output = printed_by("vanilla.py")
    assert lines_of(output, "Question")
    assert len(lines_of(output, "Answer")) == 1


def test_rag_prints_the_passages_found_and_an_answer(printed_by: Callable[..., str]) -> None:
    output = printed_by("rag.py")
    assert "The Lamplighter of Ostry | The Lamplighter of Ostry is a 1931 novel" in lines_of(output, "Found")[0]
    assert len(lines_of(output, "Answer")) == 1


def test_multihop_prints_its_hops_and_a_demonstration_changes_what_it_asks(printed_by: Callable[..., str]) -> None:
    output = printed_by("multihop.py")
    untaught, taught = output.split("With one demonstration")
    for part in (untaught, taught):
        assert all(len(lines_of(part, lead)) == 1 for lead in ("Hop 1", "Hop 2", "Asks", "Reasoning", "Answer"))
    assert lines_of(untaught, "Hop 1") == lines_of(taught, "Hop 1")
    assert lines_of(untaught, "Asks") != lines_of(taught, "Asks")


def test_dsp_style_keeps_the_questions_that_its_corpus_can_answer(printed_by: Callable[..., str]) -> None:
    output = printed_by("dsp_style.py")
    kept = re.search(r"^(\d) of 4 training questions became demonstrations:$", output, re.M)
    assert kept
    assert 1 <= int(kept[1]) <= 3
    assert len(re.findall(r"^  Where was .* asks: .+ answers: ", output, re.M)) == int(kept[1])
    assert "The Lost Almanac" not in output  # its answer stands in no passage
    assert len(lines_of(output, "Answer")) == 1


def test_compile_multihop_compiles_on_the_users_own_files(
    printed_by: Callable[..., str], world: Path, tmp_path: Path
) -> None:
    files = [word for name in ("train", "dev") for word in (f"--{name}", str(world / f"{name}.json"))]
    saved = tmp_path / "mine.json"
    output = printed_by(
        "compile_multihop.py",
        *("--corpus", str(world / "corpus.jsonl"), *files, "--candidates", "3", "--to", str(saved)),
    )
    for metric in ("em", "f1", "support_recall", "mean_recall"):
        interval = r"-?\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\]"
        assert re.search(rf"^{metric} +{interval} +{interval} +{interval}$", output, re.M), output
    assert json.loads(saved.read_text("utf-8"))["format"] == "dsp.program"
    program = dsp.MultiHop()
    program.load(saved)
    shown = {name: len(predictor.demos) for name, predictor in program.named_predictors()}
    for name, count in shown.items():
        assert f"{name}: {count} demonstrations" in output


def test_compile_multihop_generates_a_world_where_no_files_are_given(
    printed_by: Callable[..., str], tmp_path: Path
) -> None:
    output = printed_by("compile_multihop.py", "--size", "300", "--candidates", "2")
    assert "A generated world of 300 passages" in output
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["program.json"]


def test_the_papers_open_domain_program_shows_what_it_could_work_out(printed_by: Callable[..., str]) -> None:
    output = printed_by("paper_open_qa.py")
    assert lines_of(output, "Worked out")
    assert lines_of(output, "As it is") == ["Who painted The Blue Gate?  Ivo Senn"]  # no passage answers it
    assert "Hollin Bridge | Hollin Bridge is a stone bridge" in lines_of(output, "Reads")[0]
    assert lines_of(output, "Answer") == ["Ada Brask"]


@pytest.mark.parametrize("name", ["paper_open_qa.py", "paper_multihop_qa.py", "paper_conversational_qa.py"])
def test_the_papers_programs_run_on_a_server_as_well(printed_by: Callable[..., str], name: str) -> None:
    def answer(body: Any) -> str:
        asked = body["messages"][-1]["content"].splitlines()[-1]
        labels = {
            "Rationale": ["Rationale", "Answer" if "Answer:" in body["messages"][-1]["content"] else "Search Query"]
        }
        named = labels.get(asked.split(":")[0], [asked.split(":")[0]])
        return "\n".join(f"{label}: from the server" for label in named)

    with LMServer(answer=answer) as server:
        output = printed_by(name, "--lm", f"{server.base_url}#some-model")
    assert lines_of(output, "Answer")[-1] == "from the server"
    assert {asked.body["model"] for asked in server.requests} == {"some-model"}


def test_the_papers_multi_hop_program_asks_on_and_shows_its_own_demonstrations(printed_by: Callable[..., str]) -> None:
    output = printed_by("paper_multihop_qa.py")
    assert len(lines_of(output, "Shows")) == 2
    assert "Ada Brask | Ada Brask (1721–1790) was an engineer. She was born in Wend." in lines_of(output, "Reads")
    assert lines_of(output, "Answer") == ["Wend"]
    assert len(lines_of(printed_by("paper_multihop_qa.py", "--hops", "3"), "Reads")) == 5
    assert len(lines_of(printed_by("paper_multihop_qa.py", "--branches", "2"), "Answer")) == 1


def test_the_papers_conversation_goes_on_from_what_was_said(printed_by: Callable[..., str]) -> None:
    output = printed_by("paper_conversational_qa.py")
    assert len(lines_of(output, "Question")) == len(lines_of(output, "Asks")) == 2
    assert lines_of(output, "Answer") == ["Ada Brask", "Wend"]


def test_every_example_is_run_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tests} == set()
