"""Callbacks: who is told what, in which order, from threads and tasks, and that nobody can break a run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import dsp
from dsp import callbacks
from dsp.callbacks import ACTIVE_CALL_ID, CallId
from dsp.errors import InputError, LMServerError, ToolError
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.base import BaseLM
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest, LMResponse
from indexes.passage import Passage


class Diary(dsp.BaseCallback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, CallId, Any, Any]] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("on_"):
            return super().__getattribute__(name)

        def write(call_id: CallId, **told: Any) -> None:
            self.told.append((name, call_id, told.get("instance"), told))

        return write

    def names(self) -> list[str]:
        return [name.removeprefix("on_") for name, *_ in self.told]

    def of(self, name: str) -> list[dict[str, Any]]:
        return [{"call_id": call_id, **told} for each, call_id, _, told in self.told if each == f"on_{name}"]


class RAG(dsp.Module):
    def __init__(self) -> None:
        self.answer = dsp.Predict("context, question -> answer")

    def forward(self, question: str) -> dsp.Prediction:
        return self.answer(context=dsp.retrieve(question, k=2), question=question)


class AsyncRAG(dsp.Module):
    def __init__(self) -> None:
        self.answer = dsp.Predict("context, question -> answer")

    async def aforward(self, question: str) -> dsp.Prediction:
        await asyncio.sleep(0)
        return await self.answer.acall(context=dsp.retrieve(question, k=2), question=question)


class Broken(BaseLM):
    name = "broken"

    def complete(self, request: LMRequest) -> LMResponse:
        raise LMServerError("down")

    async def acomplete(self, request: LMRequest) -> LMResponse:
        raise LMServerError("down")


ORDER = [
    "module_start", "retriever_start", "retriever_end", "module_start", "adapter_format_start", "adapter_format_end",
    "lm_start", "lm_end", "adapter_parse_start", "adapter_parse_end", "module_end", "module_end",
]  # fmt: skip


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("make", [RAG, AsyncRAG])
def test_every_kind_of_call_is_told_with_its_inputs_and_outputs(
    diary: Diary, make: type[dsp.Module], awaited: bool, make_retriever: Callable[[Sequence[Passage]], Any]
) -> None:
    retriever, lm = make_retriever([Passage("1", "Emma", "Jane Austen wrote Emma.")]), Scripted(["Jane Austen"])
    program = make()
    with dsp.context(lm=lm, rm=retriever, callbacks=[diary]):
        asked = {"question": "Who wrote Emma?"}
        prediction = asyncio.run(program.acall(**asked)) if awaited else program(**asked)
    assert diary.names() == ORDER
    outer, inner = diary.of("module_start")
    assert (outer["instance"], outer["inputs"]) == (program, {"question": "Who wrote Emma?"})
    assert inner["instance"] is program.answer  # type: ignore[attr-defined]
    assert [each["outputs"] for each in diary.of("module_end")] == [prediction, prediction]
    (search,) = diary.of("retriever_start")
    assert (search["instance"], search["inputs"]) == (retriever, {"query": "Who wrote Emma?", "k": 2})
    assert [hit.id for hit in diary.of("retriever_end")[0]["outputs"]] == ["1"]
    (format_start,), (format_end,) = diary.of("adapter_format_start"), diary.of("adapter_format_end")
    assert set(format_start["inputs"]) == {"signature", "demos", "inputs"}
    (lm_start,), (lm_end,) = diary.of("lm_start"), diary.of("lm_end")
    assert lm_start["instance"] is lm
    assert lm_start["inputs"]["messages"] == format_end["outputs"]
    assert lm_start["inputs"]["kwargs"]["n"] == 1
    assert list(lm_end["outputs"]) == ["Jane Austen"]
    assert diary.of("adapter_parse_start")[0]["inputs"]["completion"] == "Jane Austen"
    assert diary.of("adapter_parse_end")[0]["outputs"] == {"answer": "Jane Austen"}


def test_calls_know_the_call_that_made_them(diary: Diary, make_retriever: Callable[..., Any]) -> None:
    with dsp.context(lm=Scripted(["a"]), rm=make_retriever([]), callbacks=[diary]):
        RAG()(question="q")
    ids = {name: [each["call_id"] for each in diary.of(name)] for name in dict.fromkeys(ORDER)}
    program, predictor = ids["module_start"]
    assert program.parent is None
    assert ids["retriever_start"][0].parent == predictor.parent == program
    assert all(ids[f"{kind}_start"][0].parent == predictor for kind in ("adapter_format", "lm", "adapter_parse"))
    assert ids["module_end"] == [predictor, program]
    assert len({*ids["lm_start"], *ids["module_start"], *ids["retriever_start"]}) == 4
    assert ACTIVE_CALL_ID.get() is None


@pytest.mark.parametrize("executor", [Threads(4), Tasks(4)])
@pytest.mark.parametrize("make", [RAG, AsyncRAG])
def test_many_calls_at_once_keep_their_parents_apart(
    diary: Diary, make: type[dsp.Module], executor: Any, make_retriever: Callable[..., Any]
) -> None:
    lm = Scripted(lambda request: str(request.messages[-1]["content"])[-40:])
    with dsp.context(lm=lm, rm=make_retriever([]), callbacks=[diary]):
        make().batch([{"question": f"question {number}"} for number in range(40)], executor=executor)
    program_of = {
        each["call_id"]: each["inputs"]["question"] for each in diary.of("module_start") if not each["call_id"].parent
    }
    assert len(program_of) == 40
    for each in diary.of("lm_start"):
        question = program_of[each["call_id"].parent.parent]
        assert f"{question}\n" in str(each["inputs"]["messages"][-1]["content"])


def test_an_end_tells_the_exception_and_no_outputs(diary: Diary) -> None:
    with dsp.context(lm=Broken(), callbacks=[diary]), pytest.raises(LMServerError) as caught:
        dsp.Predict("question -> answer")(question="q")
    for name in ("lm_end", "module_end"):
        (end,) = diary.of(name)
        assert (end["outputs"], end["exception"]) == (None, caught.value)


def test_a_completion_that_cannot_be_read_is_told_and_so_is_asking_again(diary: Diary) -> None:
    wrong, right = "no number", "4"
    with dsp.context(lm=Scripted([wrong, right]), callbacks=[diary]):
        assert dsp.Predict("question -> n: int")(question="2 + 2?").n == 4
    first, second = diary.of("adapter_parse_end")
    assert isinstance(first["exception"], dsp.errors.ParseError)  # type: ignore[attr-defined]
    assert second["exception"] is None
    assert len(diary.of("lm_start")) == 2


def test_tools_are_told_and_what_they_do_is_inside_them(diary: Diary) -> None:
    seen: list[CallId | None] = []

    def look_up(name: str) -> str:
        seen.append(ACTIVE_CALL_ID.get())
        if name == "nobody":
            raise KeyError(name)
        return f"{name} wrote Emma"

    tool = dsp.Tool.of(look_up)
    with dsp.context(callbacks=[diary]):
        assert tool(name="Austen") == "Austen wrote Emma"
        with pytest.raises(ToolError):
            asyncio.run(tool.acall(name="nobody"))
    first, second = diary.of("tool_start")
    assert (first["instance"], first["inputs"], first["inputs"]["kwargs"]) == (
        tool,
        {"name": "Austen"},
        {"name": "Austen"},
    )
    assert seen == [first["call_id"], second["call_id"]]
    assert diary.of("tool_end")[0]["outputs"] == "Austen wrote Emma"
    assert isinstance(diary.of("tool_end")[1]["exception"], ToolError)


def test_an_lm_called_by_hand_is_told_once(diary: Diary) -> None:
    lm = Scripted(["a", "b"])
    with dsp.context(callbacks=[diary]):
        lm("hello", temperature=0.5)
        asyncio.run(lm.acall(messages=[{"role": "user", "content": "hi"}]))
    assert [each["inputs"]["prompt"] for each in diary.of("lm_start")] == ["hello", None]
    assert diary.of("lm_start")[0]["inputs"]["kwargs"] == {"temperature": 0.5}
    assert len(diary.of("lm_end")) == 2


def test_an_lm_may_have_handlers_of_its_own(diary: Diary) -> None:
    lm = dsp.LM("extractive", callbacks=[diary])
    dsp.Predict("question -> answer", lm=lm)(question="q")
    dsp.Predict("question -> answer", lm=dsp.LM("extractive"))(question="q")
    assert diary.names() == ["lm_start", "lm_end"]
    assert diary.of("lm_start")[0]["instance"] is lm


def test_a_handler_of_one_module_is_told_of_that_modules_calls_alone(diary: Diary) -> None:
    program = dsp.Majority(dsp.Predict("question -> answer", callbacks=[diary]), n=2)
    with dsp.context(lm=Scripted(["a", "a"])):
        program(question="q")
    assert diary.names() == ["module_start", "module_end"] * 2
    assert {each["instance"] for each in diary.of("module_start")} == {program.program}


def test_handlers_are_given_to_a_module_of_ones_own_as_in_dspy(diary: Diary) -> None:
    class Own(dsp.Module):
        def __init__(self) -> None:
            super().__init__(callbacks=[diary])

        def forward(self, a: int, b: int = 2) -> dsp.Prediction:
            return dsp.Prediction(sum=a + b)

    program = Own().deepcopy()
    assert program(1).sum == 3
    assert diary.of("module_start")[0]["inputs"] == {"a": 1}
    assert program.callbacks == [diary]


def test_inputs_read_as_dspys_do_too(diary: Diary) -> None:
    with dsp.context(lm=Scripted(["a"]), callbacks=[diary]):
        dsp.Predict("question -> answer")(question="q")
    inputs = diary.of("module_start")[0]["inputs"]
    assert (inputs["question"], inputs["kwargs"]["question"], inputs["args"]) == ("q", "q", ())
    with pytest.raises(KeyError):
        inputs["answer"]


def test_a_handler_may_change_its_inputs_and_the_call_does_not_notice() -> None:
    class Spoils:
        def on_module_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None:
            inputs.clear()

    with dsp.context(lm=Scripted(["a"]), callbacks=[Spoils()]):
        assert dsp.Predict("question -> answer")(question="q").answer == "a"


def test_a_handler_that_raises_breaks_nothing_is_logged_once_and_the_others_are_told(
    diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    class Raises(dsp.BaseCallback):
        def on_lm_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None:
            raise RuntimeError("no disk")

        async def on_lm_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None:  # type: ignore[override]
            raise AssertionError("nobody awaits it")

    with dsp.context(lm=Scripted(["a", "b"]), callbacks=[Raises(), diary]), caplog.at_level(logging.WARNING):
        assert [dsp.Predict("question -> answer")(question="q").answer for _ in range(2)] == ["a", "b"]
    assert len(diary.of("lm_start")) == len(diary.of("lm_end")) == 2
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "Raises.on_lm_start raised RuntimeError: no disk" in said[0]
    assert "must be a plain function" in said[1]


def test_an_evaluation_and_a_compilation_are_told(diary: Diary) -> None:
    examples = [dsp.Example(question="q", answer="a").with_inputs("question")]
    program = dsp.Predict("question -> answer", lm=Scripted(["a"]))
    with dsp.context(callbacks=[diary]):
        evaluation = dsp.Evaluate(examples, ["em"])(program)
        compiled = dsp.LabeledFewShot(k=1).compile(program, trainset=examples)
    assert diary.of("evaluate_end")[0]["outputs"] is evaluation
    assert diary.of("compile_start")[0]["inputs"]["trainset"] == examples
    assert diary.of("compile_end")[0]["outputs"] is compiled


def test_what_holds_a_program_together_is_told_of_to_nobody(diary: Diary) -> None:
    inner = dsp.Predict("question -> answer")
    program = dsp.Ensemble([inner, inner.deepcopy()])
    with dsp.context(lm=Scripted(["a", "b"]), callbacks=[diary]):
        program(question="q")
    assert [type(each["instance"]).__name__ for each in diary.of("module_start")] == ["Ensemble", "Predict", "Predict"]


def test_callbacks_that_are_no_list_are_refused() -> None:
    with pytest.raises(InputError, match="callbacks must be a list of handlers"):
        dsp.configure(callbacks=Diary())


def test_where_nobody_listens_nothing_is_made(monkeypatch: pytest.MonkeyPatch, make_retriever: Any) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("nobody listens")

    monkeypatch.setattr(callbacks.Telling, "__init__", fail)
    with dsp.context(lm=Scripted(["a"]), rm=make_retriever([])):
        assert RAG()(question="q").answer == "a"
