"""`dsp evaluate`: a program's scores on a file of questions, each with its interval."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dsp.cli.making import Making
from dsp.cli.options import (
    add_batch,
    add_budget,
    add_index,
    add_json,
    add_lm,
    add_program,
    add_work,
    budget_from,
    program_from,
    template_from,
)
from dsp.cli.output import emit_json
from dsp.cli.progress import progress

if TYPE_CHECKING:
    from dsp.evaluate.results import ExampleResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_index(parser)
    parser.add_argument("--data", required=True, metavar="FILE", help="questions: HotpotQA's JSON, or JSONL")
    add_program(parser)
    add_lm(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
    parser.add_argument("--predictions", metavar="OUT", help="write HotpotQA's official prediction file")
    parser.add_argument("--against", metavar="RUN", help="compare, pairwise, with the run in that folder")
    add_budget(parser)
    add_batch(parser)
    add_work(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp import configuration, wiring
    from dsp.data.questions import read_questions
    from dsp.errors import InputError
    from dsp.evaluate.evaluator import DEFAULT_METRICS, Evaluate
    from dsp.evaluate.recorded import check_same_examples, compare_with_recorded, read_run
    from dsp.evaluate.runs import RunFolder
    from dsp.files import check_writable
    from dsp.report.answers import printable
    from dsp.report.scores import differences_text, scores_text, usage_text

    if options.predictions:
        check_writable(options.predictions, error=InputError)
    recorded = read_run(options.against) if options.against else None
    budget = budget_from(options)
    root = options.runs or wiring.runs_folder()
    with ExitStack() as stack:
        making = stack.enter_context(Making())
        program = making.of("program", program_from, options)
        template = making.of("template", template_from, options)
        devset = making.of("data", read_questions, options.data, limit=options.limit, skip_bad=options.skip_bad)
        lm = making.of("lm", wiring.make_lm, options.lm, budget=budget, batch=options.batch)
        index = making.opened("index", wiring.open_index, options.index)
        making.check(program, lm=lm, index=index, data=devset, metrics=DEFAULT_METRICS)
        if recorded is not None:
            check_same_examples(recorded, devset)
        folder = stack.enter_context(RunFolder(root, "evaluate"))
        report = stack.enter_context(progress())
        stack.enter_context(configuration.context(lm=lm, rm=index, template=template))
        finished = 0

        def done(result: ExampleResult) -> None:
            nonlocal finished
            folder.add(result)
            finished += 1
            report("evaluate", finished, len(devset))

        evaluation = Evaluate(devset, executor=wiring.executor_for(lm, options.concurrency), progress=done)(program)
        if options.predictions:
            _write_predictions(options.predictions, evaluation.results)
        summary = {**evaluation.to_dict(), "run": str(folder.path)}
        if recorded is not None:
            changes = compare_with_recorded(recorded, evaluation)
            summary["change"] = {name: change.to_dict() for name, change in changes.items()}
            summary["against"] = options.against
        asked = {"program": options.program, "lm": options.lm, "index": options.index, "data": options.data}
        folder.finish({**asked, **summary})
    if options.json:
        emit_json(summary)
    else:
        print(f"{options.program} on {summary['n']} questions of {options.data}, {summary['seconds']:.1f} s")
        if evaluation.stopped:
            print(f"  stopped before the last question: {evaluation.stopped}")
        print(scores_text(summary))
        if options.against:
            print(f"against {options.against}, paired:\n{differences_text(summary['change'])}")
        print(f"  {usage_text(summary['usage'])}")
        if evaluation.failures:
            first = evaluation.failures[0]
            failed = f'{len(evaluation.failures)} failed and count as 0; the first, "{first.id}": {first.error}'
            print(f"  {printable(failed)}")
        print(f"  every answer: {folder.path / 'results.jsonl'}")
    return 0


def _write_predictions(path: str, results: Sequence[ExampleResult]) -> None:
    from dsp.evaluate.predictions import Predictions, write_predictions

    predicted = {result.id: result.prediction for result in results if result.prediction is not None}
    answers = {key: str(prediction.get("answer", "")) for key, prediction in predicted.items()}
    facts = {key: list(_facts(key, prediction.get("sp") or [])) for key, prediction in predicted.items()}
    write_predictions(path, Predictions(answers, facts))


def _facts(key: str, given: object) -> Iterator[tuple[str, int]]:
    """A prediction's supporting facts. Raises DataError where they are not pairs of a title and a sentence's number."""
    from dsp.errors import DataError

    for fact in given if isinstance(given, Sequence) else [given]:
        match fact:
            case (str(title), int(sentence)) | [str(title), int(sentence)]:
                yield title, sentence
            case _:
                raise DataError(f'the `sp` of "{key}" must hold [title, sentence number] pairs, but got {fact!r}')
