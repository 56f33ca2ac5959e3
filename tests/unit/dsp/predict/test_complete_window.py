"""A prompt that is longer than its LM's window gives up demonstrations, then passages, and never a part of a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, PromptTooLongError
from dsp.lms.base import LocalLM
from dsp.lms.budgeted import Budget, budgeted
from dsp.lms.scripted import Scripted
from dsp.predict.complete import Request, complete
from dsp.predict.window import estimate, fitted
from dsp.prompts.chat import ChatTemplate
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import make_signature
from dsp.trace import record
from dsp.types.messages import LMRequest, LMResponse, Message
from indexes.passage import Hit, Passage

QA = make_signature("context, question -> answer")
TEMPLATE = ChatTemplate()


def hits(number: int, size: int = 400) -> list[Hit]:
    return [
        Hit(Passage(f"p{rank}", f"Title {rank}", "word " * (size // 5)), 1.0 / rank, rank, "x")
        for rank in range(1, number + 1)
    ]


def demos(number: int) -> list[dict[str, Any]]:
    return [{"question": f"demo {place} " + "x" * 400, "answer": "a"} for place in range(number)]


def tokens(shots: int, passages: Sequence[Hit], question: str = "q") -> int:
    return estimate(TEMPLATE.render(QA, demos(shots), {"context": passages, "question": question}))


def ask(shots: int, passages: Sequence[Hit], room: int, question: str = "q") -> tuple[Scripted, Any]:
    lm = Scripted(["a"])
    with dsp.context(context_window=room + 50), record() as trace:
        given = {"context": passages, "question": question}
        complete(Request(QA, given, demos(shots), lm=lm, config={"max_tokens": 50}))
    return lm, next(iter(trace))


def test_what_fits_is_left_alone() -> None:
    lm, step = ask(3, hits(3), tokens(3, hits(3)))
    assert list(lm.requests[0].messages) == TEMPLATE.render(QA, demos(3), {"context": hits(3), "question": "q"})
    assert step.dropped == {}
    assert "dropped" not in step.to_dict()


def test_demonstrations_go_first_from_the_last_and_no_more_than_must() -> None:
    lm, step = ask(5, hits(3), tokens(3, hits(3)))
    assert list(lm.requests[0].messages) == TEMPLATE.render(QA, demos(3), {"context": hits(3), "question": "q"})
    assert step.dropped == {"demos": 2}
    assert step.to_dict()["dropped"] == {"demos": 2}


def test_then_passages_go_from_the_lowest_ranked_and_the_trace_says_which() -> None:
    shuffled = [hits(5)[place] for place in (4, 0, 3, 1, 2)]
    lm, step = ask(2, shuffled, tokens(0, hits(3)))
    assert step.dropped == {"demos": 2, "passages": {"context": ["p5", "p4"]}}
    assert [hit.passage.id for hit in step.inputs["context"]] == ["p1", "p2", "p3"]
    assert "Title 4" not in lm.requests[0].messages[-1]["content"]


def test_passages_that_were_never_ranked_count_in_their_order() -> None:
    plain = [hit.passage for hit in hits(3)]
    room = estimate(TEMPLATE.render(QA, [], {"context": plain[:2], "question": "q"}))
    with dsp.context(context_window=room), record() as trace:
        complete(Request(QA, {"context": plain, "question": "q"}, lm=Scripted(["a"]), config={"max_tokens": 0}))
    assert next(iter(trace)).dropped == {"passages": {"context": ["p3"]}}


def test_what_still_does_not_fit_is_refused_and_says_by_how_much() -> None:
    least = tokens(0, hits(1), "q" * 1000)
    lm = Scripted([])
    given = {"context": hits(4), "question": "q" * 1000}
    request = Request(QA, given, demos(4), lm=lm, config={"max_tokens": 50})
    with dsp.context(context_window=least + 50 - 7), pytest.raises(PromptTooLongError, match="7 too many") as caught:
        complete(request)
    assert (caught.value.tokens, caught.value.room) == (least, least - 7)
    assert isinstance(caught.value, InputError)
    assert lm.requests == []


def test_lists_of_texts_and_long_texts_are_fields_and_are_not_cut() -> None:
    with dsp.context(context_window=200), pytest.raises(PromptTooLongError):
        complete(Request(QA, {"context": ["text " * 100] * 4, "question": "q"}, lm=Scripted([])))


class Windowed(LocalLM):
    """An LM that knows its window and counts words."""

    context_window = 300
    name = "windowed"

    def __init__(self) -> None:
        self.inside = Scripted(lambda request: "a")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"].split()) for message in messages)

    def complete(self, request: LMRequest) -> LMResponse:
        return self.inside.complete(request)


def test_an_lm_that_knows_its_window_and_counts_is_asked_also_inside_of_wrappers() -> None:
    lm = Windowed()
    with record() as trace:
        for model in (lm, budgeted(lm, Budget(calls=10))):
            given = {"context": hits(6), "question": "q"}
            complete(Request(QA, given, lm=model, config={"max_tokens": 30}))
    assert len({str(step.dropped) for step in trace}) == 1
    for asked in lm.inside.requests:
        assert 150 < lm.count_tokens(asked.messages) <= 270


def test_without_max_tokens_an_eighth_is_the_completions() -> None:
    least = tokens(0, hits(1))
    exact = next(window for window in range(least, 2 * least) if window - window // 8 >= least)
    for window, fits in ((exact, True), (exact - 1, False)):
        with dsp.context(context_window=window):
            request = Request(QA, {"context": hits(1), "question": "q"}, lm=Scripted(["a"]))
            if fits:
                complete(request)
            else:
                with pytest.raises(PromptTooLongError):
                    complete(request)


@pytest.mark.parametrize("window", [0, -1, "8k", 1.5])
def test_a_window_is_a_number_of_tokens(window: Any) -> None:
    with (
        pytest.raises(InputError, match="context_window must be a number of tokens"),
        dsp.context(context_window=window),
    ):
        pass


@pytest.mark.parametrize("name", TEMPLATES.names())
@given(st.integers(0, 4), st.integers(0, 4), st.integers(50, 1500))
def test_whatever_the_window_the_prompt_fits_or_is_refused(name: str, shots: int, found: int, window: int) -> None:
    template, lm = TEMPLATES.get(name)(), Scripted([])
    given = {"context": hits(found), "question": "q"}
    least = estimate(template.render(QA, [], {**given, "context": hits(found)[:1]}))
    if least > window:
        with pytest.raises(PromptTooLongError, match=f"{least - window} too many"):
            fitted(template, QA, demos(shots), given, lm, window, 0)
        return
    prompt = fitted(template, QA, demos(shots), given, lm, window, 0)
    assert estimate(prompt.messages) <= window
    kept, shown = shots - prompt.dropped.get("demos", 0), prompt.inputs["context"]
    assert prompt.messages == template.render(QA, demos(shots)[:kept], {**given, "context": shown})
    assert shown == hits(found)[: len(shown)]
    assert len(shown) == found or kept == 0


def test_tokens_are_estimated_by_bytes() -> None:
    assert estimate([{"role": "user", "content": "x" * 40}]) == 14
    assert estimate([{"role": "user", "content": "東京"}]) == 6
