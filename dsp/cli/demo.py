"""`dsp demo`: the whole idea in a minute, on a generated world, with no key and no download."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsp.cli.progress import Report, progress

if TYPE_CHECKING:
    from dsp.modules.module import Module
    from dsp.optimize.measured import Measured
    from dsp.types.example import Example

SIZE, SEED, TRAIN, DEV = 3000, 11, 60, 160
CANDIDATES, HELD_OUT = 16, 0.75

NEXT = """Next, on your own files (JSONL, CSV, text, Markdown; questions as JSONL with question and answer):
  {dsp} index build my-documents/ --to my-index
  {dsp} ask "my question" --index my-index --trace
  {dsp} compile --index my-index --train train.jsonl --dev dev.jsonl --to program.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="DIR", help="keep the world, its index and the compiled program there")
    parser.add_argument("--size", type=int, default=SIZE, metavar="N", help="passages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="the world's seed (default: %(default)s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp import configuration
    from dsp.data.questions import read_questions
    from dsp.lms.extractive import Extractive
    from dsp.modules.multi_hop import MultiHop

    started = time.perf_counter()
    with ExitStack() as stack:
        report = stack.enter_context(progress())
        folder = Path(options.to or stack.enter_context(tempfile.TemporaryDirectory(prefix="dsp-demo-")))
        index = stack.enter_context(_indexed(folder, options, report))
        stack.enter_context(configuration.context(lm=Extractive(), rm=index))
        train, dev = (read_questions(folder / "world" / f"{name}.json") for name in ("train", "dev"))
        program = MultiHop()
        example = next((example for example in dev if example.get("type") == "bridge"), dev[0])
        _title("2. A question, answered in two hops")
        _ask(program, example)
        measured = _compile(program, train, dev, report)
        if (won := _won(measured, dev)) is not None:
            _title("6. A question that it got wrong before and gets right now")
            _ask(measured.program, won)
        if options.to:
            from dsp.programs.loading import save_program

            save_program(measured.program, folder / "program.json", "multihop")
            print(f"\nThe compiled program, to read and to edit: {folder / 'program.json'}")
    print(f"\nThat took {time.perf_counter() - started:.0f} s.\n\n{NEXT.format(dsp=_command())}")
    return 0


def _indexed(folder: Path, options: argparse.Namespace, report: Report) -> Any:
    import indexes
    from dsp.data.world import write_world

    _title("1. A corpus and its index")
    write_world(folder / "world", size=options.size, seed=options.seed, train=TRAIN, dev=DEV)
    began = time.perf_counter()
    index = indexes.build(
        folder / "world" / "corpus.jsonl", folder / "index", progress=lambda done, total: report("index", done, total)
    )
    print(
        f"A fictional world that no language model has read: {len(index):,} passages, indexed with BM25 in "
        f"{time.perf_counter() - began:.1f} s;\n{TRAIN} training and {DEV} dev questions, each needing two passages. "
        "The reader is the embedded extractive LM:\nstatistics over the passages, not a neural model."
    )
    return index


def _ask(program: Module, example: Example) -> None:
    from dsp.report.answers import answer_text
    from dsp.trace import to_json

    prediction = program(question=example.question)
    print(answer_text(to_json({"question": example.question, **prediction})))
    print(f"Gold       {example.answer}, from: {'; '.join(example.gold_titles)}")


def _won(measured: Measured, dev: list[Example]) -> Example | None:
    """The first held-out question that compiling turned from wrong to right."""
    right = {result.index for result in measured.after.results if result.scores["em"] == 1.0}
    wrong = {result.index for result in measured.before.results if result.scores["em"] == 0.0}
    return next((dev[index] for index in measured.held_out if index in right & wrong), None)


def _compile(program: Module, train: list[Example], dev: list[Example], report: Report) -> Measured:
    from dsp.evaluate.evaluator import Evaluate
    from dsp.evaluate.results import ExampleResult
    from dsp.optimize.measured import compile_measured
    from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch
    from dsp.report.scores import changes_text, scores_text

    def scored(result: ExampleResult) -> None:
        report("score", result.index + 1, len(dev))

    _title("3. How good is it? Scores on the dev questions, with 95% intervals")
    before = Evaluate(dev, progress=scored)(program)
    print(scores_text(before.to_dict()))
    _title("4. Compile: learn from the training questions")
    optimizer = BootstrapFewShotWithRandomSearch(num_candidate_programs=CANDIDATES, progress=report)
    measured = compile_measured(
        program,
        optimizer,
        trainset=train,
        devset=dev,
        held_out=HELD_OUT,
        before=before,
        executor=optimizer.executor,
        progress=report,
    )
    found = measured.to_dict()
    print(
        f"It worked out {found['demonstrations']} of {len(train)} training questions well enough to demonstrate "
        f"something, and tried\n{len(found['candidates'])} candidate programs. The best:"
    )
    print(*(f"  {part}" for part in found["candidates"][0]["candidate"].split("; ")), sep="\n")
    _title("5. Is it better? On dev questions that had no say in the choice")
    held = found["held_out"]
    print(f"  {held['after']['n']} questions, the same before and after")
    print(changes_text(held["before"], held["after"], held["change"]))
    return measured


def _command() -> str:
    """How this command is called from here: by its name where that is on the path."""
    return "dsp" if shutil.which("dsp") or Path(sys.argv[0]).name != "dsp" else sys.argv[0]


def _title(text: str) -> None:
    from rich.console import Console

    Console(highlight=False, markup=False).print(f"\n{text}", style="bold")
