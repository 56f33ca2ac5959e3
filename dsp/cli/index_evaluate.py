"""`dsp index evaluate`: how well an index finds what judged queries need."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.pipeline_options import add_pipeline_options, open_retriever
from dsp.cli.progress import progress

if TYPE_CHECKING:
    from dsp.evaluate.retrieval import RetrievalEvaluation
    from dsp.protocols import Retriever


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument(
        "--data",
        required=True,
        metavar="FILE",
        help="questions with gold titles (HotpotQA's JSON, or JSONL); queries, with --qrels; or a folder as BEIR's",
    )
    parser.add_argument("--qrels", metavar="FILE", help="judgements by passage id, in TREC's or BEIR's form")
    parser.add_argument("-k", type=int, nargs="+", default=[5, 10, 20], metavar="N", help="cut-offs (default: 5 10 20)")
    parser.add_argument("--against", metavar="DIR", help="compare, pairwise, with the index in that folder")
    parser.add_argument("--run-file", metavar="OUT", help="write every hit, in TREC's form")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N queries")
    add_pipeline_options(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    import indexes
    from dsp.data.judgements import read_judged
    from dsp.errors import DataError
    from dsp.evaluate.retrieval import compare_retrieval, evaluate_retrieval
    from dsp.files import check_writable
    from dsp.report.scores import differences_text, scores_text

    if options.run_file:
        check_writable(options.run_file, error=DataError)
    judged = read_judged(options.data, options.qrels, limit=options.limit)

    def evaluated(retriever: Retriever, stage: str) -> tuple[RetrievalEvaluation, float]:
        with progress() as report:
            started = time.perf_counter()
            found = evaluate_retrieval(
                retriever, judged, options.k, progress=lambda done, total: report(stage, done, total)
            )
            return found, time.perf_counter() - started

    with ExitStack() as opened:
        retriever = open_retriever(options, opened)
        found, seconds = evaluated(retriever, "search")
    summary = {**found.to_dict(), "seconds": round(seconds, 3), "index": options.dir}
    if options.pipeline:
        summary["pipeline"] = options.pipeline
    if options.against:
        with indexes.open(options.against) as other:
            changes = compare_retrieval(evaluated(other, "search against")[0], found)
        summary |= {"against": options.against, "change": {name: each.to_dict() for name, each in changes.items()}}
    if options.run_file:
        found.write_run(options.run_file)
    if options.json:
        emit_json(summary)
        return 0
    what = f"{options.pipeline} over {options.dir}" if options.pipeline else options.dir
    print(f"{what} on {len(judged)} queries of {options.data}, {seconds / len(judged) * 1000:.1f} ms a query")
    print(scores_text(summary))
    if options.against:
        print(f"against {options.against}, paired:\n{differences_text(summary['change'])}")
    return 0
