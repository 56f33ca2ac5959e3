from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.programs.loading import load_program, save_program


def step(tool: str, **arguments: Any) -> str:
    values = {"next_thought": "t", "next_tool_name": tool, "next_tool_args": json.dumps(arguments)}
    return "\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items())


SCRIPT = [
    step("search", query="Solaris novel"),
    step("search", query="Where did Stanislaw Lem grow up?"),
    step("finish"),
    "[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\nLviv",
]


def test_it_searches_as_often_as_it_wants_to_and_tells_what_it_found(retriever: Any, world: Any) -> None:
    program = load_program("react", settings={"k": 1})
    for answer in (program, lambda **inputs: asyncio.run(program.acall(**inputs))):
        with dsp.context(lm=Scripted(SCRIPT), rm=retriever):
            prediction = answer(question=world.question("Solaris"))
        assert prediction.answer == "Lviv"
        assert [hit.title for hit in prediction.context] == ["Solaris", "Stanislaw Lem"]


def test_an_lm_that_calls_no_tool_still_answers_and_nothing_was_found(retriever: Any) -> None:
    lm = Scripted(lambda request: "[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\na")
    with dsp.context(lm=lm, rm=retriever):
        prediction = load_program("react")(question="q")
    assert (prediction.answer, prediction.context, prediction.trajectory) == ("a", [], {})


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    program = load_program("react", settings={"max_iters": 4})
    save_program(program, tmp_path / "saved.json", "react")
    loaded = load_program(str(tmp_path / "saved.json"))
    assert loaded.dump_settings() == {"k": 3, "max_iters": 4}
    assert loaded.dump_state() == program.dump_state()
    with pytest.raises(InputError, match="k must be at least 1"):
        load_program("react", settings={"k": 0})
