from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, LMServerError, ParseError
from dsp.lms.scripted import Scripted
from dsp.modules.multi_hop import MultiHop
from dsp.programs.loading import load_program
from dsp.protocols import LM, Retriever
from dsp.trace import record


@pytest.fixture
def question(world: Any) -> str:
    asked: str = world.question("Solaris")
    return asked


def test_it_searches_reads_asks_again_and_answers(oracle: LM, retriever: Retriever, question: str) -> None:
    with dsp.context(lm=oracle, rm=retriever), record() as trace:
        prediction = MultiHop(k=2)(question=question)
    assert prediction.answer == "Lviv"
    assert prediction.reasoning == "Stanislaw Lem wrote it."
    assert prediction.queries == [["Stanislaw Lem"]]
    assert {"Solaris", "Stanislaw Lem"} <= {hit.title for hit in prediction.context}
    assert [step.kind for step in trace] == ["search", "predict", "search", "predict"]


def test_the_plain_program_takes_the_same_way_without_reasoning(
    oracle: LM, retriever: Retriever, question: str
) -> None:
    program = load_program("plain_multihop", settings={"k": 2})
    with dsp.context(lm=oracle, rm=retriever):
        prediction, reasoned = program(question=question), MultiHop(k=2)(question=question)
    assert all("reasoning" not in predictor.signature.output_fields for predictor in program.predictors())
    assert (
        (prediction.answer, prediction.queries) == (reasoned.answer, reasoned.queries) == ("Lviv", [["Stanislaw Lem"]])
    )


def test_a_passage_comes_once_with_its_score_and_source(oracle: LM, retriever: Retriever, question: str) -> None:
    with dsp.context(lm=oracle, rm=retriever):
        context = MultiHop(k=2, hops=3)(question=question).context
    assert len(context) > 2
    assert len({hit.id for hit in context}) == len(context)
    assert all(hit.source and hit.score for hit in context)


@pytest.mark.parametrize("hops", [1, 2, 4])
def test_every_hop_after_the_first_has_a_predictor_of_its_own(
    hops: int, oracle: LM, retriever: Retriever, question: str
) -> None:
    program = MultiHop(k=1, hops=hops)
    assert len(program.predictors()) == hops
    with dsp.context(lm=oracle, rm=retriever):
        prediction = program(question=question)
    assert len(prediction.queries) == hops - 1
    assert len(prediction.context) <= hops


def test_several_queries_a_hop_are_searched_together_and_a_repeated_one_once(
    retriever: Retriever, question: str
) -> None:
    def script(request: Any) -> list[str]:
        query = "[[ ## reasoning ## ]]\nr\n[[ ## search_query ## ]]\n"
        if "search_query" in request.messages[-1]["content"]:
            return [f"{query}{name}" for name in ("Stanislaw Lem", "Momo", "Stanislaw Lem")]
        return ["[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\nLviv"]

    with dsp.context(lm=Scripted(script), rm=retriever):
        prediction = MultiHop(k=3, queries=3)(question=question)
    assert prediction.queries == [["Stanislaw Lem", "Momo"]]
    assert {"Stanislaw Lem", "Momo"} <= {hit.title for hit in prediction.context}


def test_a_query_that_finds_nothing_new_adds_nothing(
    chat_lm: Callable[..., Scripted], retriever: Retriever, question: str
) -> None:
    with dsp.context(lm=chat_lm(lambda name, inputs, request: "" if name == "search_query" else "x"), rm=retriever):
        prediction = MultiHop(k=2)(question=question)
    assert len(prediction.context) == 2
    assert prediction.answer == "x"


def test_an_index_that_finds_nothing_still_lets_the_lm_answer(oracle: LM, make_retriever: Any, question: str) -> None:
    with dsp.context(lm=oracle, rm=make_retriever([])):
        prediction = MultiHop()(question=question)
    assert prediction.context == []
    assert prediction.answer == "Lviv"


def test_it_uses_its_own_retriever_where_it_has_one(oracle: LM, retriever: Retriever, question: str) -> None:
    with dsp.context(lm=oracle):
        assert MultiHop(k=1, retriever=retriever)(question=question).context


def test_another_signature_may_answer(chat_lm: Callable[..., Scripted], retriever: Retriever) -> None:
    program = MultiHop("context, question -> verdict", k=1)
    with dsp.context(lm=chat_lm(lambda name, inputs, request: name), rm=retriever):
        assert program(question="Emma?").verdict == "verdict"


@pytest.mark.parametrize("fault", [ParseError("no field"), LMServerError("down")])
def test_a_failure_of_the_lm_goes_through(fault: Exception, retriever: Retriever, question: str) -> None:
    with dsp.context(lm=Scripted([fault]), rm=retriever), pytest.raises(type(fault)):
        MultiHop()(question=question)


@pytest.mark.parametrize("name", ["k", "hops", "queries"])
def test_settings_below_one_are_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} must be at least 1, but got 0"):
        MultiHop(**{name: 0})
