from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import dsp
from dsp.errors import ConstraintError, DspError, FailedAssertionError, FailedSuggestionError, InputError, LMServerError
from dsp.lms.scripted import Scripted
from dsp.modules.backtracking import MAX_REMEMBERED
from dsp.modules.policy import Policy
from dsp.trace import record
from dsp.types.messages import LMRequest

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
MakeLM = Callable[[Answer], Scripted]

Body = Callable[["Program", str], dsp.Prediction]


class Program(dsp.Module):
    """A query, then an answer, as a test's body puts them together."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.write_query = dsp.Predict("question -> query")
        self.answer = dsp.Predict("question, query -> answer")
        self.forwards = 0

    def forward(self, question: str) -> dsp.Prediction:
        self.forwards += 1
        return self.body(self, question)


def short(program: Program, question: str) -> dsp.Prediction:
    query = program.write_query(question=question).query
    dsp.Suggest(len(query) < 5, "Write less than 5 letters.", program.write_query, name="short")
    return program.answer(question=question, query=query)


def strict(program: Program, question: str) -> dsp.Prediction:
    query = program.write_query(question=question).query
    dsp.Assert(len(query) < 5, "Write less than 5 letters.", program.write_query, name="short")
    return program.answer(question=question, query=query)


@pytest.fixture
def obedient(chat_lm: MakeLM) -> Scripted:
    """Writes a long query until it is told not to."""

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        if name == "answer":
            return f"answer to {inputs['query']}"
        return "abc" if "feedback" in inputs else "abcdefgh"

    return chat_lm(answer)


@pytest.fixture
def stubborn(chat_lm: MakeLM) -> Scripted:
    """Writes long queries whatever it is told, each longer than the one before."""
    written: list[str] = []

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        if name == "answer":
            return f"answer to {inputs['query']}"
        written.append("long" * (len(written) + 2))
        return written[-1]

    return chat_lm(answer)


def last_turns(lm: Scripted) -> list[str]:
    return [request.messages[-1]["content"] for request in lm.requests]


# what is asked again, and what isn't
def test_a_constraint_that_holds_asks_nothing_again(obedient: Scripted) -> None:
    program = Program(lambda self, question: self.write_query(question=question))
    with dsp.context(lm=obedient):
        assert dsp.Suggest(True, "never said")
        assert program(question="q").query == "abcdefgh"
    assert program.forwards == 1
    assert len(obedient.requests) == 1


@pytest.mark.parametrize("body", [short, strict])
def test_the_predictor_at_fault_is_asked_again_with_its_past_output_and_the_feedback(
    body: Body, obedient: Scripted
) -> None:
    program = Program(body)
    with dsp.context(lm=obedient):
        assert program(question="q").answer == "answer to abc"
    assert program.forwards == 2
    first, second, third = last_turns(obedient)
    assert "past_query" not in first
    assert "[[ ## past_query ## ]]\nabcdefgh" in second
    assert "[[ ## feedback ## ]]\nWrite less than 5 letters." in second
    assert "feedback" not in third


def test_what_was_answered_before_the_predictor_at_fault_is_not_asked_again(chat_lm: MakeLM) -> None:
    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        return ("right" if "feedback" in inputs else "wrong") if name == "answer" else "query"

    def body(self: Program, question: str) -> dsp.Prediction:
        prediction = self.answer(question=question, query=self.write_query(question=question).query)
        dsp.Assert(prediction.answer == "right", "Be right.")
        return prediction

    lm = chat_lm(answer)
    with dsp.context(lm=lm), record() as trace:
        assert Program(body)(question="q").answer == "right"
    assert [step.name for step in trace] == ["query", "answer", "answer"]
    assert trace.usage.calls == 3
    assert "past_answer" in trace.to_dict()["steps"][-1]["inputs"]


def test_a_list_of_predictors_is_a_target_as_in_the_multi_hop_tutorial(chat_lm: MakeLM) -> None:
    class Hops(dsp.Module):
        def __init__(self) -> None:
            self.write_query = [dsp.ChainOfThought("question -> query") for _ in range(2)]
            self.answer = dsp.Predict("question, query -> answer")

        def forward(self, question: str, target: Any) -> dsp.Prediction:
            queries = []
            for write in self.write_query:
                queries.append(write(question=question).query)
                dsp.Suggest("again" in queries[-1], "Again.", target_module=target)
            return self.answer(question=question, query=queries[-1])

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        return f"{name} again" if "feedback" in inputs else name

    program = Hops()
    lm = chat_lm(answer)
    with dsp.context(lm=lm), dsp.count_constraints() as counts:
        for target in (program.write_query, tuple(program.write_query), dict(enumerate(program.write_query))):
            program(question="q", target=target)
        with pytest.raises(InputError, match="in the list is a str"):
            program(question="q", target=["write_query"])
    assert (counts.total.failed, counts.total.recovered) == (6, 6)


def test_without_a_target_the_last_predictor_is_at_fault_and_a_signature_is_a_target_too(chat_lm: MakeLM) -> None:
    class Query(dsp.Signature):
        """Write a query."""

        question = dsp.InputField()
        query = dsp.OutputField()

    class Chain(dsp.Module):
        def __init__(self) -> None:
            self.write_query = dsp.ChainOfThought(Query)
            self.answer = dsp.Predict("query -> answer")

        def forward(self, question: str, target: Any) -> dsp.Prediction:
            query = self.write_query(question=question).query
            prediction = self.answer(query=query)
            dsp.Assert("again" in prediction.answer + query, "Again.", target)
            return prediction.copy(query=query)

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        return f"{name} again" if "feedback" in inputs else name

    program = Chain()
    with dsp.context(lm=chat_lm(answer)):
        assert program(question="q", target=None).answer == "answer again"
        for target in (Query, "question -> query", program.write_query):
            asked = program(question="q", target=target)
            assert (asked.query, asked.answer) == ("query again", "answer")


def test_messages_of_several_failures_are_joined_each_once_and_past_outputs_are_listed(chat_lm: MakeLM) -> None:
    texts = iter(["one", "two", "three"])

    def body(self: Program, question: str) -> dsp.Prediction:
        prediction = self.write_query(question=question)
        dsp.Assert("o" not in prediction.query, "No o.")
        dsp.Assert("w" not in prediction.query, "No w.")
        return prediction

    lm = chat_lm(lambda *_: next(texts))
    with dsp.context(lm=lm):
        assert Program(body)(question="q").query == "three"
    assert "[[ ## feedback ## ]]\nNo o.\n" in last_turns(lm)[1]
    assert "[[ ## feedback ## ]]\nNo o.\n\n" in last_turns(lm)[2]
    assert "[1] «one»\n[2] «two»" in last_turns(lm)[2]


def test_in_a_loop_the_call_at_fault_alone_is_asked_again(chat_lm: MakeLM) -> None:
    """One predictor writes every query; the third repeats the first, and only the third is written anew."""

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        if "feedback" in inputs:
            return "c"
        return {"": "a", "a": "b"}.get(inputs["asked"], "a")

    class Hops(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("question, asked -> query")

        def forward(self, question: str) -> dsp.Prediction:
            queries: list[str] = []
            for _ in range(3):
                query = self.write(question=question, asked=" ".join(queries)).query
                dsp.Suggest(query not in queries, f"Not {queries}.", self.write)
                queries.append(query)
            return dsp.Prediction(queries=queries)

    lm = chat_lm(answer)
    with dsp.context(lm=lm):
        assert Hops()(question="q").queries == ["a", "b", "c"]
    assert len(lm.requests) == 4
    assert "[[ ## past_query ## ]]\na\n" in last_turns(lm)[3]


def test_a_list_that_grows_after_it_was_given_is_remembered_as_it_was(chat_lm: MakeLM) -> None:
    class Grows(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("context, question -> query")

        def forward(self, question: str) -> dsp.Prediction:
            context: list[str] = []
            for _ in range(2):
                query = self.write(context=context, question=question).query
                context.append(query)
            dsp.Assert(query.startswith("good"), "Be good.")
            return dsp.Prediction(context=context)

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        return ("good " if "feedback" in inputs else "bad ") + inputs["context"]

    lm = chat_lm(answer)
    with dsp.context(lm=lm):
        assert Grows()(question="q").context[-1].startswith("good")
    assert len(lm.requests) == 3


def test_a_predictor_whose_inputs_change_with_every_run_still_gets_its_feedback(chat_lm: MakeLM) -> None:
    class Restless(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("number -> query")
            self.number = 0

        def forward(self) -> dsp.Prediction:
            self.number += 1
            prediction = self.write(number=self.number)
            dsp.Assert(prediction.query == "good", "Be good.")
            return prediction

    lm = chat_lm(lambda name, inputs, request: "good" if inputs.get("feedback") == "Be good." else "bad")
    with dsp.context(lm=lm):
        assert Restless()().query == "good"
    assert len(lm.requests) == 2


def test_a_copy_with_other_settings_is_known_for_what_it_is_a_copy_of(chat_lm: MakeLM) -> None:
    def body(self: Program, question: str) -> dsp.Prediction:
        prediction = self.write_query.with_(temperature=0.5)(question=question)
        dsp.Assert(prediction.query == "good", "Be good.", self.write_query)
        return prediction

    lm = chat_lm(lambda name, inputs, request: "good" if "feedback" in inputs else "bad")
    with dsp.context(lm=lm):
        assert Program(body)(question="q").query == "good"
    assert [request.temperature for request in lm.requests] == [0.5, 0.5]


def test_of_two_predictors_with_one_signature_the_one_named_is_asked_again(chat_lm: MakeLM) -> None:
    class Twins(dsp.Module):
        def __init__(self) -> None:
            signature = dsp.Signature("question -> answer")
            self.first, self.second = dsp.Predict(signature), dsp.Predict(signature)

        def forward(self) -> dsp.Prediction:
            first, second = self.first(question="1").answer, self.second(question="2").answer
            dsp.Assert(first == "told", "Be told.", self.first)
            return dsp.Prediction(first=first, second=second)

    lm = chat_lm(lambda name, inputs, request: "told" if "feedback" in inputs else "untold")
    with dsp.context(lm=lm):
        assert dict(Twins()()) == {"first": "told", "second": "untold"}


def test_asking_twice_is_another_rollout_so_that_no_cache_repeats_itself(stubborn: Scripted) -> None:
    with dsp.context(lm=stubborn):
        Program(short)(question="q")
    assert [request.rollout for request in stubborn.requests] == [0, 0, 1, 0]


# how it ends
def test_a_suggestion_is_logged_and_passed_over_after_the_last_backtrack(
    stubborn: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    program = Program(short)
    with dsp.context(lm=stubborn), caplog.at_level(logging.WARNING, "dsp.assertions"):
        assert program(question="q").answer == f"answer to {'long' * 4}"
    assert program.forwards == 3
    assert [record.message for record in caplog.records] == [
        "suggest short does not hold and is passed over: Write less than 5 letters."
    ]


def test_an_assertion_raises_after_the_last_backtrack_and_carries_what_was_tried(stubborn: Scripted) -> None:
    program = Program(strict)
    with (
        dsp.context(lm=stubborn),
        pytest.raises(FailedAssertionError, match=r'short must hold.*after 3 tries of "qu') as e,
    ):
        program(question="q")
    assert program.forwards == 3
    assert e.value.past_outputs == [{"query": "long" * n} for n in (2, 3, 4)]
    assert (e.value.feedback, e.value.target, e.value.constraint) == ("Write less than 5 letters.", "query", "short")
    assert isinstance(e.value, DspError)
    assert isinstance(e.value, AssertionError)


@pytest.mark.parametrize("most", [0, 1, 4])
def test_max_backtracks_bounds_the_calls(most: int, stubborn: Scripted) -> None:
    program = Program(short).activate_assertions(max_backtracks=most)
    with dsp.context(lm=stubborn):
        program(question="q")
    assert program.forwards == most + 1
    assert len(stubborn.requests) == most + 2


def test_handlers_log_bypass_raise_or_end(stubborn: Scripted) -> None:
    def outcome(body: Body, handler: Any, **arguments: Any) -> str:
        program = dsp.assert_transform_module(Program(body), handler, **arguments)
        try:
            with dsp.context(lm=stubborn):
                prediction = program(question="q")
        except ConstraintError as error:
            return type(error).__name__
        return "answered" if prediction else "ended"

    assertion, suggestion = FailedAssertionError.__name__, FailedSuggestionError.__name__
    assert [(outcome(short, handler), outcome(strict, handler)) for handler in (
        dsp.noop_handler, dsp.bypass_suggest_handler, dsp.bypass_assert_handler, dsp.assert_no_except_handler,
        dsp.backtrack_handler, Policy(suggestions="raise"),
    )] == [
        ("answered", "answered"), ("answered", assertion), (suggestion, "answered"), ("answered", "ended"),
        ("answered", assertion), (suggestion, assertion),
    ]  # fmt: skip
    assert outcome(short, dsp.backtrack_handler, bypass_suggest=False, max_backtracks=1) == suggestion
    assert outcome(strict, dsp.assert_no_except_handler, max_backtracks=1) == "ended"


def test_outside_a_module_an_assertion_raises_and_a_suggestion_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert dsp.Suggest(False, "Wish.", name="wish") is False
    assert "suggest wish does not hold" in caplog.text
    with pytest.raises(FailedAssertionError, match="with nothing to retry"):
        dsp.Assert(False, "Demand.")


def test_a_target_that_was_never_asked_is_not_mistaken_for_another(obedient: Scripted) -> None:
    def body(self: Program, question: str) -> dsp.Prediction:
        self.write_query(question=question)
        dsp.Assert(False, "No.", self.answer)
        return dsp.Prediction()

    program = Program(body)
    with dsp.context(lm=obedient), pytest.raises(FailedAssertionError, match="nothing to retry") as e:
        program(question="q")
    assert program.forwards == 1
    assert e.value.past_outputs == []


@pytest.mark.parametrize("condition", [1, 0, None, "yes", [], float("nan")])
@pytest.mark.parametrize("constrain", [dsp.Assert, dsp.Suggest])
def test_a_condition_that_is_no_bool_is_refused(constrain: Any, condition: object) -> None:
    with pytest.raises(InputError, match=r"must be True or False, but got .*bool"):
        constrain(condition, "message")


def test_bad_backtracks_targets_and_handlers_are_refused(obedient: Scripted) -> None:
    for wrong in (-1, 1.5, True):
        with pytest.raises(InputError, match="max_backtracks"):
            Program(short).activate_assertions(max_backtracks=wrong)
    with pytest.raises(dsp.errors.SignatureError, match="signature"):
        dsp.Assert(False, "No.", 3)  # type: ignore[arg-type]


def test_an_error_of_the_lm_while_asking_again_is_that_error(chat_lm: MakeLM) -> None:
    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        if "feedback" in inputs:
            raise LMServerError("it failed")
        return "abcdefgh"

    with dsp.context(lm=chat_lm(answer)), pytest.raises(LMServerError, match="it failed"):
        Program(short)(question="q")


def test_a_program_that_catches_the_failure_goes_on_with_it(obedient: Scripted) -> None:
    def body(self: Program, question: str) -> dsp.Prediction:
        try:
            return strict(self, question)
        except FailedAssertionError as error:
            return dsp.Prediction(answer=error.feedback)

    program = Program(body)
    with dsp.context(lm=obedient):
        assert program(question="q").answer == "Write less than 5 letters."
    assert program.forwards == 1


def test_more_calls_than_are_remembered_are_asked_again_and_nothing_breaks(chat_lm: MakeLM) -> None:
    def body(self: Program, question: str) -> dsp.Prediction:
        for number in range(MAX_REMEMBERED + 1):
            self.write_query(question=str(number))
        prediction = self.answer(question=question, query="q")
        dsp.Assert(prediction.answer == "told", "Be told.")
        return prediction

    lm = chat_lm(lambda name, inputs, request: "told" if "feedback" in inputs else "untold")
    with dsp.context(lm=lm):
        assert Program(body)(question="q").answer == "told"
    assert len(lm.requests) == MAX_REMEMBERED + 1 + 1 + 2 + 1  # the oldest two were forgotten


def test_predictors_wrapped_for_dspy_work_as_they_are(obedient: Scripted) -> None:
    program = dsp.assert_transform_module(Program(short).map_named_predictors(dsp.Retry), dsp.backtrack_handler)
    with dsp.context(lm=obedient):
        assert program(question="q").answer == "answer to abc"


def test_a_handler_chosen_is_kept_by_copies_and_never_saved(tmp_path: Any, stubborn: Scripted) -> None:
    program = Program(short).activate_assertions(max_backtracks=0)
    copied = program.deepcopy()
    with dsp.context(lm=stubborn):
        copied(question="q")
    assert copied.forwards == 1
    program.save(tmp_path / "program.json")
    assert "backtrack" not in (tmp_path / "program.json").read_text("utf-8")


def test_awaited_and_in_tasks_it_is_the_same(obedient: Scripted) -> None:
    class Awaited(dsp.Module):
        awaits_modules_only = True

        def __init__(self) -> None:
            self.write_query = dsp.Predict("question -> query")

        async def aforward(self, question: str) -> dsp.Prediction:
            prediction = await self.write_query.acall(question=question)
            dsp.Assert(len(prediction.query) < 5, "Write less than 5 letters.", self.write_query)
            return prediction

    class Elsewhere(Awaited):
        awaits_modules_only = False

        async def aforward(self, question: str) -> dsp.Prediction:
            await asyncio.sleep(0)
            return await super().aforward(question)

    with dsp.context(lm=obedient):
        for program in (Awaited(), Elsewhere(), Program(lambda self, question: strict(self, question))):
            assert program(question="q") == asyncio.run(program.acall(question="q"))
    assert sum("feedback" in turn for turn in last_turns(obedient)) == 6


def test_what_is_to_be_done_once_is_done_once_and_all_else_again(chat_lm: MakeLM) -> None:
    done: list[str] = []

    def note(what: str, *, times: int = 1) -> str:
        done.append(what)
        return what * times

    def body(self: Program, question: str) -> dsp.Prediction:
        note("again")
        found = [dsp.once(note, "once", times=2), dsp.once(note, "once", times=2), dsp.once(note, question)]
        prediction = self.write_query(question=question)
        dsp.once(note, prediction.query)
        dsp.Assert(prediction.query == "told", "Be told.")
        return prediction.copy(found=found)

    with dsp.context(lm=chat_lm(lambda name, inputs, request: "told" if "feedback" in inputs else "untold")):
        assert Program(body)(question="q").found == ["onceonce", "onceonce", "q"]
    assert done == ["again", "once", "once", "q", "untold", "again", "told"]
    assert dsp.once(note, "outside") == "outside"


def test_what_an_inner_module_does_once_is_not_done_again_by_the_outer_one(chat_lm: MakeLM) -> None:
    done: list[str] = []

    class Inner(dsp.Module):
        def forward(self) -> dsp.Prediction:
            dsp.once(done.append, "inner")
            return dsp.Prediction(text="fine")

    class Outer(dsp.Module):
        def __init__(self) -> None:
            self.write = dsp.Predict("question -> answer")
            self.inner = Inner()

        def forward(self) -> dsp.Prediction:
            self.inner()
            prediction = self.write(question="q")
            dsp.Assert(prediction.answer == "told", "Be told.")
            return prediction

    with dsp.context(lm=chat_lm(lambda name, inputs, request: "told" if "feedback" in inputs else "untold")):
        Outer()()
    assert done == ["inner"]


def test_a_function_that_fails_is_tried_again() -> None:
    def broken() -> None:
        raise OSError("disk")

    class Broken(dsp.Module):
        def forward(self) -> dsp.Prediction:
            dsp.once(broken)
            return dsp.Prediction()

    with pytest.raises(OSError, match="disk"):
        Broken()()
