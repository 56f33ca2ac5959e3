"""The JSON template asks servers for structured output, and does without where there is none."""

from __future__ import annotations

import pytest

from dsp.errors import LMRequestError, ParseError
from dsp.lms.extractive import Extractive
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.predict.complete import Request, complete
from dsp.prompts.fields import OutputField
from dsp.prompts.signature import Signature, make_signature
from dsp.testing.server import Fault, LMServer

TYPED = make_signature("question -> names: list[str], year: int")
ANSWER = '{"names": ["Ann"], "year": 1815}'


def asked(server: LMServer) -> OpenAI:
    return OpenAI("any", base_url=server.base_url, key_required=False)


def test_a_server_is_asked_for_the_signatures_schema() -> None:
    with LMServer(answer=lambda body: ANSWER) as server:
        done = complete(Request(TYPED, {"question": "q"}, lm=asked(server), template="json"))
        form = server.requests[0].body["response_format"]
    assert dict(done[0]) == {"names": ["Ann"], "year": 1815}
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    assert form["json_schema"]["schema"] == {
        "type": "object",
        "properties": {"names": {"type": "array", "items": {"type": "string"}}, "year": {"type": "integer"}},
        "required": ["names", "year"],
        "additionalProperties": False,
    }


def test_a_server_that_refuses_it_is_asked_in_words_from_then_on() -> None:
    with LMServer(answer=lambda body: f"Here:\n{ANSWER}") as server:
        lm = asked(server)
        server.fail(Fault.status(400, "response_format is not supported", param="response_format"))
        for _ in range(2):
            assert complete(Request(TYPED, {"question": "q"}, lm=lm, template="json")).year == 1815
        bodies = [each.body for each in server.requests]
    assert ["response_format" in body for body in bodies] == [True, False, False]
    assert bodies[0]["messages"] == bodies[1]["messages"]


def test_other_refusals_are_the_servers_last_word() -> None:
    with LMServer(answer=lambda body: ANSWER) as server:
        server.fail(Fault.status(400, "no such model"))
        with pytest.raises(LMRequestError, match="no such model"):
            complete(Request(TYPED, {"question": "q"}, lm=asked(server), template="json"))
        assert len(server.requests) == 1


def test_a_model_in_this_process_is_asked_in_words_alone() -> None:
    lm = Scripted([ANSWER])
    complete(Request(TYPED, {"question": "q"}, lm=lm, template="json"))
    assert lm.requests[0].extra == {}


def test_templates_without_a_schema_ask_for_no_format() -> None:
    with LMServer(answer=lambda body: "a") as server:
        complete(Request(make_signature("question -> answer"), {"question": "q"}, lm=asked(server)))
        assert "response_format" not in server.requests[0].body


def test_a_schema_carries_the_fields_descriptions() -> None:
    class Described(Signature):
        answer: str = OutputField(desc="short")

    with LMServer(answer=lambda body: '{"answer": "a"}') as server:
        complete(Request(Described, {}, lm=asked(server), template="json"))
        schema = server.requests[0].body["response_format"]["json_schema"]["schema"]
    assert schema["properties"] == {"answer": {"type": "string", "description": "short"}}


@pytest.mark.parametrize("template", ["json", "xml"])
def test_the_embedded_reader_writes_neither_and_that_is_a_parse_error(template: str) -> None:
    with pytest.raises(ParseError) as caught:
        complete(Request(make_signature("question -> answer"), {"question": "q"}, lm=Extractive(), template=template))
    assert caught.value.field == "answer"
