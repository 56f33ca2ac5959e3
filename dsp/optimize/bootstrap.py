"""Bootstrapping: a program works out training questions, and what it did right becomes demonstrations.

Every training question is run through the whole program, its search stage included; what each predictor was given
and answered is a step of the trace. A step becomes a demonstration of its predictor when it passes. The idea is DSP's
demonstrate stage and DSPy's BootstrapFewShot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.demonstrate.annotate import annotate
from dsp.demonstrate.match import answer_match, passage_match
from dsp.demonstrate.sample import all_but
from dsp.errors import LMAuthenticationError, LMError, LMRequestError, ParseError
from dsp.evaluate.metrics.support_recall import support_recall
from dsp.evaluate.metrics.supports import found_titles, gold_titles
from dsp.modules.module import Module, Predictor, as_demo
from dsp.protocols import Executor, Metric
from dsp.trace import Step, record
from dsp.types.example import Example
from dsp.types.prediction import Prediction

SAMPLING_TEMPERATURE = 0.7  # of every round after the first
Judge = Callable[[Example, Prediction, Step], bool]


def bootstrap(
    program: Module,
    trainset: Sequence[Example],
    *,
    metric: Metric | None = None,
    threshold: float = 1.0,
    rounds: int = 1,
    executor: Executor,
    done: Callable[[], None] = lambda: None,
) -> list[Example]:
    """The training examples, annotated: under each predictor's name the demonstration it worked out, if it passed.

    With a metric, a run passes as a whole when the metric reaches the threshold, as in DSPy. Without one, each step is
    judged by what it is for (`passes`). The first round asks the LM as configured; each later one asks again where
    something is missing, at a temperature and as a new rollout. `done` is called after each example.
    """

    def work(example: Example) -> Example | None:
        stages: dict[str, Example] = {}
        for number in range(rounds):
            found = _one_run(program, example, number, metric, threshold)
            stages = {**found, **stages}
            if len(stages) == len(program.predictors()):
                break
        done()
        return example.copy(**stages) if stages else None

    annotated = executor.map(lambda example: annotate(work)([example]), trainset)
    return [example for kept in annotated for example in kept]


def passes(example: Example, prediction: Prediction, step: Step) -> bool:
    """Whether a step did what it is for.

    A step that writes one of the example's labels (`answer`) passes when that matches. Any other step is there for
    the search after it: it passes when the passages found in the end hold all the gold titles (or, where nobody said
    which those are, the answer) and those that it was given did not.
    """
    labels = example.labels()
    written = [name for name in step.outputs if name in labels]
    if written:
        return all(answer_match(str(step.outputs[name]), _golds(example, name)) for name in written)
    if gold_titles(example):
        before = Prediction(context=step.inputs.get("context") or [])
        complete = len(found_titles(gold_titles(example), before)) == len(gold_titles(example))
        return support_recall(example, prediction) == 1.0 and not complete
    golds = _golds(example, "answer")
    given, found = step.inputs.get("context") or [], prediction.get("context") or []
    return bool(golds) and passage_match(found, golds) and not passage_match(given, golds)


def _one_run(
    program: Module, example: Example, number: int, metric: Metric | None, threshold: float
) -> dict[str, Example]:
    """The demonstrations of one run; none where the program fails on the example."""
    teacher = _teacher(program, example, number)
    names = {id(predictor): name for name, predictor in teacher.named_predictors()}
    with record() as trace:
        try:
            prediction = teacher(**example.inputs())
        except (LMAuthenticationError, LMRequestError):
            raise
        except (ParseError, LMError):
            return {}
    steps = {names[id(step.source)]: step for step in trace if id(step.source) in names}
    if metric is not None:
        kept = steps if float(metric(example, prediction, trace)) >= threshold else {}
    else:
        kept = {name: step for name, step in steps.items() if passes(example, prediction, step)}
    return {name: _demo(example, step) for name, step in kept.items()}


def _teacher(program: Module, example: Example, number: int) -> Module:
    """The program as it works an example out: one completion at a time, and no demonstration of the example itself."""
    teacher = program.deepcopy()
    for predictor in teacher.predictors():
        predictor.demos = all_but(predictor.demos, example)
        sampling: Mapping[str, Any] = {"temperature": SAMPLING_TEMPERATURE, "rollout": number} if number else {}
        predictor.config = {**predictor.config, "n": 1, **sampling}
    return teacher


def _demo(example: Example, step: Step) -> Example:
    demo = as_demo(step.inputs, step.outputs)
    return demo.copy(id=example["id"]) if "id" in example else demo


def _golds(example: Example, name: str) -> list[str]:
    answers = example.get("answers") if name == "answer" else None
    found = answers or example.get(name) or []
    return [str(found)] if not isinstance(found, list) else [str(answer) for answer in found]


def demonstrations(pool: Sequence[Example], name: str) -> list[Example]:
    """The demonstrations that a pool of annotated examples holds for a predictor."""
    return [example[name] for example in pool if name in example]


def labelled(trainset: Sequence[Example], predictor: Predictor) -> list[Example]:
    """The training examples that show this predictor's last output, as raw demonstrations with its fields alone."""
    fields = predictor.signature.fields
    last = list(fields)[-1]
    return [
        Example({name: example[name] for name in fields if name in example}, augmented=False)
        for example in trainset
        if example.get(last) is not None
    ]
