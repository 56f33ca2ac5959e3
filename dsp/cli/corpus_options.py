"""The options that say which passages to index, and how they are cut out of files."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dsp.cli.progress import Report

if TYPE_CHECKING:
    from indexes import FileCorpus
    from indexes.protocols import Progress


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="files or folders of JSONL, CSV, TSV, HotpotQA (questions, or its Wikipedia), BEIR, MS MARCO, DPR, "
        "Parquet, Arrow, text, Markdown, HTML or PDF; or hf://owner/name/configuration/split",
    )
    parser.add_argument("--format", metavar="NAME", help="what the sources are, where their names don't say it")
    parser.add_argument(
        "--split",
        metavar="UNIT[:N]",
        help="cut texts by words:N, tokens:N, sentences:N or headings:N, or none (default: documents by words:120)",
    )
    parser.add_argument("--overlap", type=int, metavar="N", help="what neighbours share, in units (default: a fifth)")
    parser.add_argument("--normalize", metavar="FORM", help="put texts in a Unicode form: NFC, NFKC, NFD or NFKD")
    for name, what in (("include", "read only such files of folders"), ("exclude", "leave such files of folders out")):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="PATTERN", help=f"{what}, as '*.md'; may be repeated"
        )
    parser.add_argument("--workers", type=int, metavar="N", help="processes that parse HTML, PDF and dumps")
    parser.add_argument("--skip-bad", type=int, default=0, metavar="N", help="tolerate up to N bad records")


def corpus_of(options: argparse.Namespace) -> FileCorpus:
    """The corpus that they describe; says on standard error which files of folders are no part of it."""
    from dsp.report.answers import printable
    from indexes import FileCorpus

    corpus = FileCorpus(
        options.sources,
        format=options.format,
        skip_bad=options.skip_bad,
        split=options.split,
        overlap=options.overlap,
        normalize=options.normalize,
        include=options.include,
        exclude=options.exclude,
        workers=options.workers,
    )
    if len(corpus.left_out):
        print(f"dsp: left out of the folders: {printable(corpus.left_out)}", file=sys.stderr)
    return corpus


def progress_of(corpus: FileCorpus, report: Report) -> Progress:
    """Tells of the passages done, and of how many there may be, by the bytes that are read."""

    def told(done: int, total: int | None) -> None:
        size = corpus.bytes
        guess = "reckoned from " if total is None else ""
        note = f"{guess}{corpus.bytes_read / 1e6:,.0f} of {size / 1e6:,.0f} MB" if size else ""
        report("index", done, corpus.expected(done) if total is None else total, note)

    return told
