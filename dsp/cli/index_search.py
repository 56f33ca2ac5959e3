"""`dsp index search`: the passages that answer a query best, of one index or of several composed."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from typing import Any

from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.pipeline_options import add_pipeline_options, open_retriever


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many passages (default: %(default)s)")
    parser.add_argument(
        "--where",
        metavar="JSON",
        help='only passages whose id, title or metadata fit, such as \'{"year": {"gte": 1990}}\'',
    )
    add_pipeline_options(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp.report.answers import passage_lines
    from dsp.trace import to_json

    with ExitStack() as opened:
        where = None if options.where is None else _filter(options.where)
        retriever = open_retriever(options, opened)
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
