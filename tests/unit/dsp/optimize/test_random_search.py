from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import dsp
from dsp.demonstrate.sample import all_but
from dsp.errors import EvaluationError, InputError
from dsp.execution.sequential import Sequential
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.optimize.instructions import variants
from dsp.optimize.objective import objective
from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch as Search
from dsp.prompts.signature import make_signature
from dsp.types.example import Example
from dsp.types.prediction import Prediction


def search(**options: Any) -> Search:
    return Search(**{"num_candidate_programs": 12, "max_rounds": 1, "max_bootstrapped_demos": 2, **options})


@pytest.mark.usefixtures("in_context")
def test_the_best_candidate_is_the_one_that_gains_most(world: Any) -> None:
    result = search().run(MultiHop(k=2), trainset=world.examples[:4], valset=world.examples[4:])
    assert result.selected is not None
    assert result.selected.score == max(candidate.score for candidate in result.candidates)
    assert result.program is result.selected.program
    assert result.program.generate_answer.demos
    with_demos = [each for each in result.candidates if each.program.predictors()[-1].demos]
    without = [each for each in result.candidates if not each.program.predictors()[-1].demos]
    assert min(each.score for each in with_demos) > max(each.score for each in without)
    assert result.program(question=world.question("Momo")).answer == "Garmisch"


@pytest.mark.usefixtures("in_context")
def test_ties_go_to_the_candidate_that_changes_less(world: Any) -> None:
    result = search(score=lambda evaluation: 1.0).run(MultiHop(k=2), trainset=world.examples)
    assert result.selected is not None
    assert result.selected.label == "as it is"
    assert result.program.dump_state() == MultiHop(k=2).dump_state()


@pytest.mark.usefixtures("in_context")
def test_candidates_are_told_by_what_was_done_to_them_and_score_as_json(world: Any) -> None:
    result = search(max_labeled_demos=2).run(MultiHop(k=2), trainset=world.examples)
    labels = [candidate.label for candidate in result.candidates]
    assert len(labels) == 12
    assert {"as it is", "2 labelled demonstrations"} <= set(labels)
    plain = result.candidates[0].to_dict()
    assert plain["candidate"] == labels[0]
    assert {"em", "f1", "support_recall"} <= plain["metrics"].keys()


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_there_may_be_fewer_candidates_than_variants(count: int, world: Any) -> None:
    program = MultiHop(k=2)
    made = search(num_candidate_programs=count).candidates(program, world.examples, [])
    assert len(made) == count
    assert made[0].label == "as it is"


@pytest.mark.usefixtures("in_context")
def test_a_single_candidate_is_the_program_as_it_is(world: Any) -> None:
    result = search(num_candidate_programs=1).run(MultiHop(k=2), trainset=world.examples)
    assert [candidate.label for candidate in result.candidates] == ["as it is"]


@pytest.mark.usefixtures("in_context")
def test_equal_seeds_try_equal_programs_and_others_different_ones(world: Any) -> None:
    pool = search().bootstrapper.pool(MultiHop(k=2), world.examples)

    def states(seed: int) -> list[Any]:
        return [each.program.dump_state() for each in search(seed=seed).candidates(MultiHop(k=2), world.examples, pool)]

    assert states(1) == states(1)
    assert states(1) != states(2)


def judges(candidate: Any) -> list[Example]:
    return [result.example for result in candidate.evaluation.results]


@pytest.mark.usefixtures("in_context")
def test_what_a_candidate_shows_is_not_among_its_judges(world: Any) -> None:
    result = search(max_labeled_demos=2).run(MultiHop(k=2), trainset=world.examples)
    shown_somewhere = 0
    for candidate in result.candidates:
        shown = [demo for predictor in candidate.program.predictors() for demo in predictor.demos]
        shown_somewhere += bool(shown)
        own = {example.id for example in world.examples if len(all_but(shown, example)) < len(shown)}
        assert {example.id for example in judges(candidate)} == set(world.books) - own
    assert shown_somewhere > 3


@pytest.mark.usefixtures("in_context")
def test_the_dev_set_selects_too_and_alone_where_the_training_set_is_not_to_score(world: Any) -> None:
    train, dev = world.examples[:4], world.examples[4:]
    both = search(num_candidate_programs=1).run(MultiHop(k=2), trainset=train, valset=dev)
    assert len(judges(both.candidates[0])) == 8
    alone = search(num_candidate_programs=1, score_on_train=False).run(MultiHop(k=2), trainset=train, valset=dev)
    assert judges(alone.candidates[0]) == dev
    without = search(num_candidate_programs=1, score_on_train=False).run(MultiHop(k=2), trainset=train)
    assert judges(without.candidates[0]) == train


