from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, LMTimeoutError, ParseError, SettingsError
from dsp.lms.scripted import Scripted
from dsp.predict.complete import Request, acomplete, complete
from dsp.prompts.plain import PlainTemplate
from dsp.prompts.signature import Signature, make_signature
from dsp.trace import record
from dsp.types.messages import LMCompletion, Message

QA = make_signature("question -> answer")
TWO = make_signature("question -> first, second")
GOOD, BAD = "[[ ## first ## ]]\n1\n[[ ## second ## ]]\n2", "[[ ## first ## ]]\nonly"


def ask(signature: type[Signature], lm: Scripted, **config: Any) -> dsp.Completions:
    return complete(Request(signature, {"question": "q"}, lm=lm, config=config))


def test_completions_come_in_the_models_order_with_their_log_probabilities() -> None:
    lm = Scripted([LMCompletion("a", logprob=-1.0), LMCompletion("b", logprob=-0.5)])
    completions = ask(QA, lm, n=2)
    assert completions.unpack("answer") == ["a", "b"]
    assert completions.logprobs == [-1.0, -0.5]


def test_of_several_completions_those_that_cannot_be_read_are_left_out() -> None:
    lm = Scripted([LMCompletion(BAD, logprob=-9.0), LMCompletion(GOOD, logprob=-1.0), LMCompletion("", logprob=-8.0)])
    completions = ask(TWO, lm, n=3)
    assert [dict(each) for each in completions] == [{"first": "1", "second": "2"}]
    assert completions.logprobs == [-1.0]


def test_where_none_can_be_read_the_first_failure_is_raised_with_its_completion() -> None:
    with pytest.raises(ParseError) as caught:
        ask(TWO, Scripted([BAD, ""]), n=2)
    assert (caught.value.completion, caught.value.field, caught.value.found) == (BAD, "second", {"first": "only"})


def test_a_call_is_a_step_of_the_trace_even_where_it_cannot_be_read() -> None:
    with record() as trace:
        complete(Request(QA, {"question": "q"}, lm=Scripted(["a"]), name="qa", source=QA))
        with pytest.raises(ParseError):
            ask(TWO, Scripted([BAD]))
    good, bad = trace
    assert (good.kind, good.name, good.inputs, good.outputs) == ("predict", "qa", {"question": "q"}, {"answer": "a"})
    assert good.source is QA
    assert bad.outputs == {}
    assert trace.usage.calls == 2
    assert good.usage.completion_tokens == 1


def test_the_lms_own_errors_go_through() -> None:
    with pytest.raises(LMTimeoutError, match="too slow"):
        ask(QA, Scripted([LMTimeoutError("too slow")]))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "needs the input question; give question=…"),
        ({"question": None}, "needs the input question"),
        ({"question": "q", "query": "x"}, "has no input query; its inputs are question"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_before_anything_is_asked(inputs: Mapping[str, Any], said: str) -> None:
    lm = Scripted(["a"])
    with pytest.raises(InputError, match=said):
        complete(Request(QA, inputs, lm=lm))
    assert lm.requests == []


def test_falsy_inputs_are_inputs() -> None:
    lm = Scripted(["a"] * 3)
    for value in ("", 0, []):
        complete(Request(QA, {"question": value}, lm=lm))
    assert len(lm.requests) == 3


def test_settings_go_to_the_request_and_secrets_do_not() -> None:
    lm = Scripted(["a"])
    ask(QA, lm, temperature=0.5, max_tokens=7, top_k=3)
    request = lm.requests[0]
    assert (request.temperature, request.max_tokens, request.extra) == (0.5, 7, {"top_k": 3})
    with pytest.raises(InputError, match="api_key"):
        ask(QA, lm, api_key="sk-secret")


def test_the_lm_and_the_template_are_the_requests_own_or_else_the_configured_ones() -> None:
    own, configured = Scripted(["own"]), Scripted(["configured", "again"])
    with dsp.context(lm=configured, template=PlainTemplate()):
        assert complete(Request(QA, {"question": "q"}, lm=own)).answer == "own"
        assert complete(Request(QA, {"question": "q"})).answer == "configured"
    assert "Follow the following format." in own.requests[0].messages[0]["content"]

    class Shouting:
        name = "shouting"

        def render(
            self, signature: type[Signature], demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
        ) -> list[Message]:
            return [{"role": "user", "content": str(inputs).upper()}]

        def parse(self, signature: type[Signature], completion: str) -> dict[str, Any]:
            return {"answer": completion.upper()}

    with dsp.context(lm=configured):
        assert complete(Request(QA, {"question": "q"}, template=Shouting())).answer == "AGAIN"


def test_without_an_lm_it_says_how_to_configure_one() -> None:
    with pytest.raises(SettingsError, match=r"dsp\.configure\(lm="):
        complete(Request(QA, {"question": "q"}))


def test_awaited_it_does_the_same() -> None:
    lm = Scripted(["a", BAD])
    with record() as trace:
        assert asyncio.run(acomplete(Request(QA, {"question": "q"}, lm=lm))).answer == "a"
        with pytest.raises(ParseError):
            asyncio.run(acomplete(Request(TWO, {"question": "q"}, lm=lm)))
    assert trace.usage.calls == 2
