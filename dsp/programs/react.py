"""`react`: an LM that searches as often as it wants to, up to a number of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dsp.errors import InputError
from dsp.modules.module import Module
from dsp.modules.multi_hop import AnswerFromPassages
from dsp.modules.react import ReAct
from dsp.modules.tools import Tool
from dsp.search.retrieve import retrieve
from dsp.trace import Trace, record
from dsp.types.prediction import Prediction
from indexes.passage import Hit


class ReActSearch(Module):
    """Answers a question with `ReAct` and one tool, the search for `k` passages. It needs an LM that follows
    instructions: the embedded one answers from nothing.

    The prediction holds what `ReAct`'s does, and `context`: all passages that its searches found, each once.
    """

    awaits_modules_only = True

    def __init__(self, *, k: int = 3, max_iters: int = 8) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one passage or more")
        self.k, self.max_iters = k, max_iters
        asked = AnswerFromPassages.delete("context")
        self.agent = ReAct(asked, tools=[Tool.of(retrieve_tool(k), name="search")], max_iters=max_iters)

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        with record() as trace:
            prediction = await self.agent.acall(question=question, config=config)
        return prediction.copy(context=_found(trace))


def retrieve_tool(k: int) -> Callable[[str], list[Hit]]:
    """The configured retriever as a tool: a function that keeps nothing but k, so that programs may be copied."""

    def search(query: str) -> list[Hit]:
        """Finds the passages that answer a query best."""
        return retrieve(query, k)

    return search


def _found(trace: Trace) -> list[Hit]:
    hits: dict[str, Hit] = {}
    for step in trace:
        if step.kind == "search":
            for hit in step.outputs["hits"]:
                hits.setdefault(hit.id, hit)
    return list(hits.values())
