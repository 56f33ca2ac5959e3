from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.trace import Step, Trace, append, from_json, held, meter, record, to_json
from dsp.types.example import Example
from dsp.types.usage import Usage
from indexes.passage import Hit, Passage

TEXTS = st.text(max_size=12)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
PASSAGES = st.builds(Passage, TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, JSON, max_size=2))
HITS = st.builds(Hit, PASSAGES, st.floats(allow_nan=False), st.integers(1, 100), TEXTS)


def step(name: str = "s", calls: int = 1) -> Step:
    return Step("predict", name, {}, {}, Usage(calls=calls, prompt_tokens=10))


def test_steps_come_in_the_order_in_which_they_were_done() -> None:
    with record() as trace:
        for name in "abc":
            append(step(name))
    assert [each.name for each in trace] == ["a", "b", "c"]
    assert trace.usage == Usage(calls=3, prompt_tokens=30)


def test_nothing_is_collected_outside_a_block() -> None:
    append(step())
    with record() as trace:
        pass
    append(step())
    assert len(trace) == 0


def test_an_outer_trace_receives_what_an_inner_one_does() -> None:
    with record() as outer:
        append(step("before"))
        with record() as inner, meter() as total:
            append(step("inside"))
        append(step("after"))
    assert [each.name for each in outer] == ["before", "inside", "after"]
    assert [each.name for each in inner] == ["inside"]
    assert total.usage == Usage(calls=1, prompt_tokens=10)


def test_a_trace_closes_when_its_block_fails() -> None:
    try:
        with record() as trace:
            raise RuntimeError
    except RuntimeError:
        append(step())
    assert len(trace) == 0


def test_threads_that_copy_the_context_write_to_the_same_trace_and_lose_nothing() -> None:
    with record() as trace, meter() as total:
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(lambda: [append(step()) for _ in range(50)],))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(trace) == 400
    assert total.usage.calls == 400


def test_a_thread_without_the_context_writes_to_nobodys_trace() -> None:
    with record() as trace:
        thread = threading.Thread(target=lambda: append(step()))
        thread.start()
        thread.join()
    assert len(trace) == 0


def test_a_trace_as_json_is_versioned_and_never_names_the_source() -> None:
    trace = Trace()
    trace.append(Step("search", "bm25", {"query": "q", "k": 1}, {"hits": []}, seconds=0.12345678, source=object()))
    plain = trace.to_dict()
    assert plain["format"] == "dsp.trace"
    assert plain["version"] == 1
    assert plain["steps"][0] == {
        "kind": "search",
        "name": "bm25",
        "inputs": {"query": "q", "k": 1},
        "outputs": {"hits": []},
        "usage": Usage().to_dict(),
        "seconds": 0.123457,
    }


@given(st.lists(st.one_of(PASSAGES, HITS), max_size=3))
def test_passages_and_hits_come_back_from_json_with_id_score_and_source(found: list[Passage | Hit]) -> None:
    back = from_json(json.loads(json.dumps(to_json({"context": found}))))
    assert back == {"context": found}
    for ours, theirs in zip(found, back["context"], strict=True):
        kept = theirs.passage if isinstance(theirs, Hit) else theirs
        given = ours.passage if isinstance(ours, Hit) else ours
        assert kept.metadata == given.metadata


@given(JSON)
def test_plain_json_stays_as_it_is(value: Any) -> None:
    assert to_json(value) == value


def test_what_json_does_not_know_becomes_a_text_and_mappings_objects() -> None:
    plain = to_json({"example": Example(a=1), "tuple": (1, 2), "other": Usage, 3: None})
    assert plain == {"example": {"a": 1}, "tuple": [1, 2], "other": str(Usage), "3": None}


def test_an_object_that_only_resembles_a_passage_stays_an_object() -> None:
    for value in ({"id": "a", "title": "b"}, {"id": "a", "title": "b", "text": "c", "answer": "d"}):
        assert from_json(value) == value


def test_steps_may_be_held_back_until_it_is_known_what_they_count() -> None:
    step = Step("predict", "answer", {}, {}, usage=Usage(calls=1))
    with record() as outer, meter() as cost:
        with held() as trace:
            append(step)
        assert (len(trace), len(outer), cost.usage.calls) == (1, 0, 0)
        append(step)
    assert (len(outer), cost.usage.calls) == (1, 1)


def test_what_is_held_back_is_passed_on_where_the_work_fails() -> None:
    step = Step("predict", "answer", {}, {}, usage=Usage(calls=1))

    def fails() -> None:
        with held():
            append(step)
            raise ValueError("failed")

    with record() as outer:
        with pytest.raises(ValueError, match="failed"):
            fails()
        append(step)
    assert len(outer) == 2


def test_steps_are_read_by_their_place_as_in_the_list_that_dspys_metrics_are_given() -> None:
    trace = Trace()
    for name in "abc":
        trace.append(Step("predict", name, {}, {}))
    assert (trace[0].name, trace[-1].name, [step.name for step in trace[1:]]) == ("a", "c", ["b", "c"])
    with pytest.raises(IndexError):
        _ = trace[3]


def test_a_step_unpacks_as_dspys_users_unpack_it() -> None:
    step = Step("predict", "answer", {"question": "q"}, {"answer": "a"}, source="who")
    source, inputs, outputs = step
    assert (source, inputs, outputs.answer) == ("who", {"question": "q"}, "a")
