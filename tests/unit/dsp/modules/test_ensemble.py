from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, LMAuthenticationError, LMServerError, ParseError
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.ensemble import Ensemble
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.programs.loading import load_program
from dsp.trace import record
from dsp.types.example import Example
from dsp.types.prediction import Prediction


def saying(*answers: Any) -> list[Predict]:
    return [Predict("question -> answer", lm=Scripted(lambda request, said=said: said)) for said in answers]


@given(answers=st.lists(st.sampled_from("abc"), min_size=1, max_size=7))
def test_the_ensemble_answers_as_most_of_its_programs_do(answers: list[str]) -> None:
    ensemble = Ensemble(saying(*answers))
    answer = ensemble(question="q").answer
    assert answers.count(answer) == max(map(answers.count, answers))
    assert asyncio.run(ensemble.acall(question="q")).answer == answer


def test_programs_vote_on_their_answer_and_not_on_what_they_found(oracle: Any, retriever: Any, world: Any) -> None:
    programs = [MultiHop(k=k) for k in (1, 2, 3)]
    with dsp.context(lm=oracle, rm=retriever), record() as trace:
        prediction = Ensemble(programs)(question=world.question("Emma"))
    assert prediction.answer == "Steventon"
    assert prediction.context
    assert prediction.completions.unpack("answer") == ["Steventon"] * 3
    assert {id(step.source) for step in trace if step.kind == "predict"} == {
        id(part) for program in programs for part in program.predictors()
    }


def test_another_reduction_gets_every_prediction() -> None:
    ensemble = Ensemble(saying("b", "a"), reduce=lambda given: min(given, key=lambda each: each.answer))
    assert ensemble(question="q").answer == "a"
    assert Ensemble(saying("b", "a"), reduce=None)(question="q").completions.unpack("answer") == ["b", "a"]
    assert Ensemble(reduce_fn=dsp.majority).compile(saying("a", "b", "b"))(question="q").answer == "b"


def test_a_size_draws_as_many_programs_and_the_same_for_the_same_question() -> None:
    ensemble = Ensemble(saying(*"abcdefgh"), reduce=None, size=3)
    drawn = [ensemble(question=f"q{number % 20}").completions.unpack("answer") for number in range(40)]
    assert all(len(set(each)) == 3 for each in drawn)
    assert drawn[:20] == drawn[20:]
    assert len(set(map(tuple, drawn))) > 1


def test_config_goes_to_every_predictor_of_every_program() -> None:
    programs = saying("a", "b")
    Ensemble(programs)(question="q", config={"temperature": 0.3})
    assert [program.lm.requests[0].temperature for program in programs] == [0.3, 0.3]  # type: ignore[union-attr]


def test_a_program_that_fails_has_no_vote() -> None:
    assert Ensemble(saying(ParseError("x"), "a", LMServerError("down")))(question="q").answer == "a"
    with pytest.raises(LMServerError, match="down"):
        Ensemble(saying(ParseError("x"), LMServerError("down")))(question="q")
    with pytest.raises(LMAuthenticationError):
        Ensemble(saying("a", LMAuthenticationError("no key")))(question="q")


def test_an_executor_runs_the_programs() -> None:
    assert Ensemble(saying("a", "a", "b"), executor=Threads(3))(question="q").answer == "a"


def test_an_ensemble_without_programs_is_refused_when_it_is_called() -> None:
    with pytest.raises(InputError, match="needs at least one program"):
        Ensemble()(question="q")
    with pytest.raises(InputError, match="size must be at least 1"):
        Ensemble(size=0)


def test_a_saved_ensemble_comes_back_as_it_was(tmp_path: Path) -> None:
    ensemble = Ensemble([ChainOfThought("question -> answer") for _ in range(2)])
    ensemble.programs[1].demos = [Example(question="q", answer="a")]  # type: ignore[attr-defined]
    ensemble.save(tmp_path / "ensemble.json")
    other = Ensemble([ChainOfThought("question -> answer") for _ in range(2)])
    other.load(tmp_path / "ensemble.json")
    assert other.dump_state() == ensemble.dump_state()


def test_the_command_line_joins_saved_programs(tmp_path: Path) -> None:
    for number in (1, 2):
        MultiHop(k=number).save(tmp_path / f"{number}.json")
    program = load_program(f"{tmp_path / '1.json'}+{tmp_path / '2.json'}+vanilla")
    assert isinstance(program, Ensemble)
    assert [getattr(each, "k", None) for each in program.programs] == [1, 2, None]


def test_a_prediction_of_ones_own_may_be_reduced_too() -> None:
    class Plain(dsp.Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer=question)

    assert Ensemble([Plain(), Plain()])(question="q").answer == "q"
