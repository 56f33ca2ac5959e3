from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMRequestError
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.modules.streamify import FieldPiece, streamify
from dsp.predict.stream import FieldReader
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import ensure_signature
from dsp.testing.server import Fault, LMServer

ANSWER = "The river Tinch,\n[or so] it is said: <Rathgar> - and\n* more of it."
COMPLETION = f"[[ ## reasoning ## ]]\nI think.\n\n[[ ## answer ## ]]\n{ANSWER}\n\n[[ ## completed ## ]]"


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer(COMPLETION, pause=0.001) as running:
        yield running


def parts_of(program: dsp.Module, *fields: str, **inputs: Any) -> list[Any]:
    async def collected() -> list[Any]:
        return [part async for part in streamify(program, *fields)(**inputs)]

    return asyncio.run(collected())


def texts(parts: list[Any], field: str) -> list[str]:
    return [part.text for part in parts if isinstance(part, FieldPiece) and part.field == field]


def test_a_field_comes_in_pieces_and_the_prediction_last(server: LMServer) -> None:
    with dsp.context(lm=OpenAI("test", base_url=server.base_url)):
        parts = parts_of(dsp.ChainOfThought("question -> answer"), "answer", question="Where?")
    pieces, prediction = parts[:-1], parts[-1]
    assert {(part.predictor, part.field) for part in pieces} == {("self", "answer")}
    assert "".join(texts(parts, "answer")) == prediction.answer == ANSWER
    assert len(pieces) > 5
    assert server.requests[0].body["stream"] is True


def test_several_fields_come_in_their_order_and_without_the_words_between(server: LMServer) -> None:
    with dsp.context(lm=OpenAI("test", base_url=server.base_url)):
        parts = parts_of(dsp.ChainOfThought("question -> answer"), "answer", "reasoning", question="Where?")
    assert ("".join(texts(parts, "reasoning")), "".join(texts(parts, "answer"))) == ("I think.", ANSWER)
    assert [part.field for part in parts[:-1]] == sorted((part.field for part in parts[:-1]), reverse=True)


def test_it_streams_outside_an_event_loop_and_from_a_plain_program(server: LMServer) -> None:
    class Plain(dsp.Module):
        def __init__(self) -> None:
            self.reader = dsp.ChainOfThought("question -> answer")

        def forward(self, question: str) -> dsp.Prediction:
            return self.reader(question=question)

    program = Plain()
    with dsp.context(lm=OpenAI("test", base_url=server.base_url)):
        parts = list(streamify(program, "answer", async_streaming=False)(question="Where?"))
    assert "".join(texts(parts, "answer")) == ANSWER
    assert {part.predictor for part in parts[:-1]} == {"reader"}
    assert program.reader.lm is None


def test_a_cache_and_an_lm_that_cannot_stream_give_it_in_one_piece(server: LMServer) -> None:
    with dsp.context(lm=cached(OpenAI("test", base_url=server.base_url), MemoryCache())):
        program = dsp.ChainOfThought("question -> answer")
        program(question="Where?")
        assert texts(parts_of(program, "answer", question="Where?"), "answer") == [ANSWER]
    assert len(server.requests) == 1
    with dsp.context(lm=Scripted([COMPLETION])):
        assert texts(parts_of(program, "answer", question="Where?"), "answer") == [ANSWER]


def test_an_error_surfaces_and_no_thread_is_left(server: LMServer) -> None:
    with dsp.context(lm=OpenAI("test", base_url=server.base_url)):
        program = dsp.ChainOfThought("question -> answer")
        list(streamify(program, "answer", async_streaming=False)(question="Where?"))
        threads = threading.active_count()
        server.fail(Fault.status(400, "no"))
        with pytest.raises(LMRequestError):
            parts_of(program, "answer", question="Where?")
        for _ in streamify(program, "answer", async_streaming=False)(question="Where?"):
            break
        assert threading.active_count() <= threads


@pytest.mark.parametrize(
    ("fields", "said"),
    [((), "needs a field"), (("title",), 'fills "title"; they fill count, reasoning'), (("count",), "holds text")],
)
def test_a_field_that_cannot_be_streamed_is_refused_before_anything_is_asked(
    fields: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        streamify(dsp.ChainOfThought("question -> count: int"), *fields)


_WORDS = st.text(st.sampled_from("ab [#]:-*`<>\n\\A"), max_size=40)


@given(st.sampled_from(["chat", "plain", "xml", "json"]), _WORDS, _WORDS, st.integers(1, 9))
def test_whatever_is_written_the_pieces_make_up_what_the_template_reads(
    name: str, reasoning: str, answer: str, size: int
) -> None:
    """Of what a perfect LM answers, cut anywhere: the pieces are the field, no more and no less."""
    signature = ensure_signature("question -> reasoning, answer")
    template = TEMPLATES.get(name)()
    demo = {"question": "q", "reasoning": f"r{reasoning}", "answer": f"a{answer}"}
    completion = _answered(template, signature, demo)
    told: list[str] = []
    reader = FieldReader(signature, template, "answer", told.append)
    for place in range(0, len(completion), size):
        reader.hear(completion[place : place + size])
    reader.finish(completion)
    assert "".join(told) == template.parse(signature, completion)["answer"]


def _answered(template: Any, signature: Any, demo: dict[str, str]) -> str:
    """What stands in the prompt as the answer of a demonstration."""
    messages = template.render(signature, [demo], {"question": "other"})
    if len(messages) > 1:
        return str(messages[-2]["content"])
    block = messages[0]["content"].split("\n\n---\n\n")[-2]
    return str(block.partition("Reasoning:")[2])


def test_listeners_name_fields_and_predictors_as_dspys_users_do() -> None:
    class Two(dsp.Module):
        awaits_modules_only = True

        def __init__(self) -> None:
            self.first = dsp.Predict("question -> answer", lm=Scripted(["one"]))
            self.second = dsp.Predict("question -> answer", lm=Scripted(["two"]))

        async def aforward(self, question: str) -> dsp.Prediction:
            await self.first.acall(question=question)
            return await self.second.acall(question=question)

    def pieces(program: Two, **options: Any) -> list[Any]:
        return list(dsp.streamify(program, async_streaming=False, **options)(question="q"))

    program = Two()
    by_name = dsp.streaming.StreamListener(signature_field_name="answer", predict_name="second")
    (piece, prediction) = pieces(program, stream_listeners=[by_name])
    assert isinstance(piece, dsp.streaming.StreamResponse)
    assert (piece.predict_name, piece.signature_field_name, piece.chunk) == ("second", "answer", "two")
    assert prediction.answer == "two"
    program = Two()
    itself = dsp.streaming.StreamListener("answer", predict=program.first)
    (piece,) = pieces(program, stream_listeners=[itself], include_final_prediction_in_output_stream=False)
    assert (piece.predict_name, piece.chunk) == ("first", "one")
    with pytest.raises(InputError, match='no predictor of this program fills "answer"'):
        pieces(program, stream_listeners=[dsp.streaming.StreamListener("answer", predict_name="third")])
