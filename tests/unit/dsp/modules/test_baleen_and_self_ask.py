from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, LMServerError
from dsp.lms.scripted import Scripted
from dsp.modules.baleen import Baleen, as_notes
from dsp.modules.multi_hop import MultiHop
from dsp.modules.self_ask import SelfAsk, as_dialogue
from dsp.programs.loading import load_program, save_program
from dsp.trace import record
from dsp.types.example import Example

Answer = Callable[[str, Mapping[str, str], Any], str]


@pytest.fixture
def knowing(world: Any) -> Answer:
    """Fills every field as one does who knows the world."""

    def answer(name: str, inputs: Mapping[str, str], request: Any) -> str:
        author, place = (
            world.books[world.book_of(inputs["question"])] if "writer of" in inputs["question"] else ("", "")
        )
        if not author:  # a follow-up question of its own
            book = world.book_of(inputs["question"])
            return str(world.books[book][0])
        found = author in inputs.get("notes", "") + inputs.get("answered", "")
        return {
            "facts": f"{author} wrote it." if not found else "none",
            "search_query": author if f"{author} |" not in inputs.get("context", "") else "None.",
            "follow_up_query": "none" if found else f"Who wrote {world.book_of(inputs['question'])}?",
            "reasoning": "r",
            "answer": place,
        }[name]

    return answer


def test_each_hop_is_condensed_and_the_search_stops_when_it_knows_enough(
    chat_lm: Any, knowing: Answer, retriever: Any, world: Any
) -> None:
    program = Baleen(k=2, hops=5)
    with dsp.context(lm=chat_lm(knowing), rm=retriever), record() as trace:
        prediction = program(question=world.question("Solaris"))
    assert prediction.answer == "Lviv"
    assert prediction.notes == ["Stanislaw Lem wrote it."]
    assert prediction.queries == [["Stanislaw Lem"]]
    assert {"Solaris", "Stanislaw Lem"} <= {hit.title for hit in prediction.context}
    assert len({hit.id for hit in prediction.context}) == len(prediction.context)
    assert [step.kind for step in trace].count("search") == 2


def test_the_next_query_is_written_from_the_notes_and_the_last_passages(
    chat_lm: Any, knowing: Answer, retriever: Any, world: Any
) -> None:
    lm = chat_lm(knowing)
    with dsp.context(lm=lm, rm=retriever):
        asyncio.run(Baleen(k=1, hops=3).acall(question=world.question("Emma"), config={"temperature": 0.2}))
    asked = [request.messages[-1]["content"] for request in lm.requests]
    query = next(text for text in asked if "`[[ ## search_query ## ]]`" in text)
    assert "[[ ## notes ## ]]\n1. Jane Austen wrote it." in query
    assert {request.temperature for request in lm.requests} == {0.2}


@given(said=st.lists(st.sampled_from(["Emma", "emma.", "Dune", "none", "", "Momo"]), min_size=4, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_no_query_is_searched_twice_and_the_hops_are_bounded(
    said: list[str], chat_lm: Any, retriever: Any
) -> None:
    queries = iter(said)

    def answer(name: str, inputs: Mapping[str, str], request: Any) -> str:
        return next(queries) if name in ("search_query", "follow_up_query") else "x"

    retriever.asked.clear()
    with dsp.context(lm=chat_lm(answer), rm=retriever):
        prediction = Baleen(k=1, hops=5, queries=1)(question="q")
    asked = [query.casefold().strip(".") for queries in prediction.queries for query in queries]
    assert len(asked) == len(set(asked)) <= 4
    assert not {"none", ""} & set(asked)
    queries = iter(said)
    with dsp.context(lm=chat_lm(answer), rm=retriever):
        follow_ups = SelfAsk(k=1, follow_ups=4)(question="q").follow_ups
    assert [reply for _, reply in follow_ups] == ["x"] * len(follow_ups)
    assert [question.casefold().strip(".") for question, _ in follow_ups] == asked


def test_facts_that_cannot_be_read_are_done_without(chat_lm: Any, retriever: Any, world: Any) -> None:
    def answer(request: Any) -> str:
        if "`[[ ## facts ## ]]`" in request.messages[-1]["content"]:
            return "[[ ## other ## ]]\nx"
        return "[[ ## reasoning ## ]]\nr\n[[ ## search_query ## ]]\nnone\n[[ ## answer ## ]]\na"

    with dsp.context(lm=Scripted(answer), rm=retriever):
        prediction = Baleen(k=1)(question=world.question("Dune"))
    assert (prediction.answer, prediction.notes) == ("a", [])


def test_self_ask_searches_and_answers_its_own_questions(
    chat_lm: Any, knowing: Answer, retriever: Any, world: Any
) -> None:
    lm = chat_lm(knowing)
    with dsp.context(lm=lm, rm=retriever), record() as trace:
        prediction = SelfAsk(k=2)(question=world.question("Dune"))
    assert prediction.answer == "Tacoma"
    assert prediction.follow_ups == [("Who wrote Dune?", "Frank Herbert")]
    assert prediction.queries == [["Who wrote Dune?"]]
    assert [step.name for step in trace if step.kind == "predict"] == [
        "follow_up_query",
        "answer",
        "follow_up_query",
        "answer",
    ]
    assert "1. Who wrote Dune? — Frank Herbert" in lm.requests[-1].messages[-1]["content"]
    with dsp.context(lm=chat_lm(knowing), rm=retriever):
        assert asyncio.run(SelfAsk(k=2).acall(question=world.question("Dune"))).answer == "Tacoma"


@pytest.mark.parametrize("make", [Baleen, SelfAsk])
def test_a_failure_of_the_lm_goes_through_and_bad_settings_are_refused(make: Any, retriever: Any) -> None:
    with dsp.context(lm=Scripted([LMServerError("down")]), rm=retriever), pytest.raises(LMServerError):
        make()(question="Who wrote Emma?")
    with pytest.raises(InputError, match="k must be at least 1"):
        make(k=0)


@pytest.mark.parametrize("name", ["baleen", "self_ask"])
def test_the_built_in_programs_are_saved_and_loaded(name: str, tmp_path: Path, oracle: Any, retriever: Any) -> None:
    program = load_program(name, settings={"k": 2})
    program.predictors()[-1].demos = [Example(question="q", answer="a")]
    save_program(program, tmp_path / "saved.json", name)
    loaded = load_program(str(tmp_path / "saved.json"))
    assert type(loaded) is type(program)
    assert loaded.dump_settings() == program.dump_settings()
    assert loaded.dump_state() == program.dump_state()


def test_notes_and_dialogues_are_never_empty() -> None:
    assert as_notes([]) == as_dialogue([]) == "none yet"
    assert as_notes(["a", "b"]) == "1. a\n2. b"


def test_the_plain_multi_hop_program_honours_config_too(oracle: Any, retriever: Any, world: Any) -> None:
    with dsp.context(lm=oracle, rm=retriever):
        MultiHop(k=1)(question=world.question("Emma"), config={"temperature": 0.3})
    assert {request.temperature for request in oracle.requests} == {0.3}
