from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dsp.types.messages import LMCompletion, LMRequest, LMResponse
from dsp.types.usage import Usage

COUNTS = st.integers(0, 10**6)
DOLLARS = st.one_of(st.none(), st.integers(0, 100).map(float))
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, DOLLARS, COUNTS, COUNTS)


def test_a_response_reads_as_the_completions_texts() -> None:
    response = LMResponse((LMCompletion("a"), LMCompletion("b", "length")))
    assert list(response) == ["a", "b"]
    assert response[1] == "b"
    assert response[:1] == ["a"]
    assert len(response) == 2


def test_a_requests_dictionary_is_json_and_holds_every_setting_that_decides() -> None:
    request = LMRequest(({"role": "user", "content": "hi"},), n=2, stop=("x",), seed=3, extra={"top_k": 4})
    plain = request.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["extra"] == {"top_k": 4}
    changed = [request.with_(**change) for change in ({"n": 3}, {"temperature": 1.0}, {"rollout": 1}, {"stop": ()})]
    assert all(other.to_dict() != plain for other in changed)


@given(st.lists(USAGES))
def test_the_total_is_the_sum_and_unknown_is_not_free(usages: list[Usage]) -> None:
    total = Usage.total(usages)
    assert total.calls == sum(usage.calls for usage in usages)
    assert total.cached_calls == sum(usage.cached_calls for usage in usages)
    assert total.prompt_tokens == sum(usage.prompt_tokens for usage in usages)
    assert total.completion_tokens == sum(usage.completion_tokens for usage in usages)
    assert total.cached_tokens == sum(usage.cached_tokens for usage in usages)
    assert total.retries == sum(usage.retries for usage in usages)
    if any(usage.usd is None for usage in usages):
        assert total.usd is None
    else:
        assert total.usd == sum(usage.usd or 0.0 for usage in usages)


def test_usage_as_json_has_the_fields_that_the_command_line_promises() -> None:
    assert Usage(1, 2, 3, 4, None, 5, 6).to_dict() == {
        "calls": 1,
        "cached_calls": 2,
        "retries": 6,
        "prompt_tokens": 3,
        "cached_tokens": 5,
        "completion_tokens": 4,
        "usd": None,
    }
