"""A hop that finds nothing new is the last: further ones would read the same passages again."""

from __future__ import annotations

from typing import Any

from dsp.configuration import context
from dsp.modules.multi_hop import MultiHop
from dsp.trace import record


def test_a_small_corpus_is_not_searched_for_ever(world: Any, retriever: Any, oracle: Any) -> None:
    program = MultiHop(k=50, hops=500)
    with context(lm=oracle, rm=retriever), record() as trace:
        prediction = program(question=world.question("Solaris"))
    assert len(prediction.queries) == 1
    assert len([step for step in trace if step.kind == "predict"]) == 2
