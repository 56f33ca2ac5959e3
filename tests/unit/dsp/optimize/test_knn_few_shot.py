from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, ProgramFileError
from dsp.execution.sequential import Sequential
from dsp.lms.scripted import Scripted
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.multi_hop import MultiHop
from dsp.modules.nearest_demos import NearestDemos
from dsp.modules.predict import Predict
from dsp.optimize.knn_few_shot import KNNFewShot
from dsp.optimize.registry import OPTIMIZERS
from dsp.programs.loading import load_program, save_program
from dsp.trace import record
from dsp.types.example import Example


def last_demos(lm: Scripted) -> list[str]:
    return [message["content"] for message in lm.requests[-1].messages if message["role"] == "user"][:-1]


def test_each_question_is_shown_the_nearest_examples_that_were_worked_out(
    oracle: Any, retriever: Any, world: Any
) -> None:
    program = MultiHop(k=2, queries=1)
    with dsp.context(lm=oracle, rm=retriever):
        optimizer = KNNFewShot(k=2, trainset=world.examples, executor=Sequential())
        compiled = optimizer.compile(program)
        assert not any(predictor.demos for predictor in program.predictors())
        compiled(question="Where did the writer of Dune grow up, and not of Dracula?")
    shown = last_demos(oracle)
    assert len(shown) == 2
    assert {"Dune", "Dracula"} == {book for book in world.books for demo in shown if f"writer of {book} " in demo}


def test_labelled_examples_are_enough_where_nothing_is_to_be_bootstrapped(world: Any) -> None:
    lm = Scripted(lambda request: "x")
    optimizer = KNNFewShot(k=3, bootstrapped=False)
    result = optimizer.run(Predict("question -> answer"), trainset=world.examples)
    with dsp.context(lm=lm):
        assert asyncio.run(result.program.acall(question=world.question("Emma"), config={"n": 1})).answer == "x"
    assert result.demonstrations == 3
    assert len(last_demos(lm)) == 3
    assert "writer of Emma" in last_demos(lm)[-1]  # the nearest stands next to the question


def test_steps_name_the_programs_own_predictors(world: Any) -> None:
    program = NearestDemos(Predict("question -> answer", lm=Scripted(["a"])), k=1)
    with record() as trace:
        program(question="q")
    assert [step.source for step in trace] == program.predictors()


def test_the_vectors_follow_the_demonstrations() -> None:
    qa = Predict("question -> answer", lm=Scripted(lambda request: "a"))
    program = NearestDemos(qa, k=1)
    for names in (("Emma", "Dune"), ("Momo", "Nadja")):
        qa.demos = [Example(question=name, answer="x") for name in names]
        program(question=names[1])
        assert names[1] in last_demos(qa.lm)[0]  # type: ignore[arg-type]


def test_it_is_saved_and_loaded_with_all_its_demonstrations(tmp_path: Path, world: Any) -> None:
    program = KNNFewShot(k=2, bootstrapped=False).compile(MultiHop(k=4), trainset=world.examples)
    save_program(program, tmp_path / "near.json", "multihop")
    loaded = load_program(str(tmp_path / "near.json"))
    assert isinstance(loaded, NearestDemos)
    assert loaded.k == 2
    assert loaded.dump_settings() == {"k": 4, "hops": 2, "queries": 3}
    assert loaded.dump_state() == program.dump_state()
    text = (tmp_path / "near.json").read_text(encoding="utf-8").replace('"nearest_demos": 2', '"nearest_demos": -2')
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(ProgramFileError, match="nearest_demos"):
        load_program(str(tmp_path / "bad.json"))


def test_the_command_line_knows_it_and_what_is_wrong_is_refused(chat_lm: Callable[..., Scripted]) -> None:
    assert OPTIMIZERS.get("knn_few_shot") is KNNFewShot
    with pytest.raises(InputError, match="k must be at least 1"):
        KNNFewShot(k=0)
    with pytest.raises(InputError, match="k must be at least 1"):
        NearestDemos(MultiHop(), k=0)
    with pytest.raises(InputError, match="give a trainset"):
        KNNFewShot().compile(ChainOfThought("question -> answer"))
