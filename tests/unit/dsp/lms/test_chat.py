from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import LMRequestError, LMResponseError
from dsp.lms.base import request_of
from dsp.lms.chat import body_of, read_answer


def read(body: object):
    return read_answer(json.dumps(body).encode(), "application/json", model="m", url="http://x/v1")


def choice(content: object, reason: str = "stop", **message: object) -> dict[str, object]:
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": reason}]}


def test_a_body_leaves_out_what_the_request_leaves_alone() -> None:
    assert set(body_of(request_of("x", {}), "m", {})) == {"model", "messages", "temperature"}


def test_a_body_holds_every_setting_and_the_requests_own_extras_win() -> None:
    request = request_of("x", {"n": 2, "max_tokens": 9, "top_p": 0.5, "stop": "a", "seed": 3, "logprobs": True})
    body = body_of(request, "m", {"logprobs": False, "user": "me"})
    assert body["n"] == 2
    assert body["stop"] == ["a"]
    assert (body["max_tokens"], body["top_p"], body["seed"]) == (9, 0.5, 3)
    assert (body["logprobs"], body["user"]) == (True, "me")


def test_half_a_surrogate_pair_is_refused_with_its_place() -> None:
    with pytest.raises(
        LMRequestError, match=r"message 0 \(user\) holds half a surrogate pair \(U\+D83D at character 2"
    ):
        body_of(request_of("ab\ud83d", {}), "m", {})


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_completion_comes_back_as_text_that_can_be_encoded(text: str) -> None:
    read_text = read(choice(text)).completions[0].text
    read_text.encode()
    if text == text.encode("utf-8", "replace").decode():
        assert read_text == text


@pytest.mark.parametrize(
    ("reason", "read_as"),
    [("stop", "stop"), ("length", "length"), ("function_call", "tool_calls"), ("eos", "unknown"), (None, "unknown")],
)
def test_the_finish_reason_is_one_of_ours(reason: str, read_as: str) -> None:
    assert read(choice("x", reason)).completions[0].finish_reason == read_as


def test_log_probabilities_of_tokens_add_up() -> None:
    body = choice("a b")
    body["choices"][0]["logprobs"] = {"content": [{"logprob": -0.5}, {"logprob": -1.25}]}  # type: ignore[index]
    assert read(body).completions[0].logprob == -1.75


def test_parts_of_content_are_joined_and_a_refusal_is_filtered_content() -> None:
    assert read(choice([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])).completions[0].text == "ab"
    refused = read(choice(None, refusal="I can't")).completions[0]
    assert (refused.text, refused.finish_reason) == ("I can't", "content_filter")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_no_text_is_an_empty_text_where_the_reason_explains_it(reason: str) -> None:
    assert read(choice(None, reason)).completions[0].text == ""


def test_usage_that_is_missing_or_nonsense_counts_as_none() -> None:
    for usage in (None, "many", {"prompt_tokens": None, "completion_tokens": -3}):
        answer = read({**choice("x"), "usage": usage})
        assert (answer.prompt_tokens, answer.completion_tokens) == (0, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><h1>Bad gateway</h1></html>", "is not JSON"),
        (b'{"choices": [{"mess', "is not JSON"),
        (b"", "0 bytes"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[]", "JSON list"),
        (b"null", "JSON NoneType"),
        (b'{"error": {"message": "overloaded"}}', "carries an error.*overloaded"),
        (b'{"choices": []}', "no choices"),
        (b'{"choices": null}', "no choices"),
        (b'{"choices": [null]}', "a choice has no text"),
        (b'{"choices": [{"message": null}]}', "a choice has no text"),
        (b'{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}', "a choice has no text"),
        (b'{"choices": [{"message": {"content": 7}}]}', "a choice has no text"),
        (b'{"choices": [{"message": {"content": null}, "finish_reason": "tool_calls"}]}', "a choice has no text"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_completion_is_refused_with_what_the_server_said(content: bytes, said: str) -> None:
    with pytest.raises(LMResponseError, match=said) as caught:
        read_answer(content, "text/html", model="m", url="http://x/v1")
    assert caught.value.evidence == content.decode("utf-8", "replace")[:2000]
    assert caught.value.retryable
