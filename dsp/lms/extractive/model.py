"""`Extractive`: the language model that is always there. It reads; it does not know."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from dsp.lms.base import LocalLM
from dsp.lms.extractive.answers import Answer, AnswerDemo, answer, learn_answers
from dsp.lms.extractive.arrays import Floats
from dsp.lms.extractive.bridges import bridge_table
from dsp.lms.extractive.caches import BoundedCache
from dsp.lms.extractive.cues import answer_offsets, style_after
from dsp.lms.extractive.features.names import ANSWER_FEATURES
from dsp.lms.extractive.prompt import Prompt, context_of, output_role, question_of
from dsp.lms.extractive.queries import Query, QueryDemo, QuerySkill, learn_queries, write_queries
from dsp.lms.extractive.reading import read
from dsp.lms.extractive.table import answer_table
from dsp.lms.extractive.text import count_tokens, first_tokens, normalize
from dsp.lms.extractive.weights import load
from dsp.lms.extractive.writing import write_completion
from dsp.types.messages import FinishReason, LMCompletion, LMRequest, LMResponse, text_of
from dsp.types.usage import Usage

VERSION = 1

PLAIN_ANSWER = (
    "This model only reads passages: ask it with a signature that has a question and a context, "
    "and it answers from the context."
)
"""What it says to a prompt that follows no template."""

_REMEMBERED = 32_000_000
_ITEM_MARK = re.compile(r"^\s*(?:\[\d+\]|\d+[.)]|[-*•])\s*")

_ANSWER_SKILLS: BoundedCache[tuple[float, tuple[AnswerDemo, ...]], Floats] = BoundedCache(
    _REMEMBERED, lambda key, _: _size(key[1])
)
_QUERY_SKILLS: BoundedCache[tuple[float, tuple[QueryDemo, ...]], QuerySkill] = BoundedCache(
    _REMEMBERED, lambda key, _: _size(key[1])
)
"""What demonstrations taught, by prior strength and demonstrations; shared by all instances."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One request, read."""

    prompt: Prompt
    passages: tuple[str, ...]
    question: str
    request: LMRequest


class Extractive(LocalLM):
    """Answers and search queries taken from the passages in the prompt, by statistics that the demos adjust.

    `answer_prior` and `query_prior` (λ) say how hard the shipped weights resist the demonstrations: a larger one
    learns less from them.
    """

    def __init__(self, *, answer_prior: float = 100.0, query_prior: float = 10.0) -> None:
        self._answer_prior = answer_prior
        self._query_prior = query_prior

    @property
    def name(self) -> str:
        return "extractive"

    @property
    def fingerprint(self) -> str:
        return f"extractive/{VERSION}:{_digest()}:{self._answer_prior:g}:{self._query_prior:g}"

    def complete(self, request: LMRequest) -> LMResponse:
        """`request.n` completions in the form the prompt asks for; at temperature 0 the n likeliest, in order.

        Never raises for what a prompt says: one that follows no template gets `PLAIN_ANSWER`.
        """
        prompt = read(request.messages)
        if prompt is None:
            completions = [_cut(PLAIN_ANSWER, None, request)] * request.n
        else:
            task = _Task(
                prompt, context_of(prompt.target, prompt.inputs), question_of(prompt.target, prompt.inputs), request
            )
            completions = self._complete(task)
        usage = Usage(
            calls=1,
            prompt_tokens=sum(count_tokens(text_of(message)) for message in request.messages),
            completion_tokens=sum(count_tokens(completion.text) for completion in completions),
            usd=0.0,
        )
        return LMResponse(tuple(completions), usage, self.name)

    def _complete(self, task: _Task) -> list[LMCompletion]:
        outputs = {output_role(field.name) for field in task.prompt.outputs}
        queries = self._queries(task) if "query" in outputs else []
        answers = self._answers(task) if "answer" in outputs or not queries else []
        completions = []
        for index in range(task.request.n):
            query, answered = queries[index] if queries else None, answers[index] if answers else None
            text = write_completion(task.prompt, _values(task.prompt, query, answered))
            lead = answered or query
            completions.append(_cut(text, lead.logprob if lead else None, task.request))
        return completions

    def _answers(self, task: _Task) -> list[Answer]:
        demos = tuple(_answer_demos(task.prompt))
        strength = self._answer_prior
        learnt = _ANSWER_SKILLS.get_or((strength, demos), lambda: learn_answers(load().answer, demos, strength))
        weights = learnt.copy()
        for feature, shift in answer_offsets(task.prompt.guidance).items():
            weights[ANSWER_FEATURES.index(feature)] += shift
        table = answer_table(task.passages, task.question)
        request = task.request
        return answer(table, weights, request.n, request.temperature, _random(request), _unwanted(task, "answer"))

    def _queries(self, task: _Task) -> list[Query]:
        demos = tuple(_query_demos(task.prompt))
        strength = self._query_prior
        skill = _QUERY_SKILLS.get_or((strength, demos), lambda: learn_queries(load().query, demos, strength))
        skill = replace(skill, style=style_after(task.prompt.guidance, skill.style))
        table = bridge_table(task.passages, task.question)
        request = task.request
        return write_queries(table, skill, request.n, request.temperature, _random(request), _unwanted(task, "query"))


