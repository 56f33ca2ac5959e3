from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.errors import CodeError, InputError, ParseError
from dsp.lms.scripted import Scripted
from dsp.modules.program_of_thought import ProgramOfThought, unfenced
from dsp.modules.sandbox import Sandbox
from dsp.trace import record
from dsp.types.example import Example

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox needs a POSIX system")
ANSWER = "[[ ## reasoning ## ]]\nIt printed it.\n[[ ## answer ## ]]\n42"


def code(text: str) -> str:
    return f"[[ ## reasoning ## ]]\nr\n[[ ## generated_code ## ]]\n{text}"


def thinker(*lines: Any, **options: Any) -> ProgramOfThought:
    made = ProgramOfThought("question -> answer", run_code=True, **options)
    made.set_lm(Scripted(lines))
    return made


def prompts(made: ProgramOfThought) -> list[str]:
    lm = made.code_generate.lm
    assert isinstance(lm, Scripted)
    return [request.messages[-1]["content"] for request in lm.requests]


def test_the_program_is_run_and_what_it_prints_is_read() -> None:
    made = thinker(code("```python\nprint(6 * 7)\n```"), ANSWER)
    with record() as trace:
        prediction = made(question="What is six times seven?")
    assert (prediction.answer, prediction.code, prediction.code_output) == ("42", "print(6 * 7)", "42")
    assert [(step.kind, step.name) for step in trace] == [
        ("predict", "generated_code"),
        ("tool", "python"),
        ("predict", "answer"),
    ]
    assert "[[ ## code_output ## ]]\n42" in prompts(made)[-1]


def test_a_program_that_fails_goes_back_with_its_error() -> None:
    made = thinker(code("print(6 * seven)"), code("import os\nprint(42)"), code("print(42)"), ANSWER)
    assert asyncio.run(made.acall(question="q", config={"temperature": 0.1})).answer == "42"
    _, second, third, _ = prompts(made)
    assert "[[ ## previous_code ## ]]\nprint(6 * seven)" in second
    assert "NameError: name 'seven' is not defined" in second
    assert "may not hold import os" in third
    assert {request.temperature for request in made.code_generate.lm.requests} == {0.1}  # type: ignore[union-attr]


@given(most=st.integers(1, 3))
@settings(max_examples=3)
def test_no_more_than_max_iters_programs_are_written(most: int) -> None:
    made = thinker(*[code("1 / 0")] * most, max_iters=most)
    with pytest.raises(CodeError, match="ZeroDivisionError"):
        made(question="q")
    assert len(prompts(made)) == most


def test_code_is_run_only_where_somebody_asks_for_it() -> None:
    for asked in ({}, {"run_code": False}, {"run_code": "yes"}):
        with pytest.raises(InputError, match="run_code=True"):
            ProgramOfThought("question -> answer", **asked)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="max_iters must be at least 1"):
        ProgramOfThought("question -> answer", 0, run_code=True)


def test_a_completion_without_code_is_a_parse_error() -> None:
    with pytest.raises(ParseError, match="a completion must hold the field"):
        thinker("[[ ## other ## ]]\nnothing", "[[ ## other ## ]]\nnothing")(question="q")


@pytest.mark.parametrize(
    ("written", "program"),
    [
        ("print(1)", "print(1)"),
        ("```\nprint(1)\n```", "print(1)"),
        ("Here it is:\n```py\nx = 1\nprint(x)\n```\nDone.", "x = 1\nprint(x)"),
    ],
)
def test_the_program_is_taken_out_of_its_fence(written: str, program: str) -> None:
    assert unfenced(written) == program


def test_it_is_saved_and_loaded_and_its_sandbox_is_ones_own_to_choose(tmp_path: Path) -> None:
    made = thinker(sandbox=Sandbox(seconds=1))
    made.generate_output.demos = [Example(question="q", answer="a")]
    made.save(tmp_path / "program.json")
    other = ProgramOfThought("question -> answer", run_code=True)
    other.load(tmp_path / "program.json")
    assert other.dump_state() == made.dump_state()
    assert "run_code" not in (tmp_path / "program.json").read_text(encoding="utf-8")
    assert made.sandbox.seconds == 1
