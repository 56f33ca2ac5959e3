from __future__ import annotations

import pytest

from dsp.errors import InputError
from dsp.lms.openai import OpenAI
from dsp.lms.prices import Price, price_of
from dsp.lms.registry import lm_from_name


def test_cached_prompt_tokens_cost_their_own_price() -> None:
    assert Price(2.0, 8.0, 0.5).usd(1_000_000, 500_000, 400_000) == pytest.approx(1.2 + 0.2 + 4.0)
    assert Price(2.0, 8.0).usd(1_000_000, 0, 400_000) == 2.0


def test_a_models_date_does_not_hide_its_price() -> None:
    assert price_of("openai/gpt-4o-mini-2024-07-18") == price_of("openai/gpt-4o-mini") is not None
    assert price_of("openai/gpt-4o-mini-audio") is None


def test_a_price_belongs_to_the_providers_own_address() -> None:
    own = lm_from_name("openai/gpt-4o-mini", lookup=lambda _: None)
    elsewhere = lm_from_name("openai/gpt-4o-mini", base_url="http://127.0.0.1:9/v1")
    assert isinstance(own, OpenAI)
    assert isinstance(elsewhere, OpenAI)
    assert own.price is not None
    assert elsewhere.price is None


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        Price(-1.0, 0.0)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_a_server_on_this_machine_is_free(host: str) -> None:
    lm = lm_from_name(f"http://{host}:8000/v1#model")
    assert isinstance(lm, OpenAI)
    assert lm.price == Price(0, 0)


@pytest.mark.parametrize("host", ["llm.example.com", "10.0.0.5", "127.0.0.1.example.com", "localhost.example.com"])
def test_what_a_server_elsewhere_costs_is_unknown_and_never_nothing(host: str) -> None:
    lm = lm_from_name(f"http://{host}:8000/v1#model")
    assert isinstance(lm, OpenAI)
    assert lm.price is None
