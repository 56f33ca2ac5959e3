from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMRequestError, LMResponseError
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import retrying
from dsp.lms.scripted import Scripted
from dsp.lms.structured import find_object, structured
from dsp.testing.server import Fault, LMServer

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def test_a_server_that_can_is_sent_the_schema() -> None:
    with LMServer('{"city": "Paris"}') as server:
        lm = structured(OpenAI("test", base_url=server.base_url), SCHEMA)
        assert json.loads(lm("Capital of France?")[0]) == {"city": "Paris"}
        assert server.requests[0].body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_server_that_cannot_is_told_in_words_from_then_on() -> None:
    with LMServer('Sure!\n```json\n{"city": "Paris"}\n```') as server:
        server.fail(Fault.status(400, "response_format is not supported", param="response_format"))
        lm = structured(OpenAI("test", base_url=server.base_url), SCHEMA)
        assert json.loads(lm("Capital of France?")[0]) == {"city": "Paris"}
        assert json.loads(lm("again")[0]) == {"city": "Paris"}
        assert ["response_format" in asked.body for asked in server.requests] == [True, False, False]
        assert '"required": ["city"]' in server.requests[1].body["messages"][0]["content"]


def test_another_refusal_is_not_mistaken_for_that() -> None:
    with LMServer() as server:
        server.fail(Fault.status(400, "too long"))
        lm = structured(OpenAI("test", base_url=server.base_url), SCHEMA)
        with pytest.raises(LMRequestError, match="too long"):
            lm("q")


@pytest.mark.parametrize(
    ("said", "what"), [("no idea", "there is no object in it"), ('{"town": "Paris"}', "the object lacks city")]
)
def test_an_answer_without_the_object_carries_what_was_said_and_is_worth_asking_again(said: str, what: str) -> None:
    lm = structured(Scripted([said]), SCHEMA)
    with pytest.raises(LMResponseError, match=what) as caught:
        lm("q")
    assert caught.value.evidence == said
    assert json.loads(retrying(structured(Scripted([said, '{"city": "P"}']), SCHEMA), first_wait=0.001)("q")[0])


def test_the_cache_below_keeps_what_the_model_said() -> None:
    inner = Scripted(['{"city": "Paris"}'])
    lm = structured(cached(inner, MemoryCache()), SCHEMA)
    assert lm("q")[0] == lm("q")[0]
    assert len(inner.requests) == 1


json_objects = st.dictionaries(
    st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each))
)


@given(json_objects, st.text(alphabet=st.characters(exclude_characters="{")), st.text())
def test_an_object_is_found_whatever_is_written_around_it(value: dict[str, Any], before: str, after: str) -> None:
    assert find_object(before + json.dumps(value) + after) == value


def test_a_schema_that_is_no_object_is_refused() -> None:
    with pytest.raises(InputError, match="must be of type"):
        structured(Scripted([]), {"type": "array"})
