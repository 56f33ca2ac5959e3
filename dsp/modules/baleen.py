"""`Baleen`: multi-hop search that condenses each hop into facts and stops when it knows enough.

After Khattab et al. 2021 (arXiv 2101.00436): every hop's passages are condensed, and what was condensed, not all that
was read, tells what to search for next. `MultiHop` is the plain form, whose prompts stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError, ParseError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.multi_hop import AnswerFromPassages
from dsp.modules.predict import Predict
from dsp.predict.majority import normalized
from dsp.prompts.fields import Field, InputField, OutputField
from dsp.prompts.signature import Signature, ensure_signature
from dsp.protocols import Retriever
from dsp.search.called import Called
from dsp.search.hops import retrieve_unseen
from dsp.search.retrieve import retrieve
from dsp.types.prediction import Prediction
from indexes.passage import Hit

ENOUGH = frozenset({"", "none", "nothing", "n/a", "enough", "no query"})
"""What a query writer says, normalised, when there is nothing left to search for."""


class CondenseHop(Signature):
    """State the facts in the passages that help to answer the question, and that the notes do not hold yet."""

    context = InputField(desc="passages that the last search found")
    notes = InputField(desc="facts found before")
    question = InputField()
    facts = OutputField(desc="one short sentence for each fact; none where there is nothing of use")


class NextQueryOrNone(Signature):
    """Write a search query that will find the missing fact for answering the question."""

    context = InputField(desc="passages that the last search found")
    notes = InputField(desc="facts found so far")
    question = InputField()
    search_query = OutputField(desc="a search query; none where the notes answer the question")


NOTES = Field("notes", "input", desc="facts found in the passages, hop by hop")


class Baleen(Module):
    """Answers a question over up to `hops` searches of `k` passages each, with notes from hop to hop.

        >>> from dsp.lms.scripted import Scripted
        >>> from indexes.passage import Passage
        >>> class Library:
        ...     def search(self, query, k):
        ...         return [Hit(Passage("1", "Emma", "Emma is a novel by Jane Austen."), 1.0, 1, "library")][:k]
        >>> program = Baleen(k=1, hops=3, queries=1, retriever=Library())
        >>> program.set_lm(Scripted([
        ...     "Jane Austen wrote Emma.",
        ...     "[[ ## reasoning ## ]]\\nThe notes say it.\\n[[ ## search_query ## ]]\\nnone",
        ...     "[[ ## reasoning ## ]]\\nIt is in the notes.\\n[[ ## answer ## ]]\\nJane Austen",
        ... ]))
        >>> prediction = program(question="Who wrote Emma?")
        >>> prediction.answer, prediction.notes, prediction.queries
        ('Jane Austen', ['Jane Austen wrote Emma.'], [])

    Each hop's passages are condensed to facts (a hop whose facts cannot be read adds none). The next queries are
    written from the facts and the last hop's passages, `queries` completions a hop, as in `MultiHop`. The search stops
    early where the query writer answers none, or writes only queries that it wrote before. The prediction holds
    `answer`, `reasoning`, `context` (all passages, as hits), `queries` and `notes`, hop by hop. A call's `config=` goes
    over the predictors' settings.
    """

    awaits_modules_only = True

    def __init__(
        self,
        signature: str | type[Signature] | Signature = AnswerFromPassages,
        *,
        k: int = 5,
        hops: int = 3,
        queries: int = 3,
        retriever: Retriever | Called | None = None,
    ) -> None:
        for name, value in (("k", k), ("hops", hops), ("queries", queries)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, but got {value}; ask for one or more")
        self.k, self.hops, self.queries = k, hops, queries
        self.retriever = retriever
        self.condense = Predict(CondenseHop)
        self.generate_query = [ChainOfThought(NextQueryOrNone, n=queries) for _ in range(hops - 1)]
        self.generate_answer = ChainOfThought(ensure_signature(signature).append(NOTES))

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        with configured(config):
            return await self._answered(question)

    async def _answered(self, question: str) -> Prediction:
        found = retrieve(question, self.k, retriever=self.retriever)
        context, notes = list(found), await self._noted(found, [], question)
        asked: list[list[str]] = []
        for write in self.generate_query:
            written = (await write.acall(context=found, notes=as_notes(notes), question=question)).completions
            if not (queries := _new(written.unpack("search_query"), asked)):
                break
            asked.append(queries)
            found = retrieve_unseen(queries, self.k, context, retriever=self.retriever)
            context = [*context, *found]
            notes = await self._noted(found, notes, question)
        prediction = await self.generate_answer.acall(context=context, question=question, notes=as_notes(notes))
        return prediction.copy(context=context, queries=asked, notes=notes)

    async def _noted(self, found: list[Hit], notes: list[str], question: str) -> list[str]:
        """The notes with this hop's facts. A fact that cannot be read is no reason to fail: its passages stay."""
        if not found:
            return notes
        try:
            condensed = await self.condense.acall(
                context=found, notes=as_notes(notes), question=question, config={"n": 1}
            )
        except ParseError:
            return notes
        facts = " ".join(str(condensed.facts).split())
        return notes if normalized(facts) in ENOUGH or facts in notes else [*notes, facts]


def as_notes(notes: list[str]) -> str:
    """The notes as a prompt shows them: a numbered line each."""
    return "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1)) or "none yet"


def _new(written: list[Any], asked: list[list[str]]) -> list[str]:
    """The queries that ask something, and something that was not asked before."""
    known = {normalized(query) for queries in asked for query in queries} | ENOUGH
    fresh: dict[str, str] = {}
    for query in map(str, written):
        if (form := normalized(query)) not in known:
            fresh.setdefault(form, query)
    return list(fresh.values())
