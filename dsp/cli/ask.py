"""`dsp ask`: one question, its answer, and on request how it came about."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from dsp.cli.making import Making
from dsp.cli.options import add_index, add_json, add_lm, add_program, program_from, template_from
from dsp.cli.output import emit_json

if TYPE_CHECKING:
    from dsp.modules.module import Module
    from dsp.types.prediction import Prediction


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
    started = time.perf_counter()
    with Making() as making:
        program = making.of("program", program_from, options)
        template = making.of("template", template_from, options)
        lm = making.of("lm", wiring.make_lm, options.lm)
        index = making.opened("index", wiring.open_index, options.index)
        with configuration.context(lm=lm, rm=index, template=template), trace.record() as steps:
            making.check(program, lm=lm, index=index)
            prediction = _asked(program, options.question)
    found = {
        "question": options.question,
        **{name: trace.to_json(value) for name, value in prediction.items()},
        "usage": steps.usage.to_dict(),
        "seconds": round(time.perf_counter() - started, 3),
    }
    if options.trace:
        found["trace"] = steps.to_dict()
    if options.json:
        emit_json(found)
    else:
        print(trace_text(found["trace"]) + "\n" if options.trace else "", answer_text(found), sep="")
    return 0


def _asked(program: Module, question: str) -> Prediction:
    """The program's prediction. Raises ProgramError where a user's program breaks."""
    from dsp.errors import DspError, ProgramError
    from dsp.types.prediction import Prediction

    try:
        prediction: object = program(question=question)
    except DspError:
        raise
    except (Exception, SystemExit) as error:
        raise ProgramError(f"the program broke: {type(error).__name__}: {error}; correct it, then ask again") from error
    if not isinstance(prediction, Prediction):
        raise ProgramError(f"a program must return a dsp.Prediction, but it returned {type(prediction).__name__}")
    return prediction
