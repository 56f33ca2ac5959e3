"""Index a corpus, compile the multi-hop program on training questions, and see what that brought.

    python examples/compile_multihop.py                                  a generated world, in a temporary folder
    python examples/compile_multihop.py --corpus corpus.jsonl --train train.json --dev dev.json --to program.json

A corpus is JSONL, CSV, text, Markdown, … or a folder of them; questions are HotpotQA's JSON, or JSONL with `question`
and `answer`. The command `dsp compile` does the same and more.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import dsp
import indexes
from dsp.data.world import write_world


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.corpus is None:
            print(f"A generated world of {options.size:,} passages, which no language model has read")
            world = write_world(folder / "world", size=options.size, seed=7, train=40, dev=120)
            options.corpus, options.train, options.dev = (
                world / file for file in ("corpus.jsonl", "train.json", "dev.json")
            )
        with (
            indexes.build(options.corpus, folder / "index") as index,
            dsp.context(lm=dsp.LM(options.lm), rm=index),
        ):
            train, dev = dsp.read_questions(options.train), dsp.read_questions(options.dev)
            better = compile_and_compare(train, dev, options.candidates)
    better.save(options.to)
    print(f"Saved as {options.to}: JSON to read and to edit; MultiHop().load(…) takes it over")


def compile_and_compare(train: list[dsp.Example], dev: list[dsp.Example], candidates: int) -> dsp.Module:
    """Half of the dev set chooses among the candidates; the other half, which had no say, tells how good it is."""
    chooses, measures = dev[: len(dev) // 2], dev[len(dev) // 2 :]
    evaluate = dsp.Evaluate(measures)

    program = dsp.MultiHop()
    before = evaluate(program)

    optimizer = dsp.BootstrapFewShotWithRandomSearch(num_candidate_programs=candidates)
    better = optimizer.compile(program, trainset=train, valset=chooses)
    after = evaluate(better)

    print(f"{len(train)} training questions; {len(chooses)} dev questions choose, {len(measures)} measure")
    print(f"{'':<15} {'before':<22} {'after':<22} change, paired (95% intervals)")
    for metric, change in dsp.compare(before, after).items():
        print(f"{metric:<15} {before.interval(metric)!s:<22} {after.interval(metric)!s:<22} {change}")

    for name, predictor in better.named_predictors():
        print(f"{name}: {len(predictor.demos)} demonstrations, “{predictor.signature.instructions}”")
    return better


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="what to search; without it, a world is generated")
    parser.add_argument("--train", type=Path, help="questions to learn from")
    parser.add_argument("--dev", type=Path, help="questions that choose, and that measure")
    parser.add_argument("--to", type=Path, default=Path("program.json"), help="the compiled program (%(default)s)")
    parser.add_argument("--lm", default="extractive", help="provider/model, or extractive (default: %(default)s)")
    parser.add_argument("--candidates", type=int, default=16, help="programs to try (default: %(default)s)")
    parser.add_argument("--size", type=int, default=2000, help="passages of the generated world (default: %(default)s)")
    options = parser.parse_args(arguments)
    if len({each is None for each in (options.corpus, options.train, options.dev)}) > 1:
        parser.error("--corpus, --train and --dev go together: give all three, or none to generate a world")
    return options


if __name__ == "__main__":
    main()
