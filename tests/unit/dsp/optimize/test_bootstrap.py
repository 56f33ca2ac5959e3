from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import dsp
from dsp.errors import LMAuthenticationError, LMServerError, ParseError, SettingsError
from dsp.execution.sequential import Sequential
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.optimize.bootstrap import bootstrap, demonstrations, labelled, quality
from dsp.trace import Step
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from indexes.passage import Passage


def names(pool: list[Example], predictor: str) -> list[str]:
    return [example.id for example in pool if predictor in example]


@pytest.mark.usefixtures("in_context")
def test_what_passes_becomes_a_demonstration_with_its_passages_queries_and_answer(world: Any) -> None:
    pool = bootstrap(MultiHop(k=2), world.examples, executor=Threads(4))
    assert names(pool, "generate_answer") == ["Emma", "Dune", "Solaris"]
    assert names(pool, "generate_query.0") == list(world.books)[1:]  # for Emma the first hop found everything
    demo = demonstrations(pool, "generate_answer")[0]
    assert (demo.question, demo.reasoning, demo.answer) == (world.question("Emma"), "known", "Steventon")
    assert {"Emma", "Jane Austen"} <= {hit.title for hit in demo.context}
    assert demo.augmented is True
    query = demonstrations(pool, "generate_query.0")[0]
    assert query.search_query == "Frank Herbert"
    assert "answer" not in query
    assert all(example.augmented for example in pool)


@pytest.mark.usefixtures("in_context")
def test_the_pool_is_in_the_training_sets_order_however_it_is_run(world: Any) -> None:
    alone = bootstrap(MultiHop(k=2), world.examples, executor=Sequential())
    assert bootstrap(MultiHop(k=2), world.examples, executor=Threads(4)) == alone


@pytest.mark.usefixtures("in_context")
def test_neither_the_program_nor_the_training_set_is_changed(world: Any) -> None:
    program, train = MultiHop(k=2), world.examples
    program.generate_answer.demos = [Example(question="x", answer="y")]
    before = program.dump_state(), [dict(example) for example in train]
    bootstrap(program, train, rounds=2, executor=Sequential())
    assert (program.dump_state(), [dict(example) for example in train]) == before


def test_no_example_is_shown_to_itself(world: Any, learner: Scripted, retriever: Any) -> None:
    program = MultiHop(k=2)
    for predictor in program.predictors():
        predictor.demos = [Example({**example, "reasoning": "r", "search_query": "s"}) for example in world.examples]
    with dsp.context(lm=learner, rm=retriever):
        bootstrap(program, world.examples, executor=Sequential())
    assert learner.requests
    for request in learner.requests:
        shown = [message["content"] for message in request.messages[1:-1] if message["role"] == "user"]
        book = world.book_of(request.messages[-1]["content"].partition("[[ ## question ## ]]")[2])
        assert len(shown) == len(world.books) - 1
        assert not [text for text in shown if world.question(book) in text]


class Summarized(Module):
    """A stage that is not given the question."""

    def __init__(self) -> None:
        self.summarize = Predict("context -> summary")
        self.answer = Predict("summary, question -> answer")

    def forward(self, question: str) -> Prediction:
        summary = self.summarize(context=dsp.retrieve(question, 2)).summary
        return self.answer(summary=summary, question=question)


def test_nor_is_it_in_a_stage_that_is_not_given_the_question(world: Any, retriever: Any) -> None:
    def script(request: Any) -> str:
        return "s" if "summary" in request.messages[0]["content"].split("Your output fields")[1] else "a"

    program = Summarized()
    program.summarize.demos = [
        Example(id=example.id, context=[example.id], summary=f"of {example.id}") for example in world.examples
    ]
    lm = Scripted(script)
    with dsp.context(lm=lm, rm=retriever):
        bootstrap(program, world.examples, executor=Sequential())
    summaries = [request for request in lm.requests if "of Momo" in str(request.messages[1:-1])]
    assert len(summaries) == len(world.books) - 1


def test_later_rounds_ask_for_another_sample_where_the_first_did_not_do(world: Any, retriever: Any) -> None:
    lm = Scripted(
        lambda request: "[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\n" + ("no", "no", "Steventon")[request.rollout]
    )
    program, train = MultiHop(k=2, hops=1), world.examples[:1]
    with dsp.context(lm=lm, rm=retriever):
        assert bootstrap(program, train, rounds=2, executor=Sequential()) == []
        pool = bootstrap(program, train, rounds=9, executor=Sequential())
    assert names(pool, "generate_answer") == ["Emma"]
    rounds = [(request.rollout, request.temperature > 0, request.n) for request in lm.requests]
    assert rounds == [(0, False, 1), (1, True, 1), (0, False, 1), (1, True, 1), (2, True, 1)]


@pytest.mark.usefixtures("in_context")
def test_with_a_metric_a_run_passes_as_a_whole(world: Any) -> None:
    def strict(example: Example, prediction: Prediction, trace: Any = None) -> float:
        assert trace is not None
        return 0.5 if prediction.answer == example.answer else 0.0

    assert bootstrap(MultiHop(k=2), world.examples, metric=strict, executor=Sequential()) == []
    pool = bootstrap(MultiHop(k=2), world.examples, metric=strict, threshold=0.5, executor=Sequential())
    assert names(pool, "generate_answer") == names(pool, "generate_query.0") == ["Emma", "Dune", "Solaris"]


