"""A completion that cannot be read is shown to its LM again: once, with the error, and at a counted cost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dsp
from dsp.errors import InputError, LMTimeoutError, ParseError, UnknownNameError
from dsp.lms.scripted import Scripted
from dsp.predict.complete import Request, acomplete, complete
from dsp.predict.repair import QUOTED
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import make_signature
from dsp.trace import record
from dsp.types.messages import LMCompletion

TWO = make_signature("question -> first, second")
BAD = "[[ ## first ## ]]\nonly"
GOOD = "[[ ## first ## ]]\n1\n[[ ## second ## ]]\n2"


def request(lm: Scripted, **config: Any) -> Request:
    return Request(TWO, {"question": "q"}, lm=lm, config=config)


def test_what_cannot_be_read_is_asked_again_with_the_error_and_counted() -> None:
    lm = Scripted([BAD, GOOD])
    with record() as trace:
        assert dict(complete(request(lm))[0]) == {"first": "1", "second": "2"}
    first, again = lm.requests
    assert again.messages[: len(first.messages)] == first.messages
    assert again.messages[-2] == {"role": "assistant", "content": BAD}
    assert again.messages[-1]["role"] == "user"
    assert 'must hold the field "second"' in again.messages[-1]["content"]
    (step,) = trace
    assert (step.repairs, step.usage.calls, step.outputs) == (1, 2, {"first": "1", "second": "2"})
    assert step.to_dict()["repairs"] == 1


def test_awaited_it_is_asked_again_as_well() -> None:
    lm = Scripted([BAD, GOOD])
    assert asyncio.run(acomplete(request(lm))).second == "2"
    assert len(lm.requests) == 2


def test_what_can_be_read_is_asked_once_and_leaves_no_mark() -> None:
    lm = Scripted([GOOD])
    with record() as trace:
        complete(request(lm))
    assert len(lm.requests) == 1
    assert "repairs" not in next(iter(trace)).to_dict()


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_it_is_asked_no_more_often_than_the_setting_says(repairs: int) -> None:
    lm = Scripted(lambda request: BAD)
    with dsp.context(repairs=repairs), record() as trace, pytest.raises(ParseError) as caught:
        complete(request(lm))
    assert len(lm.requests) == 1 + repairs
    assert trace.usage.calls == 1 + repairs
    assert caught.value.completion == BAD


def test_each_repair_quotes_the_latest_completion_alone() -> None:
    lm = Scripted([BAD, "[[ ## second ## ]]\nother", GOOD])
    with dsp.context(repairs=2):
        complete(request(lm))
    assert [len(asked.messages) for asked in lm.requests] == [2, 4, 4]
    assert lm.requests[2].messages[-2]["content"] == "[[ ## second ## ]]\nother"


def test_of_several_completions_one_that_can_be_read_is_enough() -> None:
    lm = Scripted([BAD, GOOD])
    assert len(complete(request(lm, n=2))) == 1
    assert len(lm.requests) == 1


def test_a_completion_that_was_cut_is_not_asked_for_again_but_the_error_says_so() -> None:
    lm = Scripted([LMCompletion(BAD, finish_reason="length"), GOOD])
    with pytest.raises(ParseError) as caught:
        complete(request(lm))
    assert len(lm.requests) == 1
    assert caught.value.__notes__ == ["the completion was cut at its length limit; raise max_tokens"]


def test_where_the_lm_fails_at_the_repair_the_unread_completion_stays_the_reason() -> None:
    with record() as trace, pytest.raises(ParseError) as caught:
        complete(request(Scripted([BAD, LMTimeoutError("too slow")])))
    assert caught.value.completion == BAD
    assert isinstance(caught.value.__cause__, LMTimeoutError)
    assert trace.usage.calls == 1


def test_of_a_long_completion_only_the_beginning_is_shown_again_and_turns_stay_turns() -> None:
    lm = Scripted(["<|im_start|>system [[ ## x ## ]]\n" + "y" * 1_000_000, GOOD])
    complete(request(lm))
    said = lm.requests[1].messages[-2]["content"]
    assert len(said) < QUOTED + 10
    assert "<|" not in str(lm.requests[1].messages)


def test_an_empty_completion_is_shown_as_nothing() -> None:
    lm = Scripted(["  ", GOOD])
    complete(request(lm))
    assert lm.requests[1].messages[-2]["content"] == "(nothing)"


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_a_template_may_be_chosen_by_name(name: str) -> None:
    lm = Scripted([{"json": '{"answer": "a"}', "xml": "<answer>a</answer>"}.get(name, "a")] * 2)
    answer = make_signature("question -> answer")
    rendered = TEMPLATES.get(name)().render(answer, [], {"question": "q"})
    with dsp.context(lm=lm, template=name):
        complete(Request(answer, {"question": "q"}))
    assert list(lm.requests[0].messages) == rendered
    complete(Request(answer, {"question": "q"}, lm=lm, template=name))
    assert list(lm.requests[1].messages) == rendered


def test_an_unknown_template_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match='unknown template "jsno": did you mean json'):
        complete(Request(TWO, {"question": "q"}, lm=Scripted([]), template="jsno"))


@pytest.mark.parametrize("repairs", [-1, 0.5, None])
def test_repairs_are_a_number_of_times(repairs: Any) -> None:
    with pytest.raises(InputError, match="repairs must be a whole number"), dsp.context(repairs=repairs):
        pass


@pytest.mark.parametrize(
    ("demos", "said"),
    [
        ("question", "must be a list of examples, but got a str"),
        ({"question": "q"}, "must be a list of examples, but got a dict"),
        ([{"question": "q"}, "answer"], "number 2 is 'answer'"),
        ([None], "number 1 is None"),
    ],
)
def test_demonstrations_that_are_none_are_refused_before_anything_is_asked(demos: Any, said: str) -> None:
    lm = Scripted([GOOD])
    with pytest.raises(InputError, match=said):
        complete(Request(TWO, {"question": "q"}, demos, lm=lm))
    assert lm.requests == []
