"""`dsp index evaluate`: how well an index finds what judged queries need."""

from __future__ import annotations

import argparse
import time

from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.progress import progress


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
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    import indexes
    from dsp.data.judgements import read_judged
    from dsp.errors import DataError
    from dsp.evaluate.retrieval import RetrievalEvaluation, compare_retrieval, evaluate_retrieval
    from dsp.files import check_writable
    from dsp.report.scores import differences_text, scores_text

    if options.run_file:
        check_writable(options.run_file, error=DataError)
    judged = read_judged(options.data, options.qrels, limit=options.limit)

    def evaluated(folder: str, stage: str) -> tuple[RetrievalEvaluation, float]:
        with indexes.open(folder) as index, progress() as report:
            started = time.perf_counter()
            found = evaluate_retrieval(
                index, judged, options.k, progress=lambda done, total: report(stage, done, total)
            )
            return found, time.perf_counter() - started

    found, seconds = evaluated(options.dir, "search")
    summary = {**found.to_dict(), "seconds": round(seconds, 3), "index": options.dir}
    if options.against:
        changes = compare_retrieval(evaluated(options.against, "search against")[0], found)
        summary |= {"against": options.against, "change": {name: each.to_dict() for name, each in changes.items()}}
    if options.run_file:
        found.write_run(options.run_file)
    if options.json:
        emit_json(summary)
        return 0
    print(f"{options.dir} on {len(judged)} queries of {options.data}, {seconds / len(judged) * 1000:.1f} ms a query")
    print(scores_text(summary))
    if options.against:
        print(f"against {options.against}, paired:\n{differences_text(summary['change'])}")
    return 0
