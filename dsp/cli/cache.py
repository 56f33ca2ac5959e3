"""`dsp cache`: what finished LM calls are kept, and how to be rid of them or take them along."""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from typing import IO, TYPE_CHECKING

from dsp.cli.options import add_json
from dsp.cli.output import emit_json

if TYPE_CHECKING:
    from dsp.cache.sqlite import SQLiteCache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="cache_verb", metavar="VERB", required=True)
    info = verbs.add_parser("info", help="where the cache is, and what it holds")
    add_json(info)
    info.set_defaults(run=run_info)
    verbs.add_parser("clear", help="forget every finished call").set_defaults(run=run_clear)
    export = verbs.add_parser("export", help="write every entry as one line of JSON")
    export.add_argument("--to", required=True, metavar="FILE", help="the JSONL file to write")
    export.set_defaults(run=run_export)


def run_info(options: argparse.Namespace) -> int:
    cache = _cache()
    found = cache.info()
    damaged = len(cache.verify())
    if options.json:
        emit_json({**dataclasses.asdict(found), "damaged": damaged})
        return 0
    print(f"{found.path}: {found.entries:,} finished calls, {found.bytes:,} bytes, {damaged} damaged")
    if found.entries:
        print(f"  from {_date(found.oldest)} to {_date(found.newest)}")
    return 0


def run_clear(options: argparse.Namespace) -> int:
    print(f"{_cache().clear():,} finished calls forgotten")
    return 0


def run_export(options: argparse.Namespace) -> int:
    from dsp.errors import CacheError
    from dsp.files import write_with

    cache = _cache()
    count = 0

    def lines(stream: IO[str]) -> None:
        nonlocal count
        for key, value in cache.items():
            stream.write(json.dumps({"key": key, "value": json.loads(value)}, ensure_ascii=False) + "\n")
            count += 1

    write_with(options.to, lines, error=CacheError)
    print(f"{count:,} finished calls in {options.to}")
    return 0


def _cache() -> SQLiteCache:
    from dsp.errors import InputError
    from dsp.wiring import open_cache

    cache = open_cache()
    if cache is None:
        raise InputError("there is no cache, for DSP_CACHE is off; unset it, or set it to a folder")
    return cache


def _date(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
