"""The options that compose indexes: what is done around a search, and the other indexes that take part."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.folder_index import FolderIndex
    from indexes.pipelines import Composed

MAIN = "index"
"""What an expression calls the index of DIR."""


def add_pipeline_options(parser: argparse.ArgumentParser) -> None:
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


def open_retriever(options: argparse.Namespace, opened: ExitStack) -> FolderIndex | Composed:
    """The index of DIR, or what the expression makes of it and the others. They are closed with `opened`."""
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

    return parse(options.pipeline, found)
