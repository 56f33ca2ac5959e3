"""`dsp index`: build an index from sources, search it, change it, describe it, verify it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from dsp.cli import index_changes, index_evaluate, index_search
from dsp.cli.corpus_options import add_corpus_options, corpus_of, progress_of
from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.progress import progress

_OPTIONS = (  # of their own
    *("source", "to", "engine", "analyzer", "embedder", "embedding_cache", "format", "skip_bad", "progress"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="index_verb", metavar="VERB", required=True)
    _build_arguments(verbs.add_parser("build", help="make an index from passages"))
    index_changes.add_verbs(verbs)
    index_search.add_arguments(verbs.add_parser("search", help="the passages that answer a query best"))
    info = verbs.add_parser("info", help="what an index holds and how it was built")
    info.add_argument("dir", metavar="DIR")
    add_json(info)
    info.set_defaults(run=run_info)
    evaluate = verbs.add_parser("evaluate", help="how well it finds what judged queries need")
    index_evaluate.add_arguments(evaluate)
    verify = verbs.add_parser("verify", help="check every file of an index against its checksum")
    verify.add_argument("dir", metavar="DIR")
    verify.set_defaults(run=run_verify)


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus_options(parser)
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder that becomes the index")
    parser.add_argument("--engine", default="bm25", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument("--analyzer", default="english", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument(
        "--embedder",
        metavar="NAME[/MODEL]",
        help="for engines that compare vectors: hashing, lsa, sentence_transformers/… or openai/…",
    )
    parser.add_argument("--embedding-cache", metavar="DIR", help="keep vectors there, for a build that is interrupted")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="parameters",
        help="a parameter of the engine, such as title_weight=2",
    )
    add_json(parser)
    parser.set_defaults(run=run_build)


def run_build(options: argparse.Namespace) -> int:
    import indexes
    from indexes.corpora.wording import as_flags

    with as_flags(), progress() as report:
        corpus = corpus_of(options)
        index = indexes.build(
            corpus,
            options.to,
            engine=options.engine,
            analyzer=options.analyzer,
            embedder=options.embedder,
            embedding_cache=options.embedding_cache,
            progress=progress_of(corpus, report),
            **_parameters(options.parameters),
        )
    with index:
        info = index.info()
    if options.json:
        emit_json(info)
    else:
        skipped = f", {info['skipped']} bad records skipped" if info.get("skipped") else ""
        print(f"{info['passages']:,} passages in {options.to} ({info['engine']}, {info['bytes']:,} bytes{skipped})")
    return 0


def _parameters(pairs: list[str]) -> dict[str, Any]:
    """An engine's parameters as numbers where they are numbers; the engine itself says which it knows."""
    from dsp.errors import InputError

    parameters: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier() or name in _OPTIONS:
            raise InputError(f'--set takes NAME=VALUE, but got "{pair}"; write for example title_weight=2')
        parameters[name] = _number(value)
    return parameters


def _number(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def run_info(options: argparse.Namespace) -> int:
    import indexes

    with indexes.open(options.dir) as index:
        info = index.info()
    if options.json:
        emit_json(info)
    else:
        print("\n".join(f"{name:<16} {json.dumps(value, ensure_ascii=False)}" for name, value in info.items()))
    return 0


def run_verify(options: argparse.Namespace) -> int:
    import indexes

    indexes.verify(options.dir)
    print(f"{options.dir}: every file is as it was written")
    return 0
