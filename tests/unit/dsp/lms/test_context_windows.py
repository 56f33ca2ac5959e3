from __future__ import annotations

import pytest

from dsp.errors import InputError
from dsp.lms.context_windows import CONTEXT_WINDOWS, context_window_of
from dsp.lms.openai import OpenAI
from dsp.lms.registry import PROVIDERS, lm_from_name


def _window(name: str, **options: object) -> int | None:
    lm = lm_from_name(name, **options)
    assert isinstance(lm, OpenAI)
    return lm.context_window


def test_a_models_date_does_not_hide_its_window() -> None:
    assert context_window_of("openai/gpt-4o-mini-2024-07-18") == context_window_of("openai/gpt-4o-mini") == 128_000
    assert context_window_of("openai/gpt-4o-mini-audio") is None


def test_a_known_window_belongs_to_the_providers_own_address_and_may_be_overruled() -> None:
    assert _window("openai/gpt-4.1") == _window("openai-responses/gpt-4.1") == 1_047_576
    assert _window("openai/gpt-4.1", base_url="http://127.0.0.1:9/v1") is None
    assert _window("openai/gpt-4.1", context_window=1000) == 1000
    assert _window("vllm/anything", context_window=8192) == 8192


def test_every_window_of_the_table_is_one_that_a_provider_here_can_have() -> None:
    assert {name.partition("/")[0] for name in CONTEXT_WINDOWS} <= set(PROVIDERS.names())


def test_a_window_below_one_token_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1 token, but got 0"):
        OpenAI("any", context_window=0)
