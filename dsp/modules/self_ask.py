"""`SelfAsk`: ask oneself the questions on the way to the answer, and search for each (Press et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.modules.attempts import configured
from dsp.modules.baleen import ENOUGH
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
from dsp.types.prediction import Prediction
from indexes.passage import Hit


class FollowUp(Signature):
    """Ask the next simple question whose answer is needed on the way to answering the question."""

    context = InputField(desc="passages found so far")
    question = InputField()
    answered = InputField(desc="follow-up questions so far, with their answers")
    follow_up_query = OutputField(desc="a follow-up question to search for; none where no more is needed")


class IntermediateAnswer(Signature):
    """Answer the question with a short factoid answer from the passages."""

    context = InputField(desc="passages found for the question")
    question = InputField()
    answer = OutputField(desc="often between 1 and 5 words")


ANSWERED = Field("answered", "input", desc="follow-up questions with their answers")


class SelfAsk(Module):
    """Answers a question by way of up to `follow_ups` questions of its own, each searched and answered.

        >>> from dsp.lms.scripted import Scripted
        >>> from indexes.passage import Passage
        >>> class Library:
        ...     def search(self, query, k):
        ...         return [Hit(Passage("1", "Emma", "Emma is a novel by Jane Austen."), 1.0, 1, "library")][:k]
        >>> program = SelfAsk(k=1, retriever=Library())
        >>> program.set_lm(Scripted([
        ...     "Who wrote Emma?",
        ...     "Jane Austen",
        ...     "none",
        ...     "[[ ## reasoning ## ]]\\nShe wrote it.\\n[[ ## answer ## ]]\\nJane Austen",
        ... ]))
        >>> prediction = program(question="Which woman wrote Emma?")
        >>> prediction.answer, prediction.follow_ups
        ('Jane Austen', [('Who wrote Emma?', 'Jane Austen')])

    It stops asking where the LM says none, or asks again what it asked before. The prediction holds `answer`,
    `reasoning`, `context` (all passages, as hits), `queries` (as `MultiHop`'s) and `follow_ups`, each with its answer.
    A call's `config=` goes over the predictors' settings.
    """

    awaits_modules_only = True

    def __init__(
        self,
        signature: str | type[Signature] | Signature = AnswerFromPassages,
        *,
        k: int = 5,
        follow_ups: int = 3,
        retriever: Retriever | Called | None = None,
    ) -> None:
        for name, value in (("k", k), ("follow_ups", follow_ups)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, but got {value}; ask for one or more")
        self.k, self.follow_ups = k, follow_ups
        self.retriever = retriever
        self.ask = Predict(FollowUp)
        self.answer_follow_up = Predict(IntermediateAnswer)
        self.generate_answer = ChainOfThought(ensure_signature(signature).append(ANSWERED))

    async def aforward(self, question: str, *, config: Mapping[str, Any] | None = None) -> Prediction:
        with configured(config):
            return await self._answered(question)

    async def _answered(self, question: str) -> Prediction:
        context: list[Hit] = retrieve_unseen([question], self.k, [], retriever=self.retriever)
        answered: list[tuple[str, str]] = []
        known = set(ENOUGH)
        for _ in range(self.follow_ups):
            asked = await self.ask.acall(context=context, question=question, answered=as_dialogue(answered))
            follow_up = " ".join(str(asked.follow_up_query).split())
            if normalized(follow_up) in known:
                break
            known.add(normalized(follow_up))
            found = retrieve_unseen([follow_up], self.k, context, retriever=self.retriever)
            context = [*context, *found]
            reply = await self.answer_follow_up.acall(context=found or context, question=follow_up)
            answered.append((follow_up, " ".join(str(reply.answer).split())))
        prediction = await self.generate_answer.acall(
            context=context, question=question, answered=as_dialogue(answered)
        )
        return prediction.copy(context=context, queries=[[asked] for asked, _ in answered], follow_ups=answered)


def as_dialogue(answered: list[tuple[str, str]]) -> str:
    """Questions and answers as a prompt shows them: a line each pair."""
    return "\n".join(f"{number}. {asked} — {reply}" for number, (asked, reply) in enumerate(answered, 1)) or "none yet"
