"""`dsp index add|update|delete|compact|snapshot`: an index that changes while others search it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dsp.cli.corpus_options import add_corpus_options, corpus_of, progress_of
from dsp.cli.options import add_json
from dsp.cli.output import emit_json
from dsp.cli.progress import progress

if TYPE_CHECKING:
    from indexes import Change


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, what in (
        ("add", "add passages to an index; their ids must be new"),
        ("update", "add passages to an index, each in place of the one with its id"),
    ):
        parser = verbs.add_parser(name, help=what)
        parser.add_argument("dir", metavar="DIR")
        add_corpus_options(parser)
        parser.add_argument("--embedding-cache", metavar="DIR", help="keep vectors there, to embed no text twice")
        add_json(parser)
        parser.set_defaults(run=run_add if name == "add" else run_update)
    _delete_arguments(verbs.add_parser("delete", help="delete passages by their ids"))
    compact = verbs.add_parser("compact", help="make the index what a build of its passages would make")
    compact.add_argument("dir", metavar="DIR")
    compact.add_argument("--embedding-cache", metavar="DIR", help="take vectors from there, and keep them")
    add_json(compact)
    compact.set_defaults(run=run_compact)
    snapshot = verbs.add_parser("snapshot", help="keep an index as it is now, in a folder of its own")
    snapshot.add_argument("dir", metavar="DIR")
    snapshot.add_argument("--to", required=True, metavar="DIR", help="the folder that becomes the snapshot")
    snapshot.set_defaults(run=run_snapshot)


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--ids-from", metavar="FILE", help="a file with an id on each line; - is standard input")
    parser.add_argument("--missing-ok", action="store_true", help="pass over ids that are not there")
    add_json(parser)
    parser.set_defaults(run=run_delete)


def run_add(options: argparse.Namespace) -> int:
    import indexes

    return _with_corpus(options, indexes.add)


def run_update(options: argparse.Namespace) -> int:
    import indexes

    return _with_corpus(options, indexes.update)


def _with_corpus(options: argparse.Namespace, change: Callable[..., Change]) -> int:
    from indexes.corpora.wording import as_flags

    with as_flags(), progress() as report:
        corpus = corpus_of(options)
        done = change(
            options.dir,
            corpus,
            embedding_cache=options.embedding_cache,
            progress=progress_of(corpus, report),
        )
    return _say(options, done)


def run_delete(options: argparse.Namespace) -> int:
    import indexes

    with progress() as report:
        done = indexes.delete(
            options.dir,
            _ids(options),
            missing_ok=options.missing_ok,
            progress=lambda count, total: report("index", count, total),
        )
    return _say(options, done)


def _ids(options: argparse.Namespace) -> list[str]:
    from dsp.errors import InputError

    if bool(options.ids) == bool(options.ids_from):
        raise InputError("delete takes ids, or --ids-from FILE, but got " + ("both" if options.ids else "neither"))
    if options.ids:
        return list(options.ids)
    if options.ids_from == "-":
        text = sys.stdin.read()
    else:
        try:
            text = Path(options.ids_from).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"--ids-from must be a text file in UTF-8, but {options.ids_from} is not: {error}"
            ) from None
    return [line.rstrip("\r") for line in text.split("\n") if line.rstrip("\r")]


def run_compact(options: argparse.Namespace) -> int:
    import indexes

    with progress() as report:
        done = indexes.compact(
            options.dir,
            embedding_cache=options.embedding_cache,
            progress=lambda count, total: report("index", count, total),
        )
    return _say(options, done)


def run_snapshot(options: argparse.Namespace) -> int:
    import indexes

    indexes.snapshot(options.dir, options.to)
    print(f"{options.to}: {options.dir} as it is now")
    return 0


def _say(options: argparse.Namespace, done: Change) -> int:
    counts = {"added": done.added, "replaced": done.replaced, "deleted": done.deleted}
    if options.json:
        emit_json({**counts, "passages": done.passages})
        return 0
    changes = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    print(f"{done.passages:,} passages in {options.dir}" + (f" ({changes})" if changes else ""))
    return 0