@pytest.mark.usefixtures("in_context")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_training_set_that_a_candidate_shows_whole_is_no_error(count: int, world: Any) -> None:
    result = search(max_bootstrapped_demos=8).run(MultiHop(k=2), trainset=world.examples[:count])
    assert result.selected is not None
    assert all(candidate.evaluation is None or len(candidate.evaluation) for candidate in result.candidates)


def test_a_program_that_comes_with_demonstrations_is_compared_on_what_neither_shows(
    world: Any, chat_lm: Callable[..., Scripted], retriever: Any
) -> None:
    """Each book is answered right or wrong whatever is shown, so no candidate gains anything on the same examples."""

    def answer(name: str, inputs: Mapping[str, str], request: Any) -> str:
        book = world.book_of(inputs["question"])
        author, place = world.books[book]
        right = book in ("Emma", "Dune", "Beloved", "Momo")
        return {"search_query": author, "reasoning": "r", "answer": place if right else "unknown"}[name]

    program = MultiHop(k=2)
    program.generate_answer.demos = [Example({**world.examples[0], "reasoning": "r", "augmented": True})]
    with dsp.context(lm=chat_lm(answer), rm=retriever):
        result = search(tune_instructions=False).run(program, trainset=world.examples)
    as_it_is = next(candidate for candidate in result.candidates if candidate.label == "as it is")
    assert {example.id for example in judges(as_it_is)} == set(world.books) - {"Emma"}
    means = {round(objective(candidate.evaluation), 6) for candidate in result.candidates if candidate.evaluation}
    assert len(means) > 1
    for candidate in result.candidates:
        assert {example.id for example in judges(candidate)} <= {example.id for example in judges(as_it_is)}
        assert candidate.score == pytest.approx(as_it_is.score)
    assert result.selected is as_it_is


@pytest.mark.usefixtures("in_context")
def test_a_program_that_shows_every_example_already_stays_as_it_is(world: Any) -> None:
    program = MultiHop(k=2)
    program.generate_answer.demos = [Example(dict(example)) for example in world.examples]
    result = search().run(program, trainset=world.examples)
    assert [candidate.label for candidate in result.candidates] == ["as it is"]
    assert result.program.dump_state() == program.dump_state()


def test_a_candidate_that_fails_everywhere_is_not_chosen_and_ends_nothing(
    world: Any, chat_lm: Callable[..., Scripted], retriever: Any
) -> None:
    def answer(name: str, inputs: Mapping[str, str], request: Any) -> str:
        if "Give names in full" in request.messages[0]["content"]:
            raise RuntimeError("this instruction breaks the model")
        author, place = world.books[world.book_of(inputs["question"])]
        return {"search_query": author, "reasoning": "r", "answer": place}[name]

    with dsp.context(lm=chat_lm(answer), rm=retriever):
        result = search(executor=Sequential()).run(MultiHop(k=2), trainset=world.examples)
    assert len(result.candidates) < 12
    assert not [each.label for each in result.candidates if "Give names in full" in str(each.program.dump_state())]


def test_a_program_that_works_for_no_example_cannot_be_compiled(world: Any) -> None:
    class Broken(Module):
        def forward(self, question: str) -> Prediction:
            raise dsp.errors.ParseError("never a field")

    with pytest.raises(EvaluationError, match="must work for some example to be compiled, but it failed on all 8"):
        search().compile(Broken(), trainset=world.examples)


def test_at_least_one_candidate_is_asked_for() -> None:
    with pytest.raises(InputError, match="num_candidate_programs must be at least 1, but got 0"):
        Search(num_candidate_programs=0)


def test_without_tuning_no_instruction_changes(world: Any) -> None:
    program = Predict("question -> answer", "My words.")
    made = search(tune_instructions=False).candidates(program, world.examples, [])
    assert {each.program.predictors()[0].signature.instructions for each in made} == {"My words."}


def test_instruction_variants_keep_the_authors_words_and_suit_what_is_asked() -> None:
    own = "Find it."
    query, answer = (variants(make_signature(f"question -> {name}", own)) for name in ("search_query", "answer"))
    assert query[0] == answer[0] == own
    assert all(text.startswith(f"{own} ") for text in (*query[1:], *answer[1:]))
    assert len(set(query)) == len(query)
    assert not set(query[1:]) & set(answer[1:])


def test_the_objective_is_the_mean_of_the_metrics_that_apply(world: Any) -> None:
    from dsp.evaluate.evaluator import Evaluate

    right = {example.question: example.answer for example in world.examples}
    answers = Evaluate(world.examples)(lambda question: Prediction(answer=right[question], context=[]))
    assert objective(answers) == pytest.approx(0.5)
    assert objective(answers, ["em"]) == 1.0
    bare = [example.without("gold_titles") for example in world.examples]
    assert objective(Evaluate(bare)(lambda question: Prediction(answer=right[question]))) == 1.0
    assert objective(answers, ["unknown"]) == 0.0
