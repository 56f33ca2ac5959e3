from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.lms.openai import OpenAI
from dsp.lms.stops import StopGuard, cut
from dsp.testing.server import LMServer
from dsp.types.messages import LMCompletion

texts = st.text(alphabet="ab\n", max_size=30)
stops = st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3).map(tuple)


@given(texts, stops, st.integers(1, 5))
def test_a_guarded_stream_is_the_beginning_of_the_cut_completion_and_misses_at_most_a_stops_length(
    text: str, stops: tuple[str, ...], size: int
) -> None:
    guard = StopGuard(stops)
    told = "".join(guard.feed(text[place : place + size]) for place in range(0, len(text), size))
    whole = cut(LMCompletion(text), stops).text
    assert whole.startswith(told)
    assert len(whole) - len(told) < max(map(len, stops), default=1)


@given(texts, stops)
def test_no_stop_string_is_left_in_a_cut_completion(text: str, stops: tuple[str, ...]) -> None:
    whole = cut(LMCompletion(text, "length"), stops)
    assert text.startswith(whole.text)
    assert not any(stop in whole.text for stop in stops)
    assert (whole.finish_reason == "stop") == any(stop in text for stop in stops)


def test_of_stop_strings_that_overlap_the_one_that_is_whole_first_ends_the_completion() -> None:
    assert cut(LMCompletion("a\na"), ("\n", "a\na")).text == "a"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_server_that_keeps_the_stop_string_or_goes_past_it_is_cut(streamed: bool) -> None:
    with LMServer("one two\nthree four") as server:
        lm = OpenAI("test", base_url=server.base_url)
        text = "".join(lm.stream("q", stop="\nthree")) if streamed else lm("q", stop="\nthree")[0]
        assert text == "one two"
