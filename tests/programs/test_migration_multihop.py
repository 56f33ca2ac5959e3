"""A multi-hop program as DSPy's users write it, its metric reading the trace: only its imports have changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dsp as dspy
import indexes
from dsp.utils import deduplicate


class GenerateSearchQuery(dspy.Signature):
    """Write a simple search query that will help answer a complex question."""

    context = dspy.InputField(desc="may contain relevant facts")
    question = dspy.InputField()
    query = dspy.OutputField()


class GenerateAnswer(dspy.Signature):
    """Answer questions with short factoid answers."""

    context = dspy.InputField(desc="may contain relevant facts")
    question = dspy.InputField()
    answer = dspy.OutputField(desc="often between 1 and 5 words")


class SimplifiedBaleen(dspy.Module):
    def __init__(self, passages_per_hop: int = 3, max_hops: int = 2) -> None:
        super().__init__()
        self.generate_query = [dspy.ChainOfThought(GenerateSearchQuery) for _ in range(max_hops)]
        self.retrieve = dspy.Retrieve(k=passages_per_hop)
        self.generate_answer = dspy.ChainOfThought(GenerateAnswer)
        self.max_hops = max_hops

    def forward(self, question: str) -> dspy.Prediction:
        context: list[Any] = []
        for hop in range(self.max_hops):
            query = self.generate_query[hop](context=context, question=question).query
            passages = self.retrieve(query).passages
            context = deduplicate(context + passages)
        pred = self.generate_answer(context=context, question=question)
        return dspy.Prediction(context=context, answer=pred.answer)


def questions(path: Path) -> list[dspy.Example]:
    read = dspy.read_questions(path)
    return [dspy.Example(question=each.question, answer=each.answer).with_inputs("question") for each in read]


def found_answered_and_asked_well(example: dspy.Example, pred: dspy.Prediction, trace: Any = None) -> bool:
    if not dspy.evaluate.answer_exact_match(example, pred, frac=0.5):
        return False
    if not dspy.evaluate.answer_passage_match(example, pred):
        return False
    hops = [example.question] + [outputs.query for *_, outputs in trace or [] if "query" in outputs]
    return max(len(hop) for hop in hops) <= 200


def test_it_runs_on_the_embedded_lm_is_compiled_and_keeps_its_gain_when_loaded(
    world: Path, world_index: Path, tmp_path: Path
) -> None:
    train, dev = (questions(world / name) for name in ("train.json", "dev.json"))
    with indexes.open(world_index) as index:
        dspy.settings.configure(lm=dspy.LM("extractive"), rm=index)
        baleen = SimplifiedBaleen()
        assert baleen(question=dev[0].question).answer
        teleprompter = dspy.teleprompt.BootstrapFewShot(metric=found_answered_and_asked_well, max_rounds=2)
        compiled = teleprompter.compile(
            SimplifiedBaleen(), teacher=SimplifiedBaleen(passages_per_hop=4), trainset=train
        )
        names = [name for name, _ in compiled.named_predictors()]
        assert names == ["generate_query.0", "generate_query.1", "generate_answer"]
        shown = [len(predictor.demos) for predictor in compiled.predictors()]
        assert min(shown) > 0
        evaluate = dspy.Evaluate(devset=dev, metric=dspy.evaluate.answer_exact_match, num_threads=1)
        score = evaluate(compiled).score
        compiled.save(tmp_path / "baleen.json")
        again = SimplifiedBaleen()
        again.load(path=tmp_path / "baleen.json")
        assert evaluate(again).score == score
