from __future__ import annotations

import copy

import pytest

from dsp.errors import InputError
from dsp.lms.base import further, request_of
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest


def test_a_prompt_is_one_message_of_the_user() -> None:
    assert request_of("Hello", {}).messages == ({"role": "user", "content": "Hello"},)


def test_settings_that_no_request_names_go_to_the_server_as_they_are() -> None:
    request = request_of("Hello", {"temperature": 0.5, "stop": "\n", "reasoning_effort": "low"})
    assert (request.temperature, request.stop, request.extra) == (0.5, ("\n",), {"reasoning_effort": "low"})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"n": 0}, "n must be at least 1, but got 0"),
        ({"temperature": -1}, "temperature must be 0 or more, but got -1"),
        ({"api_key": "sk-secret"}, "carries no keys and no addresses, but got api_key"),
        ({"extra_headers": {"Authorization": "sk-secret"}}, "but got extra_headers"),
    ],
)
def test_settings_that_cannot_be_are_refused_without_repeating_a_secret(config: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        request_of("Hello", config)
    assert "sk-secret" not in str(caught.value)


def test_no_messages_are_refused() -> None:
    with pytest.raises(InputError, match="at least one message"):
        Scripted(["x"])(messages=[])


def test_a_seed_moves_on_with_what_is_there_already() -> None:
    request = LMRequest(({"role": "user", "content": "Hello"},), n=5, seed=7)
    assert further(request, 0, 5) is request
    assert (further(request, 3, 2).seed, further(request, 3, 2).n) == (10, 2)
    assert further(request.with_(seed=None), 3, 2).seed is None


def test_a_copied_program_shares_its_lm() -> None:
    lm = Scripted(["x"])
    assert copy.deepcopy({"lm": lm})["lm"] is lm
