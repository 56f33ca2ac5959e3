from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dsp.errors import LMRateLimitError, LMRequestError
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMCompletion


def test_it_answers_line_by_line_and_remembers_what_it_was_asked() -> None:
    lm = Scripted(["one", "two"])
    assert [lm("first")[0], lm("second", temperature=0.7)[0]] == ["one", "two"]
    assert [request.messages[0]["content"] for request in lm.requests] == ["first", "second"]
    assert lm.requests[1].temperature == 0.7


def test_each_completion_takes_a_line_and_a_list_answers_a_whole_request() -> None:
    lm = Scripted(["one", "two", ["a", "b", "c"], "last"])
    assert list(lm("x", n=2)) == ["one", "two"]
    assert list(lm("x", n=3)) == ["a", "b", "c"]
    assert list(lm("x")) == ["last"]


def test_a_function_sees_the_request() -> None:
    lm = Scripted(lambda request: request.messages[-1]["content"].upper())
    assert list(lm("hi", n=2)) == ["HI", "HI"]


def test_a_line_may_be_a_completion_or_an_error() -> None:
    lm = Scripted([LMCompletion("half", "length"), LMRateLimitError("wait")])
    assert lm("x").completions[0].finish_reason == "length"
    with pytest.raises(LMRateLimitError):
        lm("x")


def test_a_script_that_runs_out_says_which_request_was_too_many() -> None:
    lm = Scripted(["only"])
    lm("x")
    with pytest.raises(LMRequestError, match="run out: this is request 2"):
        lm("x")


def test_a_list_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(LMRequestError, match="must answer 3 completions"):
        Scripted([["a", "b"]])("x", n=3)


def test_threads_share_a_script_and_no_line_is_given_twice() -> None:
    lm = Scripted([str(number) for number in range(200)])
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: lm("x")[0], range(200)))
    assert sorted(said, key=int) == [str(number) for number in range(200)]
    assert len(lm.requests) == 200


def test_usage_counts_calls_and_words() -> None:
    usage = Scripted(["three short words"])("two words").usage
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.usd) == (1, 2, 3, 0.0)
