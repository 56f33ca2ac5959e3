"""`MultiHop`: search, read, ask again, search again, answer.

The DSP paper's multi-hop program (Khattab et al. 2022, section 2): the first hop searches the question; in every
later one the LM reads what was found and writes queries for what is missing; only passages not seen before are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dsp.errors import InputError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.prompts.fields import InputField, OutputField
from dsp.prompts.signature import Signature
from dsp.protocols import Retriever
from dsp.search.called import Called
from dsp.search.hops import retrieve_unseen
from dsp.search.retrieve import retrieve
from dsp.types.prediction import Prediction
from indexes.passage import Hit


class NextQuery(Signature):
    """Write a search query that will find the missing fact for answering the question."""

    context = InputField(desc="passages found so far")
    question = InputField()
    search_query = OutputField(desc="a search query")


class AnswerFromPassages(Signature):
    """Answer the question with a short factoid answer."""

    context = InputField(desc="passages that may hold the answer")
    question = InputField()
    answer = OutputField(desc="often between 1 and 5 words")


class MultiHop(Module):
    """Answers a question over `hops` searches of `k` passages each.

        >>> from dsp.lms.scripted import Scripted
        >>> books = {"Emma": "Emma is by Jane Austen.", "Jane Austen": "Jane Austen grew up in Steventon."}
        >>> search = lambda query, k: [text for name, text in books.items() if name in query][:k]
        >>> hops = MultiHop(k=1, queries=1, retriever=search)
        >>> hops.set_lm(Scripted([
        ...     "[[ ## reasoning ## ]]\\nWho wrote it is found.\\n[[ ## search_query ## ]]\\nJane Austen",
        ...     "[[ ## reasoning ## ]]\\nIt says so.\\n[[ ## answer ## ]]\\nSteventon",
        ... ]))
        >>> prediction = hops(question="Where did the author of Emma grow up?")
        >>> prediction.answer, prediction.queries, len(prediction.context)
        ('Steventon', [['Jane Austen']], 2)

    `queries` is how many completions of the query writer are searched at each later hop, fused by reciprocal rank.
    At temperature 0 an LM that gives its n best completions gives different queries; one that repeats itself gives
    one. A hop that finds nothing new is the last. The prediction holds `answer`, `reasoning`, `context` (all passages,
    as hits) and `queries` (hop by hop).
    A call's `config=` goes over the predictors' settings. `Baleen` condenses the hops and stops when it knows enough.
    """

    awaits_modules_only = True
    step: ClassVar[type[Predict]] = ChainOfThought
    """What writes the queries and the answer; `Predict`, in a subclass, writes no reasoning."""

    def __init__(
        self,
        signature: str | type[Signature] | Signature = AnswerFromPassages,
        *,
        k: int = 5,
        hops: int = 2,
        queries: int = 3,
        retriever: Retriever | Called | None = None,
    ) -> None:
        for name, value in (("k", k), ("hops", hops), ("queries", queries)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, but got {value}; ask for one or more")
        self.k, self.hops, self.queries = k, hops, queries
        self.retriever = retriever
        self.generate_query = [self.step(NextQuery, n=queries) for _ in range(hops - 1)]
        self.generate_answer = self.step(signature)

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        with configured(config):
            return await self._answered(question)

    async def _answered(self, question: str) -> Prediction:
        context: list[Hit] = retrieve(question, self.k, retriever=self.retriever)
        asked: list[list[str]] = []
        for write in self.generate_query:
            written = (await write.acall(context=context, question=question)).completions
            queries = [str(query) for query in written.unpack("search_query")]
            asked.append(list(dict.fromkeys(queries)))
            new = retrieve_unseen(queries, self.k, context, retriever=self.retriever)
            if not new:  # further hops would read the same passages again
                break
            context = [*context, *new]
        prediction = await self.generate_answer.acall(context=context, question=question)
        return prediction.copy(context=context, queries=asked)