@pytest.mark.parametrize("fault", [ParseError("no field"), LMServerError("down")])
def test_an_example_on_which_the_lm_fails_makes_no_demonstration(fault: Exception, world: Any, retriever: Any) -> None:
    with dsp.context(lm=Scripted(lambda request: fault), rm=retriever):
        assert bootstrap(MultiHop(), world.examples, executor=Sequential()) == []


@pytest.mark.parametrize("fault", [LMAuthenticationError("no key")])
def test_a_failure_that_every_example_would_meet_ends_it(fault: Exception, world: Any, retriever: Any) -> None:
    with dsp.context(lm=Scripted(lambda request: fault), rm=retriever), pytest.raises(type(fault)):
        bootstrap(MultiHop(), world.examples, executor=Threads(2))
    with pytest.raises(SettingsError):
        bootstrap(MultiHop(), world.examples, executor=Sequential())


def test_a_program_without_predictors_demonstrates_nothing(world: Any) -> None:
    class Fixed(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer="x")

    assert bootstrap(Fixed(), world.examples, executor=Sequential()) == []


# quality: how well a step did what it is for

GOLD = Example(question="q", answer="Lviv", gold_titles=["Solaris", "Stanislaw Lem"]).with_inputs("question")


def passages(*titles: str) -> list[Passage]:
    return [Passage(title, title, f"text of {title}") for title in titles]


def judged(
    step_inputs: dict[str, Any], outputs: dict[str, Any], context: list[Passage], example: Example = GOLD
) -> float:
    return quality(example, Prediction(context=context), Step("predict", "x", step_inputs, outputs))


@pytest.mark.parametrize(("answer", "worth"), [("Lviv", 1.0), ("the LVIV.", 1.0), ("Lvov", 0.0), ("", 0.0)])
def test_a_step_that_writes_a_label_is_worth_its_match(answer: str, worth: float) -> None:
    assert judged({"question": "q"}, {"reasoning": "r", "answer": answer}, []) == worth


def test_any_of_several_gold_answers_matches() -> None:
    several = GOLD.copy(answers=["Lviv", "Lemberg"])
    assert judged({}, {"answer": "Lemberg"}, [], several) == 1.0


@pytest.mark.parametrize(
    ("found", "worth"),
    [
        (["Solaris", "Stanislaw Lem"], 1.0),
        (["Solaris", "Momo", "Stanislaw Lem"], 1 / 2),
        (["Solaris", "Momo", "Dune", "Emma", "Stanislaw Lem"], 1 / 4),
        (["Solaris", "Momo"], 0.0),
    ],
)
def test_a_query_is_worth_more_the_higher_the_missing_passage_ranks(found: list[str], worth: float) -> None:
    assert judged({"context": passages("Solaris")}, {"search_query": "x"}, passages(*found)) == pytest.approx(worth)


def test_a_query_must_find_everything_that_is_missing() -> None:
    assert judged({}, {"search_query": "x"}, passages("Solaris", "Stanislaw Lem")) == pytest.approx((1 + 1 / 2) / 2)
    assert judged({}, {"search_query": "x"}, passages("Solaris")) == 0.0


def test_a_query_for_which_nothing_was_missing_shows_nothing() -> None:
    both = passages("Solaris", "Stanislaw Lem")
    assert judged({"context": both}, {"search_query": "x"}, [*both, *passages("Momo")]) == 0.0


def test_where_nobody_said_which_passages_are_needed_one_with_the_answer_is() -> None:
    bare = GOLD.without("gold_titles")
    found = [*passages("Momo"), Passage("l", "Lem", "He was born in Lviv.")]
    assert judged({"context": []}, {"search_query": "x"}, found, bare) == pytest.approx(1 / 2)
    assert judged({"context": found}, {"search_query": "x"}, found, bare) == 0.0
    assert judged({"context": []}, {"search_query": "x"}, passages("Momo"), bare) == 0.0


# labelled examples


def test_labelled_demonstrations_have_the_predictors_fields_and_tell_their_example(world: Any) -> None:
    predictor = Predict("question -> answer")
    made = labelled([*world.examples[:2], Example(question="no answer")], predictor)
    assert [dict(demo) for demo in made] == [
        {"question": world.question(book), "answer": world.books[book][1], "augmented": False, "id": book}
        for book in ("Emma", "Dune")
    ]


def test_an_id_that_is_a_field_is_left_as_it_is() -> None:
    made = labelled([Example(id="x", question="q")], Predict("question -> id"))
    assert [dict(demo) for demo in made] == [{"question": "q", "id": "x", "augmented": False}]


def test_a_predictor_whose_output_no_example_holds_has_none(world: Any, make_retriever: Callable[..., Any]) -> None:
    assert labelled(world.examples, Predict("question -> search_query")) == []
