from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.trace import record


def doubled(number: int) -> int:
    """Doubles a number."""
    return 2 * number


def wrote(code: str, finished: str = "no") -> str:
    return f"[[ ## generated_code ## ]]\n```python\n{code}\n```\n[[ ## finished ## ]]\n{finished}"


END = "[[ ## reasoning ## ]]\nIt was printed.\n[[ ## answer ## ]]\n42"


def agent(said: list[str], **options: Any) -> tuple[dsp.CodeAct, Scripted]:
    lm = Scripted(said)
    made = dsp.CodeAct("question -> answer: int", tools=[doubled], run_code=True, **options)
    made.set_lm(lm)
    return made, lm


def test_programs_call_the_tools_and_what_they_print_is_read() -> None:
    made, lm = agent([wrote("print(doubled(10))"), wrote("print(doubled(21))", "yes"), END])
    with record() as trace:
        prediction = made(question="What is twice 21?")
    assert prediction.answer == 42
    assert prediction.trajectory == {
        "generated_code_0": "print(doubled(10))",
        "observation_0": "20",
        "generated_code_1": "print(doubled(21))",
        "observation_1": "42",
    }
    assert "doubled(number: a whole number): Doubles a number." in str(lm.requests[0].messages)
    assert '"observation": "20"' in lm.requests[1].messages[-1]["content"]
    assert [step.kind for step in trace] == ["predict", "tool", "predict", "tool", "predict"]


def test_awaited_it_does_the_same() -> None:
    made, _ = agent([wrote("print(doubled(21))", "yes"), END])
    assert asyncio.run(made.acall(question="What is twice 21?")).answer == 42


@pytest.mark.parametrize("code", ["import os", "open('/etc/passwd')", "1 / 0", "print(", "raise SystemExit"])
def test_a_program_that_is_refused_or_fails_is_an_observation(code: str) -> None:
    made, _ = agent([wrote(code), wrote("print(42)", "yes"), END])
    prediction = made(question="q")
    assert prediction.trajectory["observation_0"].startswith("Error: ")
    assert prediction.answer == 42


def test_it_writes_no_more_than_max_iters_programs() -> None:
    made, lm = agent([wrote("print(1)"), wrote("print(2)"), END], max_iters=2)
    assert made(question="q").answer == 42
    assert len(lm.requests) == 3


def test_a_completion_that_cannot_be_read_ends_the_search() -> None:
    made, lm = agent(["no program", "nor now", END])
    assert made(question="q").trajectory == {}
    assert len(lm.requests) == 3


def test_code_is_run_only_where_somebody_asks_for_it() -> None:
    with pytest.raises(InputError, match="say run_code=True"):
        dsp.CodeAct("question -> answer")
    with pytest.raises(InputError, match="max_iters must be at least 1"):
        dsp.CodeAct("question -> answer", max_iters=0, run_code=True)


@pytest.mark.parametrize("tool", [lambda n: n, math.sqrt, dsp.Predict("q -> a"), 7])
def test_a_tool_whose_source_does_not_stand_by_itself_is_refused(tool: Any) -> None:
    with pytest.raises(InputError, match="a tool of CodeAct must be a function that is defined by itself"):
        dsp.CodeAct("question -> answer", tools=[tool], run_code=True)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    made, _ = agent([])
    made.extractor.demos = [dsp.Example(question="q", trajectory="t", reasoning="r", answer=1)]
    made.save(tmp_path / "agent.json")
    again, _ = agent([])
    again.load(tmp_path / "agent.json")
    assert again.dump_state() == made.dump_state()
