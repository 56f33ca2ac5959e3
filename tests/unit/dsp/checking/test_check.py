"""`dsp.check`: what is sure to go wrong is an error, what may be is a warning, and what is right is let alone."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

import dsp
from dsp.checking.report import Report
from dsp.errors import CheckError, InputError
from dsp.lms.scripted import Scripted
from dsp.programs.registry import PROGRAMS
from dsp.types.example import Example
from dsp.types.prediction import Prediction
from indexes.passage import Passage

QA = "context, question -> answer"


@pytest.fixture(autouse=True)
def configured(make_retriever: Callable[[Sequence[Passage]], Any]) -> Any:
    """There is an LM and a retriever, but neither is ever asked."""

    def nobody(request: object) -> str:
        raise AssertionError("a check asks nobody")

    with dsp.context(lm=Scripted(nobody), rm=make_retriever([Passage("1", "Emma", "A novel.")])):
        yield


def devset(**fields: Any) -> list[Example]:
    return [Example(**{"question": f"q{n}", "answer": "a", **fields}).with_inputs("question") for n in range(4)]


def found(report: Report) -> list[str]:
    return [str(problem) for problem in report]


def only(report: Report, severity: str, *said: str) -> None:
    """The report is this one problem."""
    (problem,) = report
    assert problem.severity == severity, found(report)
    for part in said:
        assert part in str(problem)


# programs that are right


class Right(dsp.Module):
    """Every way of wiring that is understood, and some that are not."""

    def __init__(self) -> None:
        self.ask = dsp.ChainOfThought("context, question -> search_query")
        self.steps = [dsp.Predict("question -> hint"), {"x": dsp.Predict("hint, style: str | None -> tip")}]
        self.answer = dsp.ChainOfThought(QA)
        self.inner = dsp.MultiHop()

    async def aforward(self, question: str, **rest: Any) -> Prediction:
        found = dsp.retrieve(question, k=3)
        query = (await self.ask.acall(context=found, question=question, config={"n": 2})).search_query
        found += dsp.retrieve_unseen([query], k=2, seen=found)
        hint = self.steps[0](question=question)
        tip = self.steps[1]["x"](hint=hint.hint)["tip"]
        more = {"context": found}
        if tip:
            self.answer(question=question, **more)
        return self.final(found, question=question)

    def final(self, found: list[Any], *, question: str) -> Prediction:
        prediction = self.answer(context=found, question=question)
        if prediction.completions:
            prediction.context = found
        return prediction


class Dynamic(dsp.Module):
    """Nothing can be known of it."""

    def __init__(self) -> None:
        self.parts = {name: dsp.Predict(f"question -> {name}") for name in ("a", "b")}
        self.chosen = dsp.Predict("question -> a")

    def forward(self, **inputs: Any) -> Prediction:
        for name, part in self.parts.items():
            inputs[name] = part(**inputs)
        self.chosen = dsp.Predict("whatever -> else_")
        self.chosen(whatever=1)
        return build(inputs)


def build(inputs: Mapping[str, Any]) -> Prediction:
    return Prediction(**inputs)


class CalledOtherwise(dsp.Module):
    """Its body is not what is called."""

    def __init__(self) -> None:
        self.answer = dsp.Predict("question -> answer")

    def __call__(self, /, *args: Any, **inputs: Any) -> Prediction:
        return self.answer(**inputs)

    def forward(self, topic: str) -> Prediction:
        return self.answer(topic=topic)


class Shared(Right):
    """A body that stands in a base class."""


@pytest.mark.parametrize("make", [Right, Dynamic, Shared, CalledOtherwise])
def test_a_program_that_is_right_is_let_alone(make: type[dsp.Module]) -> None:
    program = make()
    report = dsp.check(program, data=devset(), metrics=["em", "f1", "support_recall"])
    assert found(report) == []
    assert str(report) == "nothing is wrong"
    report.raise_errors()


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_the_programs_that_come_along_are_right(name: str) -> None:
    examples = devset(gold_titles=["Emma"])
    assert found(dsp.check(dsp.load(name), data=examples, train=devset(), metrics=["em", "support_recall"])) == []


@pytest.mark.parametrize(
    "wrap",
    [
        lambda program: dsp.Majority(program),
        lambda program: dsp.NearestDemos(program),
        lambda program: dsp.Ensemble([program, program]),
        lambda program: dsp.BestOfN(program, N=2, reward_fn=lambda inputs, prediction: 1.0, threshold=1.0),
        lambda program: dsp.Cited(program),
    ],
)
def test_what_is_wrapped_is_checked_through_the_wrapper(wrap: Callable[[dsp.Module], dsp.Module]) -> None:
    assert found(dsp.check(wrap(Right()), data=devset(), metrics=["em"])) == []


def test_a_wrapped_programs_inputs_and_outputs_are_the_programs_own() -> None:
    examples = [Example(topic="q", answer="a").with_inputs("topic")]
    report = dsp.check(dsp.Majority(dsp.Predict("question -> verdict")), data=examples, metrics=["em"])
    assert [problem.where for problem in report.errors] == ["data", "data", "metric em"]


# inputs and outputs


def program(forward: Callable[..., Any], **parts: dsp.Module) -> dsp.Module:
    """A program with that body and those parts."""

    def init(self: Any) -> None:
        vars(self).update(parts)

    return type("Own", (dsp.Module,), {"__init__": init, "forward": forward, "__module__": __name__})()


def test_an_input_that_nobody_gives_is_an_error_with_its_place() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.answer(question=question)

    report = dsp.check(program(forward, answer=dsp.Predict(QA)))
    only(report, "error", "self, line ", "self.answer needs the input context, which nobody gives; write context=…")
    assert f"line {forward.__code__.co_firstlineno + 1}:" in str(report[0])


def test_an_input_that_a_predictor_does_not_take_is_an_error() -> None:
    def forward(self: Any, question: str) -> Prediction:
        with dsp.record():
            return self.answer(question=question, context=[], styl="x")

    only(dsp.check(program(forward, answer=dsp.Predict(QA))), "error", "is given styl, but takes context, question")


def test_inputs_without_names_are_an_error() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.answer(question)

    only(dsp.check(program(forward, answer=dsp.Predict("question -> answer"))), "error", "takes its inputs by name")


def test_a_module_inside_is_checked_by_its_forward() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.inner(queston=question)

    report = dsp.check(program(forward, inner=dsp.MultiHop()))
    assert [problem.severity for problem in report] == ["error", "error"]
    assert "needs the input question" in str(report[0])
    assert "is given queston, but takes question" in str(report[1])


def test_an_output_that_nobody_makes_is_an_error_also_through_a_name_and_a_method() -> None:
    def forward(self: Any, question: str) -> Prediction:
        written = self.ask(question=question)
        return self.finish(written.query)

    def finish(self: Any, query: str) -> Prediction:
        return Prediction(answer=self.ask(question=query).reply)

    made = program(forward, ask=dsp.Predict("question -> search_query"))
    type(made).finish = finish  # type: ignore[attr-defined]
    report = dsp.check(made)
    assert len(report.errors) == 2
    assert "`written.query` reads query, which nobody makes; the predictor makes search_query" in str(report)
    assert "reads reply" in str(report)


@pytest.mark.parametrize("place", ["branch", "loop", "try", "inner", "after a return", "in an expression"])
def test_what_may_never_run_is_a_warning(place: str) -> None:
    def branch(self: Any, question: str) -> Prediction:
        if question:
            return self.answer()
        return Prediction()

    def loop(self: Any, question: str) -> Prediction:
        for _ in question:
            self.answer()
        return Prediction()

    def attempt(self: Any, question: str) -> Prediction:
        try:
            return self.answer()
        except InputError:
            return Prediction(question=question)

    def inner(self: Any, question: str) -> Prediction:
        def never() -> Any:
            return self.answer()

        return Prediction(question=question, never=never)

    def after(self: Any, question: str) -> Prediction:
        if question:
            return Prediction()
        return self.answer()

    def expression(self: Any, question: str) -> Prediction:
        return question and self.answer()

    bodies = dict(zip(["branch", "loop", "try", "inner", "after a return", "in an expression"],
                      [branch, loop, attempt, inner, after, expression], strict=True))  # fmt: skip
    made = program(bodies[place], answer=dsp.Predict("question -> answer"))
    only(dsp.check(made), "warning", "self.answer needs the input question")


def test_what_a_call_may_say_besides_its_inputs_is_no_error() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.answer(question=question, lm=self.lm, demos=[], config={"temperature": 0.5})

    made = program(forward, answer=dsp.Predict("question -> answer"))
    assert found(dsp.check(made, data=devset(), metrics=["em"])) == []


def test_of_a_predictor_that_is_asked_by_another_signature_nothing_is_sure() -> None:
    def of_the_call(self: Any, question: str) -> Prediction:
        draft = self.part(topic=question, signature="topic -> plan").plan
        return self.part(question=draft, signature="question -> answer")

    def set_before(self: Any, question: str) -> Prediction:
        self.part.signature = dsp.Signature("question -> answer")
        return self.part(question=question)

    for forward in (of_the_call, set_before):
        made = program(forward, part=dsp.Predict("text -> summary"))
        assert not dsp.check(made, data=devset(), metrics=["em"]).errors


def test_of_a_part_that_is_handed_to_who_may_change_it_nothing_is_sure() -> None:
    def by_name(self: Any, question: str) -> Prediction:
        setattr(self.part, "signature", dsp.Signature("question -> answer"))  # noqa: B010 - as users write it
        return self.part(question=question)

    def by_a_helper(self: Any, question: str) -> Prediction:
        changed(self.part)
        return self.part(question=question)

    for forward in (by_name, by_a_helper):
        made = program(forward, part=dsp.Predict("text -> summary"))
        assert not dsp.check(made, data=devset(), metrics=["em"]).errors

    def in_a_list(self: Any, question: str) -> Prediction:
        self.parts.insert(0, dsp.Predict("question -> answer"))
        return self.parts[0](question=question)

    made = program(in_a_list)
    vars(made)["parts"] = [dsp.Predict("text -> summary")]
    assert not dsp.check(made, data=devset(), metrics=["em"]).errors


def judged(prediction: Any) -> None:
    prediction.verdict = True


def changed(predictor: Any) -> None:
    predictor.signature = dsp.Signature("question -> answer")


def test_parts_that_are_looked_at_or_blamed_are_checked_all_the_same() -> None:
    def forward(self: Any, question: str) -> Prediction:
        dsp.Suggest(bool(question) and hasattr(self.part, "demos"), "Ask.", target_module=self.part)
        return self.part(topic=question)

    made = program(forward, part=dsp.Predict("question -> answer"))
    assert len(dsp.check(made, data=devset(), metrics=["em"]).errors) == 2


def test_a_wrapped_forward_takes_what_its_wrapper_takes() -> None:
    def inner(self: Any, topic: str, mood: str) -> Prediction:
        return self.answer(question=topic)

    @functools.wraps(inner)
    def forward(self: Any, question: str) -> Prediction:
        return inner(self, topic=question, mood="glad")

    made = program(forward, answer=dsp.Predict("question -> answer"))
    assert found(dsp.check(made, data=devset(), metrics=["em"])) == []


def test_what_a_metric_sets_itself_it_may_read() -> None:
    def anew(example: Any, prediction: Any, trace: Any = None) -> bool:
        prediction = Prediction(verdict=True, **prediction)
        example = example.copy(gold=prediction.answer)
        return bool(prediction.verdict) and example.gold == prediction.answer

    def as_fields(example: Any, prediction: Any, trace: Any = None) -> bool:
        prediction.verdict = True
        setattr(example, "gold", "a")  # noqa: B010 - as users write it
        return bool(prediction.verdict) and example.gold == "a"

    def by_a_helper(example: Any, prediction: Any, trace: Any = None) -> bool:
        judged(prediction)
        return bool(prediction.verdict)

    for metric in (anew, as_fields, by_a_helper):
        assert not dsp.check(dsp.Predict("question -> answer"), data=devset(), metrics=[metric]).errors


def test_a_predictor_whose_demonstrations_are_set_is_checked_all_the_same() -> None:
    def forward(self: Any, question: str) -> Prediction:
        self.part.demos = []
        return self.part(topic=question)

    made = program(forward, part=dsp.Predict("question -> answer"))
    assert len(dsp.check(made, data=devset(), metrics=["em"]).errors) == 2


def test_what_stands_after_a_return_never_runs_and_is_no_error() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return Prediction(question=question)
        self.answer()

    assert dsp.check(program(forward, answer=dsp.Predict("question -> answer"))).errors == []


def test_a_guard_that_raises_leaves_the_rest_sure() -> None:
    def forward(self: Any, question: str) -> Prediction:
        if not question:
            raise ValueError("ask something")
        return self.answer()

    only(dsp.check(program(forward, answer=dsp.Predict("question -> answer"))), "error", "needs the input question")


def test_an_output_that_nobody_reads_is_a_warning() -> None:
    def forward(self: Any, question: str) -> Prediction:
        written = self.ask(question=question)
        return Prediction(answer=written.search_query)

    asked = dsp.ChainOfThought("question -> search_query, confidence: float")
    only(dsp.check(program(forward, ask=asked)), "warning", "nobody reads confidence of ask")


def test_outputs_that_are_handed_on_are_read() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.use(self.ask(question=question))

    def use(self: Any, prediction: Prediction) -> Prediction:
        return prediction

    made = program(forward, ask=dsp.Predict("question -> search_query, confidence"))
    type(made).use = use  # type: ignore[attr-defined]
    assert found(dsp.check(made)) == []


def test_an_input_of_the_program_that_nobody_reads_is_a_warning() -> None:
    def forward(self: Any, question: str, style: str = "") -> Prediction:
        return self.answer(question=question)

    only(dsp.check(program(forward, answer=dsp.Predict("question -> answer"))), "warning", "reads its input style")


def test_a_predictor_that_is_never_called_is_a_warning() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return self.answer(question=question)

    parts = {"answer": dsp.Predict("question -> answer"), "spare": dsp.Predict("question -> answer")}
    only(dsp.check(program(forward, **parts)), "warning", "its predictor spare is never called")


# data


def test_data_without_what_the_program_takes_is_an_error() -> None:
    examples = [Example(topic="t", answer="a").with_inputs("topic")] * 3
    report = dsp.check(dsp.MultiHop(), data=examples)
    assert [problem.severity for problem in report] == ["error", "error"]
    assert "the program takes the input question, but 3 of 3 examples do not give it" in str(report)
    assert "3 of 3 examples give the input topic, but the program takes question" in str(report)


def test_where_some_lack_it_they_alone_fail_and_it_is_a_warning() -> None:
    examples = [*devset(), Example(answer="a").with_inputs("question")]
    only(dsp.check(dsp.MultiHop(), data=examples), "warning", "1 of 5 examples (the first is number 5) do not give it")
    only(dsp.check(dsp.Predict("question -> answer"), data=examples), "error", "the program takes the input question")


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ([], "there must be at least one example"),
        ([{"question": "q"}], "examples must be dsp.Example"),
        ([Example(question="q")], 'say it with example.with_inputs("question")'),
    ],
)
def test_data_that_is_none_is_an_error(examples: Any, said: str) -> None:
    only(dsp.check(dsp.MultiHop(), data=examples), "error", said)


@pytest.mark.parametrize(
    ("count", "share", "severity", "said"),
    [
        (4, 0.9, "error", "leaves none to select on"),
        (4, 1.0, "error", "must be from 0 up to (not including) 1"),
        (4, -0.1, "error", "must be from 0 up to (not including) 1"),
        (1, 0.4, "warning", "so nothing measures the gain"),
    ],
)
def test_a_share_that_cannot_be_held_out_is_told(count: int, share: float, severity: str, said: str) -> None:
    only(dsp.check(dsp.MultiHop(), data=devset()[:count], held_out=share), severity, said)


def test_training_on_what_measures_is_an_error() -> None:
    report = dsp.check(dsp.MultiHop(), data=devset(), train=devset(), held_out=0.5)
    only(report, "error", "train: training questions must be other questions")
    assert found(dsp.check(dsp.MultiHop(), data=devset(), train=devset(), held_out=0.0)) == []


# metrics


def needs_score(example: Example, prediction: Prediction, trace: Any = None) -> float:
    return float(prediction.score > 0)


def may_read(example: Example, prediction: Prediction, trace: Any = None) -> float:
    return float(bool(trace is not None and prediction.score) or prediction.get("mark") == example.get("mark"))


def opaque(example: Example, prediction: Prediction, trace: Any = None) -> float:
    return float(len(dict(prediction)))


class Judge:
    def __call__(self, example: Example, prediction: Prediction, trace: Any = None) -> float:
        return helper(prediction)


def helper(given: Prediction) -> float:
    return float(given["score"])


@pytest.mark.parametrize("metric", [needs_score, Judge()])
def test_a_metric_that_asks_for_a_field_that_no_predictor_makes_is_an_error(metric: Any) -> None:
    report = dsp.check(dsp.Predict("question -> answer"), data=devset(), metrics=[metric])
    only(report, "error", "asks for score of the prediction, but this program makes answer")
    assert found(dsp.check(dsp.Predict("question -> score: float"), data=devset(), metrics=[metric])) == []


def test_a_metric_that_can_only_score_nothing_is_an_error_and_one_that_cannot_be_read_is_let_alone() -> None:
    verdict = dsp.Predict("question -> verdict")
    only(
        dsp.check(verdict, metrics=["em"]), "error", "metric em: scores the prediction's answer, but this program makes"
    )
    assert found(dsp.check(verdict, metrics=[opaque])) == []
    assert found(dsp.check(verdict, metrics=[may_read])) == []


def test_where_the_outputs_are_not_known_a_missing_field_is_a_warning() -> None:
    report = dsp.check(Dynamic(), metrics=[needs_score])
    only(report, "warning", "asks for score of the prediction, which nothing in this program seems to make")


def test_a_metric_that_asks_for_a_label_that_the_data_lack_is_an_error() -> None:
    def by_label(example: Example, prediction: Prediction, trace: Any = None) -> float:
        return float(example.label == prediction.answer)

    report = dsp.check(dsp.Predict("question -> answer"), data=devset(), metrics={"mine": by_label})
    only(report, "error", "metric mine: asks for label of the example, but 4 of 4 examples lack it")
    bare = [Example(question="q").with_inputs("question")]
    report = dsp.check(dsp.Predict("question -> answer"), data=bare, metrics=["f1"])
    only(report, "error", "metric f1: scores against the example's answer or answers, but 1 of 1 examples have none")


def test_a_metric_that_applies_to_no_example_is_let_alone_and_an_unknown_one_is_an_error() -> None:
    assert found(dsp.check(dsp.Predict("question -> answer"), data=devset(), metrics=["support_recall"])) == []
    only(dsp.check(dsp.Predict("question -> answer"), metrics=["emm"]), "error", 'unknown metric "emm"')


# LM and index


def test_without_an_lm_or_a_retriever_nothing_can_be_asked() -> None:
    with dsp.context(lm=None, rm=None):
        report = dsp.check(dsp.MultiHop())
        assert [(problem.severity, problem.where) for problem in report] == [("error", "lm"), ("error", "index")]
        assert found(dsp.check(dsp.MultiHop(), lm=Scripted([]), index=dsp.settings.rm)) == [found(report)[1]]
        only(dsp.check(dsp.load("vanilla")), "error", "a predictor needs a language model")


def test_a_program_that_searches_with_what_it_is_given_itself_is_let_alone(make_retriever: Any) -> None:
    own = make_retriever([Passage("1", "", "x")])

    def forward(self: Any, question: str) -> Prediction:
        with dsp.context(rm=own):
            dsp.retrieve(question, k=1)
        return Prediction(passages=dsp.retrieve(question, k=1, retriever=own))

    with dsp.context(rm=None):
        assert dsp.check(program(forward)).errors == []
        assert found(dsp.check(dsp.MultiHop(retriever=own))) == []


def test_a_search_in_the_source_needs_a_retriever() -> None:
    def forward(self: Any, question: str) -> Prediction:
        return Prediction(passages=dsp.retrieve(question, k=1))

    with dsp.context(rm=None):
        only(dsp.check(program(forward)), "error", "index: a search needs a retriever, but none is configured")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("empty", "must hold passages, but this one has none"),
        (3, "a retriever must have search(query, k), or be a function, but got 3"),
    ],
)
def test_an_index_that_cannot_be_searched_is_an_error(index: Any, said: str) -> None:
    class Empty:
        def search(self, query: str, k: int) -> list[Any]:
            return []

        def __len__(self) -> int:
            return 0

    only(dsp.check(dsp.MultiHop(), index=Empty() if index == "empty" else index), "error", said)


def test_an_lm_that_nobody_knows_or_that_has_no_key_is_an_error() -> None:
    only(dsp.check(dsp.load("vanilla"), lm="opnai/gpt-4o-mini"), "error", 'unknown LM "opnai": did you mean openai')
    only(dsp.check(dsp.load("vanilla"), lm="openai/gpt-4o-mini"), "error", "OPENAI_API_KEY is not set")
    assert found(dsp.check(dsp.load("vanilla"), lm="ollama/llama3.2")) == []


def test_a_missing_key_behind_a_cache_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DSP_CACHE", str(tmp_path))
    only(dsp.check(dsp.load("vanilla"), lm=dsp.LM("openai/gpt-4o-mini")), "warning", "OPENAI_API_KEY is not set")


# demonstrations


@pytest.mark.parametrize(
    ("demo", "severity", "said"),
    [
        (Example(question="q", asnwer=3), "warning", 'has the field "asnwer": is "answer" meant?'),
        (Example(context="c", answer="3"), "warning", "has none of the inputs (question)"),
        (Example(question="q", answer="three"), "warning", "has a answer that is not a whole number"),
        ("text", "error", "demonstration 1 must be an example, but is 'text'"),
    ],
)
def test_a_demonstration_that_does_not_fit_is_told(demo: Any, severity: str, said: str) -> None:
    predictor = dsp.Predict("question -> answer: int")
    predictor.demos = [demo, Example(question="q", answer=3), Example(question="q", answer="3", id="x", augmented=True)]
    report = dsp.check(predictor)
    assert said in str(report)
    assert {problem.severity for problem in report} == {severity}


def test_demonstrations_that_are_no_list_are_an_error() -> None:
    predictor = dsp.Predict("question -> answer")
    predictor.demos = Example(question="q")  # type: ignore[assignment]
    only(dsp.check(predictor), "error", "demonstrations must be a list of examples, but are a Example")


# the report, and where it is made


def test_the_report_names_everything_at_once_errors_first() -> None:
    predictor = dsp.Predict("question -> verdict")
    predictor.demos = [Example(a=1)]
    with dsp.context(lm=None), pytest.raises(CheckError) as caught:
        dsp.check(predictor, data=[Example(q="q").with_inputs("q")], metrics=["em", "nope"]).raise_errors()
    report = caught.value.report
    assert len(report.errors) == 6, found(report)
    assert len(report.warnings) == 2
    assert str(caught.value).startswith("nothing was asked yet, for a check found 6 errors and 2 warnings:\n  error: ")
    assert [problem.severity for problem in report] == ["error"] * 6 + ["warning"] * 2


def test_an_evaluation_and_a_compilation_are_checked_before_anything_is_asked() -> None:
    verdict = dsp.Predict("question -> verdict")
    with pytest.raises(CheckError, match="scores the prediction's answer"):
        dsp.Evaluate(devset(), ["em"])(verdict)
    with pytest.raises(CheckError, match="scores the prediction's answer"):
        dsp.compile_measured(verdict, dsp.LabeledFewShot(k=1), trainset=devset(answer="b"), devset=devset(), held_out=0)


def test_warnings_stop_nothing_and_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    def forward(self: Any, question: str, never_read_here: str = "") -> Prediction:
        return self.answer(question=question)

    made = program(forward, answer=dsp.Predict("question -> answer", lm=Scripted(["a"] * 8)))
    with caplog.at_level(logging.WARNING, "dsp.check"):
        for _ in range(2):
            assert dsp.Evaluate(devset(), ["em"])(made).mean("em") == 1.0
    assert [record.getMessage() for record in caplog.records] == [
        "warning: self: nobody reads its input never_read_here; use it in forward, or take it away"
    ]


def test_a_plain_function_has_its_data_and_metrics_checked() -> None:
    async def answer(question: str) -> Prediction:
        return Prediction(answer=question)

    assert found(dsp.check(answer, data=devset(), metrics=["em"])) == []
    only(dsp.check(answer, data=[], metrics=["em"]), "error", "at least one example")
