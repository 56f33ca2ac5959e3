from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import dsp
from dsp.lms.scripted import Scripted


def test_the_tokens_of_a_block_are_told_by_model() -> None:
    one, two = Scripted(lambda request: "a b", name="p/one"), Scripted(lambda request: "c", name="p/two")
    with dsp.track_usage() as outer:
        dsp.Predict("question -> answer", lm=one)(question="q")
        with dsp.track_usage() as inner:
            dsp.Predict("question -> answer", lm=two, n=2)(question="q")
    dsp.Predict("question -> answer", lm=one)(question="q")
    assert list(inner.get_total_tokens()) == ["p/two"]
    told = outer.get_total_tokens()
    assert (told["p/one"]["calls"], told["p/one"]["completion_tokens"], told["p/two"]["completion_tokens"]) == (1, 2, 2)
    assert told["p/one"]["total_tokens"] == told["p/one"]["prompt_tokens"] + 2  # type: ignore[operator]
    assert outer.usage.calls == 2


def test_threads_that_copy_the_context_are_counted_together() -> None:
    predict = dsp.Predict("question -> answer", lm=Scripted(lambda request: "a"))
    with dsp.track_usage() as tracker, ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(copy_context().run, predict, question=str(number)) for number in range(50)]:
            future.result()
    assert tracker.usage.calls == 50
