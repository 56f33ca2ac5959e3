"""Bootstrapping: a program works out training questions, and what it did right becomes demonstrations.

Every training question is run through the whole program, its search stage included; what each predictor was given
and answered is a step of the trace. A step becomes a demonstration of its predictor when it passes. The idea is DSP's
demonstrate stage and DSPy's BootstrapFewShot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.configuration import context
from dsp.demonstrate.annotate import annotate
from dsp.demonstrate.match import answer_match, passage_match
from dsp.demonstrate.sample import all_but
from dsp.evaluate.evaluator import HOPELESS, REFUSED
from dsp.evaluate.metrics.supports import found_titles, gold_titles
from dsp.modules.discarded import discarded_steps, steps_that_count
from dsp.modules.module import Module, Predictor, as_demo
from dsp.protocols import Executor, Metric
from dsp.trace import Step, record
from dsp.types.example import Example
from dsp.types.prediction import Prediction

SAMPLING_TEMPERATURE = 0.7  # of every round after the first


def bootstrap(
    program: Module,
    trainset: Sequence[Example],
    *,
    metric: Metric | None = None,
    threshold: float = 1.0,
    rounds: int = 1,
    executor: Executor,
    done: Callable[[], None] = lambda: None,
    settings: Mapping[str, Any] | None = None,
    max_errors: int | None = None,
) -> list[Example]:
    """The training examples, annotated: under each predictor's name the best demonstration it worked out, if any.

    With a metric, a run passes as a whole when the metric reaches the threshold, as in DSPy. Without one, each step is
    judged by what it is for (`quality`). The first round asks the LM as configured; each later one asks again where a
    better demonstration is possible, at a temperature and as a new rollout. `done` is called after each example.
    `settings` hold while it works (`{"lm": …}`). A run that raises gives no demonstrations; one more than `max_errors`
    of them raises.

    Where the program states constraints, a run that breaks an `Assert` gives no demonstrations, and a step that was
    refused gives none either. One that was mended is shown with its past output and the feedback, for when the
    compiled program is asked again; other prompts show its inputs and its last outputs alone.
    """

    failures: list[BaseException] = []

    def failed(error: BaseException) -> None:
        failures.append(error)
        if max_errors is not None and len(failures) > max_errors:
            raise error

    def one(example: Example, number: int) -> dict[str, tuple[float, Example]]:
        with context(**(settings or {})):
            return _one_run(program, example, number, metric, threshold, failed)

    def work(example: Example) -> Example | None:
        best: dict[str, tuple[float, Example]] = {}
        for number in range(rounds):
            for name, (value, demo) in one(example, number).items():
                if name not in best or value > best[name][0]:
                    best[name] = (value, demo)
            if len(best) == len(program.parameters()) and all(value == 1.0 for value, _ in best.values()):
                break
        done()
        return example.copy(**{name: demo for name, (_, demo) in best.items()}) if best else None

    annotated = executor.map(lambda example: annotate(work)([example]), trainset)
    return [example for kept in annotated for example in kept]


def quality(example: Example, prediction: Prediction, step: Step) -> float:
    """How well a step did what it is for: 1 could not be better, 0 is no demonstration.

    A step that writes one of the example's labels (`answer`) is as good as its match, 0 or 1. Any other step is there
    for the search after it, which must find what the step was not given: all the missing gold titles (or, where
    nobody said which those are, a passage with the answer), the better the higher they rank among the new passages.
    """
    labels = example.labels()
    written = [name for name in step.outputs if name in labels]
    if written:
        return float(all(answer_match(str(step.outputs[name]), _golds(example, name)) for name in written))
    given = list(step.inputs.get("context") or [])
    new = [passage for passage in prediction.get("context") or [] if passage not in given]
    ranks = [_rank(new, wanted) for wanted in _missing(example, given)]
    return sum(1 / rank for rank in ranks) / len(ranks) if ranks and all(ranks) else 0.0


def _missing(example: Example, given: Sequence[Any]) -> list[Callable[[Any], bool]]:
    """What tells each passage that a search still has to find."""
    titles = gold_titles(example)
    if titles:
        lacking = set(titles) - set(found_titles(titles, Prediction(context=list(given))))
        return [_titled(title) for title in titles if title in lacking]
    golds = _golds(example, "answer")
    if not golds or passage_match(given, golds):
        return []
    return [lambda passage: passage_match([passage], golds)]


def _titled(title: str) -> Callable[[Any], bool]:
    return lambda passage: bool(found_titles([title], Prediction(context=[passage])))


def _rank(passages: Sequence[Any], wanted: Callable[[Any], bool]) -> int:
    """Where the first wanted passage stands, from 1; 0 where there is none."""
    return next((rank for rank, passage in enumerate(passages, 1) if wanted(passage)), 0)


def _one_run(
    program: Module,
    example: Example,
    number: int,
    metric: Metric | None,
    threshold: float,
    failed: Callable[[BaseException], None],
) -> dict[str, tuple[float, Example]]:
    """The demonstrations of one run, with their quality; none where the program fails on the example."""
    teacher = _teacher(program, example)
    names = {id(predictor): name for name, predictor in teacher.named_parameters()}
    with record() as trace, discarded_steps() as discarded, context(sampling=_sampling(number)):
        try:
            prediction = teacher(**example.inputs())
        except (*HOPELESS, *REFUSED):
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's program may raise anything; others may work
            failed(error)
            return {}
    counting = steps_that_count(trace, discarded)
    steps = {names[id(step.source)]: step for step in counting if id(step.source) in names}
    if metric is not None:
        passed = float(metric(example, prediction, trace)) >= threshold
        judged = {name: float(passed) for name in steps}
    else:
        judged = {name: quality(example, prediction, step) for name, step in steps.items()}
    return {name: (judged[name], _demo(example, step)) for name, step in steps.items() if judged[name] > 0}


def _teacher(program: Module, example: Example) -> Module:
    """The program as it works an example out: no predictor shows a demonstration of the example itself."""
    teacher = program.deepcopy()
    for predictor in teacher.predictors():
        predictor.demos = all_but(predictor.demos, example)
    return teacher


def _sampling(number: int) -> dict[str, Any]:
    """One completion a request, so that each search has one query to its credit; after the first round, a sample."""
    return {"n": 1, **({"temperature": SAMPLING_TEMPERATURE, "rollout": number} if number else {})}


def _demo(example: Example, step: Step) -> Example:
    return _with_id(as_demo(step.inputs, step.outputs), example)


def _with_id(demo: Example, example: Example) -> Example:
    """The demonstration, marked with the example it shows, unless an `id` is a field of its own."""
    return demo.copy(id=example["id"]) if "id" in example and "id" not in demo else demo


def _golds(example: Example, name: str) -> list[str]:
    answers = example.get("answers") if name == "answer" else None
    found = answers or example.get(name) or []
    return [str(found)] if not isinstance(found, list) else [str(answer) for answer in found]


def demonstrations(pool: Sequence[Example], name: str) -> list[Example]:
    """The demonstrations that a pool of annotated examples holds for a predictor.

    A field of the examples may be called as the predictor is: it is no demonstration.
    """
    return [example[name] for example in pool if isinstance(example.get(name), Example)]


def labelled(trainset: Sequence[Example], predictor: Predictor) -> list[Example]:
    """The training examples that show this predictor's last output, as raw demonstrations: its fields, and the id."""
    fields = predictor.signature.fields
    last = list(fields)[-1]
    return [
        _with_id(Example({name: example[name] for name in fields if name in example}, augmented=False), example)
        for example in trainset
        if example.get(last) is not None
    ]