def _values(prompt: Prompt, query: Query | None, answered: Answer | None) -> dict[str, str]:
    """A text for every wanted field; the reasoning is the answer's where there is one."""
    lead = answered or query
    texts = {
        "query": query.text if query else "",
        "answer": answered.text if answered else "",
        "reasoning": lead.reasoning if lead else "",
    }
    return {field.name: texts[output_role(field.name)] for field in prompt.wanted}


def _size(demos: tuple[AnswerDemo, ...] | tuple[QueryDemo, ...]) -> int:
    """The characters that remembering what demonstrations taught holds on to, and the weights."""
    return 5_000 + sum(len(demo.question) + sum(map(len, demo.passages)) for demo in demos)


def _answer_demos(prompt: Prompt) -> list[AnswerDemo]:
    demos = []
    for values in prompt.demos:
        passages = context_of(values, prompt.inputs)
        answered = _value(prompt, values, "answer")
        if passages and answered:
            question = question_of(values, prompt.inputs)
            demos.append(AnswerDemo(passages, question, answered, _value(prompt, values, "reasoning")))
    return demos


def _query_demos(prompt: Prompt) -> list[QueryDemo]:
    demos = []
    for values in prompt.demos:
        passages, query = context_of(values, prompt.inputs), _value(prompt, values, "query")
        if passages and query:
            demos.append(QueryDemo(passages, question_of(values, prompt.inputs), query))
    return demos


def _value(prompt: Prompt, values: Mapping[str, str], role: str) -> str:
    """The first output of that role, or an empty string."""
    found = (values.get(field.name, "") for field in prompt.outputs if output_role(field.name) == role)
    return next((value for value in found if value), "")


def _unwanted(task: _Task, role: str) -> frozenset[str]:
    """What was tried before and found wanting: inputs named `past_…`, and for queries `previous_queries`."""
    tried: list[str] = []
    for field in task.prompt.inputs:
        lowered = field.name.lower().replace(" ", "_")
        if lowered.startswith(("past_", "previous_")) and output_role(lowered) == role:
            tried += task.prompt.target.get(field.name, "").split("\n")
    return frozenset(normalize(_ITEM_MARK.sub("", line).strip(" «»\t")) for line in tried) - {""}


def _random(request: LMRequest) -> np.random.Generator:
    """Noise that equal requests share and that another seed or rollout changes."""
    said = json.dumps([list(map(dict, request.messages)), request.temperature, request.seed, request.rollout])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big"))


def _cut(text: str, logprob: float | None, request: LMRequest) -> LMCompletion:
    """A completion up to the first stop string and no longer than `max_tokens`."""
    ends = [place for stop in request.stop if stop and (place := text.find(stop)) >= 0]
    text = text[: min(ends)] if ends else text
    shortened = first_tokens(text, request.max_tokens) if request.max_tokens is not None else text
    reason: FinishReason = "stop" if shortened == text else "length"
    return LMCompletion(shortened, reason, logprob)


@cache
def _digest() -> str:
    """A digest of this package's code and weights: another version is another model."""
    whole = hashlib.sha256()
    folder = files(__package__)
    for place in (folder, folder / "features"):
        for file in sorted(place.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith((".py", ".json")):
                whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
