"""`dsp data`: make data to try things on."""

from __future__ import annotations

import argparse

from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="data_verb", metavar="VERB", required=True)
    world = verbs.add_parser(
        "world",
        help="a generated fictional world: passages, and two-hop questions with their gold supports",
        description="A generated fictional world as corpus.jsonl, train.json and dev.json. No LM has ever read it.",
    )
    world.add_argument("--to", required=True, metavar="DIR", help="the folder to make")
    world.add_argument("--size", type=int, default=3000, metavar="N", help="how many passages (default: %(default)s)")
    world.add_argument("--seed", type=int, default=0, metavar="S", help="(default: %(default)s)")
    world.add_argument("--train", type=int, default=100, metavar="N", help="training questions (default: %(default)s)")
    world.add_argument("--dev", type=int, default=200, metavar="N", help="dev questions (default: %(default)s)")
    add_json(world)
    world.set_defaults(run=run_world)


def run_world(options: argparse.Namespace) -> int:
    from dsp.data.world import write_world

    with progress() as report:
        write_world(
            options.to,
            size=options.size,
            seed=options.seed,
            train=options.train,
            dev=options.dev,
            progress=lambda done, total: report("write", done, total),
        )
    made = {key: getattr(options, key) for key in ("to", "size", "seed", "train", "dev")}
    if options.json:
        emit_json(made)
    else:
        print(
            f"{options.size:,} passages, {options.train} training and {options.dev} dev questions in {options.to}\n"
            f"next: dsp index build {options.to}/corpus.jsonl --to {options.to.rstrip('/')}-index"
        )
    return 0
