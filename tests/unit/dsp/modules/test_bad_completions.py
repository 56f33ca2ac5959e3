"""Whatever an LM writes: typed errors with their evidence, a bounded number of calls; the rest of a batch goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, ParseError, SignatureError, ToolError
from dsp.lms.scripted import Scripted
from dsp.prompts.registry import TEMPLATES
from dsp.types.messages import LMRequest, text_of

MEGABYTE = 1_000_000
DEEP = "[" * 10_000 + "]" * 10_000
OBJECTS = '{"a":' * 10_000 + "1" + "}" * 10_000
QUESTIONS = [dsp.Example(question=f"q{number}", names=["a"], year=1815).with_inputs("question") for number in range(4)]
GOOD = {
    "chat": '[[ ## names ## ]]\n["a"]\n[[ ## year ## ]]\n1815',
    "json": '{"names": ["a"], "year": 1815}',
    "xml": '<names>["a"]</names><year>1815</year>',
    "plain": '["a"]\nYear: 1815',
}
FORM = {
    "chat": "[[ ## names ## ]]\n{}\n[[ ## year ## ]]\n{}",
    "json": '{{"names": {}, "year": {}}}',
    "xml": "<names>{}</names><year>{}</year>",
    "plain": "{}\nYear: {}",
}
BAD: dict[str, Callable[[str], str]] = {
    "nothing": lambda template: "",
    "a field is missing": lambda template: GOOD[template].replace("year", "month").replace("Year", "Month"),
    "another language": lambda template: "Я не знаю, що відповісти. 私にはわかりません。",
    "a megabyte": lambda template: "x" * MEGABYTE,
    "a megabyte in the field": lambda template: FORM[template].format("[" + "1," * (MEGABYTE // 2), 1815),
    "a megabyte of brackets": lambda template: "{" * MEGABYTE,
    "nested too deep": lambda template: FORM[template].format(DEEP, 1815),
    "objects nested too deep": lambda template: OBJECTS,
    "of the wrong type": lambda template: FORM[template].format('{"not": "a list"}', '"soon"'),
}


def same(example: dsp.Example, prediction: dsp.Prediction, trace: Any = None) -> bool:
    return bool(example.names == prediction.names and example.year == prediction.year)


def lm_of(bad: str, template: str) -> Scripted:
    """Bad to one question, good to all others."""
    return Scripted(lambda request: bad if "q1" in text_of(request.messages[-1]) or _again(request) else GOOD[template])


def _again(request: LMRequest) -> bool:
    return "cannot be read" in text_of(request.messages[-1])


@pytest.mark.parametrize("template", TEMPLATES.names())
@pytest.mark.parametrize("case", BAD)
def test_the_question_fails_with_its_evidence_and_the_others_are_answered(case: str, template: str) -> None:
    bad = BAD[case](template)
    lm = lm_of(bad, template)
    program = dsp.Predict("question -> names: list[str], year: int")
    with dsp.context(lm=lm, template=template, repairs=1):
        evaluation = dsp.Evaluate(devset=QUESTIONS, metric=same, num_threads=1)(program)
        assert [bool(result.error) for result in evaluation.results] == [False, True, False, False]
        assert evaluation.score == 75.0
        assert evaluation.results[1].error.startswith("ParseError: ")
        assert len(evaluation.results[1].error) < 2000
        assert len(lm.requests) == len(QUESTIONS) + 1
        with pytest.raises(ParseError) as caught:
            program(question="q1")
    assert caught.value.completion == bad
    assert caught.value.field in ("names", "year")
    longest = max(len(text_of(message)) for request in lm.requests for message in request.messages)
    assert longest < 10_000  # of what could not be read, the LM is shown the beginning


READABLE: dict[str, Callable[[str], str]] = {
    "in a code fence": lambda template: f"```\n{'Names: ' * (template == 'plain')}{GOOD[template]}\n```",
    "with words around": lambda template: f"{GOOD[template]}\n" if template == "plain" else f"Well:\n{GOOD[template]}",
}


@pytest.mark.parametrize("template", TEMPLATES.names())
@pytest.mark.parametrize("case", READABLE)
def test_what_can_be_read_is_read(case: str, template: str) -> None:
    with dsp.context(lm=Scripted([READABLE[case](template)]), template=template, repairs=0):
        prediction = dsp.Predict("question -> names: list[str], year: int")(question="q")
    assert (prediction.names, prediction.year) == (["a"], 1815)


@pytest.mark.parametrize("template", ["chat", "json", "xml"])
def test_of_a_field_that_comes_twice_the_first_counts(template: str) -> None:
    with dsp.context(lm=Scripted([f"{GOOD[template]}\n{GOOD[template].replace('1815', '1900')}"]), template=template):
        assert dsp.Predict("question -> names: list[str], year: int")(question="q").year == 1815


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("question", '"->"'),
        ("question ->", "must ask for an output"),
        ("question -> question", "stands twice"),
        ("question -> class", "plain Python name"),
        ("question -> augmented", "no field may be called"),
        ("question -> answer -> more", '"->"'),
        ("question -> answer: nonsense", "type"),
        (" -> ", "must ask for an output"),
    ],
)
def test_signatures_that_say_nothing_or_twice_are_refused(spec: str, said: str) -> None:
    with pytest.raises(SignatureError, match=said):
        dsp.Predict(spec)


@pytest.mark.parametrize("name", ["keys", "items", "copy", "get", "forward", "demos_at", "completions", "config"])
def test_a_field_may_be_called_like_a_method(name: str) -> None:
    lm = Scripted(["said"])
    prediction = dsp.Predict(f"question -> {name}", lm=lm)(question="q")
    assert prediction[name] == "said"


@pytest.mark.parametrize("demos", ["text", {"question": "q"}, [7], ["text"], None, [[("question", "q")]]])
def test_demonstrations_of_the_wrong_type_are_refused_before_anything_is_asked(demos: Any) -> None:
    lm = Scripted([])
    predict = dsp.Predict("question -> answer", lm=lm)
    predict.demos = demos
    with pytest.raises(InputError, match="demonstration"):
        predict(question="q")
    assert lm.requests == []


def raising(query: str) -> str:
    raise RecursionError("for ever")


def junk(query: str) -> Any:
    return [object(), float("nan"), {"deep": [[[[]]]]}, b"\xff", "x" * MEGABYTE]


def leaving(query: str) -> str:
    raise SystemExit(1)


def step(tool: str) -> str:
    fields = {"next_thought": "I try.", "next_tool_name": tool, "next_tool_args": '{"query": "q"}'}
    return "\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in fields.items())


@pytest.mark.parametrize("tool", [raising, junk, leaving])
@pytest.mark.parametrize("awaited", [False, True])
def test_an_agent_whose_tools_fail_ends_after_so_many_steps(tool: Callable[..., Any], awaited: bool) -> None:
    end = "[[ ## reasoning ## ]]\nNothing.\n[[ ## answer ## ]]\nunknown"
    asks_for_the_answer = "`[[ ## answer ## ]]`"
    lm = Scripted(lambda request: end if asks_for_the_answer in text_of(request.messages[-1]) else step(tool.__name__))
    agent = dsp.ReAct("question -> answer", tools=[tool], max_iters=4)
    agent.set_lm(lm)
    prediction = asyncio.run(agent.acall(question="q")) if awaited else agent(question="q")
    assert prediction.answer == "unknown"
    assert len(lm.requests) == 5
    assert max(len(str(value)) for value in prediction.trajectory.values()) < 21_000


def test_a_tool_that_never_answers_is_left_and_told() -> None:
    end = threading.Event()
    tool = dsp.Tool(lambda: end.wait(60), name="hangs", timeout=0.05)
    with pytest.raises(ToolError, match=r"must answer within 0.05 s"):
        tool()
    end.set()


Make = Callable[[], dsp.Module]


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: dsp.MultiHop(k=1, hops=50, queries=3), 50),
        (lambda: dsp.Baleen(k=1, hops=50, queries=3), 150),
        (lambda: dsp.SelfAsk(k=1), 20),
    ],
)
def test_hops_without_end_come_to_an_end(
    make: Make, most: int, chat_lm: Callable[..., Scripted], retriever: Any
) -> None:
    lm = chat_lm(lambda name, inputs, request: {"enough": "no"}.get(name, f"more {len(lm.requests)}"))
    with dsp.context(lm=lm, rm=retriever):
        assert make()(question="Where did the writer of Emma grow up?").answer
    assert len(lm.requests) <= most


def test_a_batch_goes_on_past_what_fails() -> None:
    said: Sequence[str] = ["", "[[ ## answer ## ]]\na", "[[ ## answer ## ]]\nb"]
    with dsp.context(lm=Scripted(said), repairs=0):
        done = dsp.Predict("question -> answer").batch([{"question": str(n)} for n in range(3)], num_threads=1)
    assert [each.answer if each else None for each in done] == [None, "a", "b"]
