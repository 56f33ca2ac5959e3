"""`LMContract`: the laws of an LM, as tests. A new LM is one subclass away from trusted.

class TestMyLM(LMContract):
    def make_lm(self) -> LM:
        return MyLM(...)
"""

from __future__ import annotations

import asyncio
import copy
from concurrent.futures import ThreadPoolExecutor

from dsp.lms.base import request_of
from dsp.protocols import LM
from dsp.types.messages import LMResponse


class LMContract:
    """Subclass it, write `make_lm`, and run it with pytest. `make_lm` may be called many times."""

    prompt = "Say one word."

    def make_lm(self) -> LM:
        raise NotImplementedError("write make_lm: it returns the LM to test")

    def test_it_answers_exactly_n_completions(self) -> None:
        lm = self.make_lm()
        for n in (1, 2, 5):
            response = lm.complete(request_of(self.prompt, {"n": n}))
            assert len(response) == n
            assert all(isinstance(text, str) for text in response)

    def test_it_says_why_each_completion_ended(self) -> None:
        reasons = {"stop", "length", "content_filter", "tool_calls", "unknown"}
        response = self.make_lm().complete(request_of(self.prompt, {}))
        assert {completion.finish_reason for completion in response.completions} <= reasons

    def test_its_name_and_fingerprint_stay_the_same(self) -> None:
        first, second = self.make_lm(), self.make_lm()
        assert first.name
        assert first.name == second.name
        assert first.fingerprint
        assert first.fingerprint == second.fingerprint

    def test_equal_requests_at_temperature_zero_mean_the_same(self) -> None:
        lm = self.make_lm()
        request = request_of(self.prompt, {"temperature": 0.0})
        assert list(lm.complete(request)) == list(lm.complete(request))

    def test_both_faces_answer_alike(self) -> None:
        lm = self.make_lm()
        request = request_of(self.prompt, {"temperature": 0.0})
        assert list(asyncio.run(lm.acomplete(request))) == list(lm.complete(request))

    def test_many_threads_may_ask_at_once(self) -> None:
        lm = self.make_lm()
        requests = [request_of(f"{self.prompt} ({number})", {}) for number in range(16)]
        alone = [list(lm.complete(request)) for request in requests]
        with ThreadPoolExecutor(8) as pool:
            assert [list(response) for response in pool.map(lm.complete, requests)] == alone

    def test_many_tasks_may_ask_at_once_and_one_loop_after_another(self) -> None:
        lm = self.make_lm()
        requests = [request_of(f"{self.prompt} ({number})", {}) for number in range(16)]

        async def together() -> list[LMResponse]:
            return list(await asyncio.gather(*(lm.acomplete(request) for request in requests)))

        first = [list(response) for response in asyncio.run(together())]
        assert [list(response) for response in asyncio.run(together())] == first

    def test_what_it_costs_is_never_negative_and_counts_every_call(self) -> None:
        usage = self.make_lm().complete(request_of(self.prompt, {})).usage
        assert usage.calls + usage.cached_calls >= 1
        assert usage.prompt_tokens >= 0
        assert usage.completion_tokens >= 0
        assert usage.usd is None or usage.usd >= 0

    def test_a_copied_program_may_hold_it(self) -> None:
        lm = self.make_lm()
        assert copy.deepcopy(lm).name == lm.name
