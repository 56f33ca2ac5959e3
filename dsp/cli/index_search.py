"""`dsp index search`: the passages that answer a query best, of one index or of several composed."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dsp.cli.options import add_json
from dsp.cli.output import emit_json

if TYPE_CHECKING:
    from indexes.pipelines import Composed

MAIN = "index"
"""What an expression calls the index of DIR."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many passages (default: %(default)s)")
    parser.add_argument(
        "--where",
        metavar="JSON",
        help='only passages whose id, title or metadata fit, such as \'{"year": {"gte": 1990}}\'',
    )
    parser.add_argument(
        "--pipeline",
        metavar="EXPRESSION",
        help=f"what to do around the search, such as '{MAIN} >> dedupe() %% 5'; the index of DIR is called {MAIN}",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help=f"another index for --pipeline, under that name: --also dense=DIR --pipeline '{MAIN} | dense'",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp.report.answers import passage_lines
    from dsp.trace import to_json

    with ExitStack() as opened:
        where = None if options.where is None else _filter(options.where)
        retriever = _retriever(options, opened)
        hits = [to_json(hit) for hit in retriever.search(options.query, options.k, where=where)]
    if options.json:
        emit_json({"query": options.query, "k": options.k, "hits": hits})
    else:
        print("\n".join(passage_lines(hits)) if hits else "no passage found")
    return 0


def _filter(text: str) -> Any:
    from dsp.errors import InputError
    from indexes.filters import Filter

    try:
        where = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f'--where takes JSON, but got {text!r} ({error}); write for example \'{{"year": {{"gte": 1990}}}}\''
        ) from None
    return Filter(where)


def _retriever(options: argparse.Namespace, opened: ExitStack) -> Any:
    """The index of DIR, or what the expression makes of it and the others, checked."""
    import indexes
    from dsp.errors import InputError

    folders = {MAIN: options.dir}
    for pair in options.also:
        name, equals, folder = pair.partition("=")
        if not equals or not folder or not name.isidentifier() or name in folders:
            raise InputError(f'--also takes NAME=DIR, each name once, but got "{pair}"; write for example dense=DIR')
        folders[name] = folder
    if options.also and options.pipeline is None:
        raise InputError(f"--also names indexes for --pipeline; say for example --pipeline '{' | '.join(folders)}'")
    found = {name: opened.enter_context(indexes.open(folder)) for name, folder in folders.items()}
    if options.pipeline is None:
        return found[MAIN]
    from indexes.pipelines import parse

    pipeline: Composed = parse(options.pipeline, found)
    return pipeline
