"""`dsp ask`: one question, its answer, and on request how it came about."""

from __future__ import annotations

import argparse
import json
import time

from dsp.cli.options import add_index, add_json, add_lm, add_program, program_from, template_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION")
    add_index(parser)
    add_program(parser)
    add_lm(parser)
    add_json(parser)
    parser.add_argument("--trace", action="store_true", help="show every search and every prediction")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp import configuration, trace, wiring
    from dsp.errors import InputError
    from dsp.report.answers import answer_text, trace_text

    if not options.question.strip():
        raise InputError("a question must hold some text, but got an empty one; write it in quotes")
    program, template = program_from(options), template_from(options)
    started = time.perf_counter()
    with (
        wiring.open_index(options.index) as index,
        configuration.context(lm=wiring.make_lm(options.lm), rm=index, template=template),
        trace.record() as steps,
    ):
        prediction = program(question=options.question)
    found = {
        "question": options.question,
        **{name: trace.to_json(value) for name, value in prediction.items()},
        "usage": steps.usage.to_dict(),
        "seconds": round(time.perf_counter() - started, 3),
    }
    if options.trace:
        found["trace"] = steps.to_dict()
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(trace_text(found["trace"]) + "\n" if options.trace else "", answer_text(found), sep="")
    return 0
