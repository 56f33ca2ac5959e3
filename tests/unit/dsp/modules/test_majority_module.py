from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, LMAuthenticationError, LMServerError, ParseError
from dsp.execution.sequential import Sequential
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.modules.attempts import paired
from dsp.modules.ensemble import Ensemble
from dsp.modules.majority import Majority
from dsp.modules.predict import Predict
from dsp.optimize.bootstrap import bootstrap
from dsp.programs.loading import load_program, save_program
from dsp.trace import record
from dsp.types.example import Example

PAIRS = st.tuples(st.integers(0, 999), st.integers(0, 999))


def qa(*lines: Any) -> Predict:
    return Predict("question -> answer", lm=Scripted(lines))


def requests(predictor: Predict) -> list[Any]:
    assert isinstance(predictor.lm, Scripted)
    return predictor.lm.requests


@given(answers=st.lists(st.sampled_from("abc"), min_size=1, max_size=7))
def test_it_answers_as_most_branches_do(answers: list[str]) -> None:
    answer = Majority(qa(*answers), n=len(answers))(question="q").answer
    assert answers.count(answer) == max(map(answers.count, answers))


@given(
    first=st.tuples(st.integers(0, 999), st.integers(0, 999)),
    second=st.tuples(st.integers(0, 999), st.integers(0, 999)),
)
def test_two_numbers_become_one_that_no_other_two_have(first: tuple[int, int], second: tuple[int, int]) -> None:
    assert (paired(*first) == paired(*second)) == (first == second)


def test_every_branch_is_a_sample_with_a_rollout_of_its_own() -> None:
    program = qa(*"abc")
    Majority(program, n=3)(question="q")
    assert {request.temperature for request in requests(program)} == {0.7}
    assert len({request.rollout for request in requests(program)}) == 3


def test_branches_within_branches_are_samples_of_their_own() -> None:
    program = qa(*"aaaaaa")
    Majority(Majority(program, n=3), n=2)(question="q")
    assert len({request.rollout for request in requests(program)}) == 6


def test_config_goes_over_the_temperature() -> None:
    program = qa("a")
    Majority(program, n=1)(question="q", config={"temperature": 0.2, "max_tokens": 7})
    assert (requests(program)[0].temperature, requests(program)[0].max_tokens) == (0.2, 7)


def test_awaited_it_answers_alike_and_an_executor_may_run_the_branches() -> None:
    assert asyncio.run(Majority(qa(*"aab"), n=3).acall(question="q")).answer == "a"
    assert Majority(qa(*"aab"), n=3, executor=Threads(3))(question="q").answer == "a"


def test_the_trace_holds_every_branch_the_winners_last_and_only_they_are_learnt_from() -> None:
    program = qa("x", "good", "y", "good")
    with record() as trace:
        Majority(program, n=4)(question="q")
    steps = list(trace)
    assert len(steps) == trace.usage.calls == 4
    assert steps[-1].outputs == {"answer": "good"}
    assert [step.source is program for step in steps] == [False, False, False, True]


def test_compiling_takes_the_winning_branch_for_a_demonstration() -> None:
    majority = Majority(qa("good", "good", "bad"), n=3)
    example = Example(question="q", answer="good").with_inputs("question")
    assert bootstrap(majority, [example], executor=Sequential())[0]["program"].answer == "good"


def test_a_branch_that_fails_has_no_vote_and_where_all_fail_the_first_error_is_raised() -> None:
    assert Majority(qa(LMServerError("down"), "a"), n=2)(question="q").answer == "a"
    with pytest.raises(ParseError, match="first"):
        Majority(qa(ParseError("first"), LMServerError("down")), n=2)(question="q")
    program = qa(LMAuthenticationError("no key"), "a")
    with pytest.raises(LMAuthenticationError):
        Majority(program, n=2)(question="q")
    assert len(requests(program)) == 1


def test_a_vote_on_a_field_that_is_not_there_is_refused_and_its_cost_still_counted() -> None:
    with record() as trace, pytest.raises(InputError, match='got "nothing"'):
        Majority(qa("a"), n=1, field="nothing")(question="q")
    assert trace.usage.calls == 1
    for wrong in ({"n": 0}, {"temperature": -1.0}):
        with pytest.raises(InputError):
            Majority(qa("a"), **wrong)  # type: ignore[arg-type]


def test_the_built_in_program_is_saved_and_loaded(tmp_path: Path, oracle: Any, retriever: Any, world: Any) -> None:
    program = load_program("majority", settings={"branches": 3, "k": 2})
    program.predictors()[-1].demos = [Example(question="q", answer="a")]
    save_program(program, tmp_path / "saved.json", "majority")
    loaded = load_program(str(tmp_path / "saved.json"))
    assert isinstance(loaded, Majority)
    assert (loaded.n, loaded.dump_settings()) == (3, program.dump_settings())
    assert loaded.dump_state() == program.dump_state()
    with dsp.context(lm=oracle, rm=retriever):
        assert loaded(question=world.question("Dune")).answer == "Tacoma"
        assert Ensemble([loaded, program])(question=world.question("Dune")).answer == "Tacoma"
