"""`dsp compile`: make a program better on training questions, and show by how much."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import Any

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_index(parser)
    parser.add_argument("--train", required=True, metavar="FILE", help="questions to learn from")
    parser.add_argument("--dev", required=True, metavar="FILE", help="questions that select and that measure")
    parser.add_argument("--to", required=True, metavar="FILE", help="where the compiled program is written (.json)")
    add_program(parser)
    add_lm(parser)
    parser.add_argument(
        "--optimizer",
        default="random_search",
        metavar="NAME",
        help="labeled_few_shot, bootstrap_few_shot or random_search (default: %(default)s)",
    )
    parser.add_argument(
        "--held-out",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="share of the dev set that has no say in selecting (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="(default: %(default)s)")
    add_budget(parser)
    add_batch(parser)
    add_work(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp import configuration, wiring
    from dsp.data.questions import read_questions
    from dsp.errors import InputError
    from dsp.evaluate.evaluator import DEFAULT_METRICS
    from dsp.evaluate.runs import RunFolder
    from dsp.files import check_writable
    from dsp.optimize.measured import compile_measured, split
    from dsp.optimize.registry import OPTIMIZERS
    from dsp.programs.loading import save_program
    from dsp.trace import meter

    if not options.to.endswith(".json"):
        raise InputError(f'--to must name a .json file, but got "{options.to}"; write for example program.json')
    check_writable(options.to, error=InputError)
    budget = budget_from(options)
    root = options.runs or wiring.runs_folder()
    started = time.perf_counter()
    with ExitStack() as stack:
        making = stack.enter_context(Making())
        program = making.of("program", program_from, options)
        template = making.of("template", template_from, options)
        make_optimizer = making.of("optimizer", OPTIMIZERS.get, options.optimizer)
        trainset = making.of("train", read_questions, options.train, skip_bad=options.skip_bad)
        devset = making.of("data", read_questions, options.dev, skip_bad=options.skip_bad)
        if devset is not None:
            making.of("held-out", split, len(devset), options.held_out, options.seed)
        lm = making.of("lm", wiring.make_lm, options.lm, budget=budget, batch=options.batch)
        index = making.opened("index", wiring.open_index, options.index)
        making.check(
            program,
            lm=lm,
            index=index,
            data=devset,
            train=trainset,
            metrics=DEFAULT_METRICS,
            held_out=options.held_out,
        )
        folder = stack.enter_context(RunFolder(root, "compile"))
        report = stack.enter_context(progress())
        stack.enter_context(configuration.context(lm=lm, rm=index, template=template))
        spent = stack.enter_context(meter())
        executor = wiring.executor_for(lm, options.concurrency)
        measured = compile_measured(
            program,
            make_optimizer(seed=options.seed, executor=executor, progress=report),
            trainset=trainset,
            devset=devset,
            held_out=options.held_out,
            seed=options.seed,
            executor=executor,
            progress=report,
            done=folder.add_stage,
        )
        found = measured.to_dict()
        asked = {"lm": options.lm, "optimizer": options.optimizer, "seed": options.seed}
        kept = {key: found[key] for key in ("selected", "held_out") if key in found}
        save_program(measured.program, options.to, options.program, compiled={**asked, **kept})
        summary = {
            **found["after"],
            **found,
            "usage": spent.usage.to_dict(),
            "seconds": round(time.perf_counter() - started, 3),
            "program": options.to,
            "run": str(folder.path),
        }
        folder.finish({**asked, "index": options.index, "train": options.train, "dev": options.dev, **summary})
    if options.json:
        emit_json(summary)
    else:
        print(_text(summary))
    return 0


def _text(summary: dict[str, Any]) -> str:
    from dsp.report.scores import changes_text, usage_text

    lines = []
    if stopped := summary.get("stopped") or summary["after"].get("stopped"):
        lines.append(f"Stopped early: {stopped}")
    if left_out := summary.get("left_out"):
        lines.append(f"{left_out} training questions were left out: they stand in the dev set, which measures")
    if tried := summary["candidates"]:
        lines.append(f"The best of {len(tried)} candidates: {tried[0]['candidate']}")
    parts = {
        "held_out": "Held out: {n} dev questions that had no say in the choice",
        "selected": "Selected: the {n} dev questions by which the program was chosen (flatters)",
    }
    for name, heading in parts.items():
        part = summary.get(name)
        if part and part["after"]["n"]:
            lines.append(heading.format(n=part["after"]["n"]))
            lines.append(changes_text(part["before"], part["after"], part["change"]))
    lines.append(f"{usage_text(summary['usage'])}, {summary['seconds']:.1f} s; the program: {summary['program']}")
    return "\n".join(lines)
