"""`dsp`: reads the command, runs its verb, and says in one line what went wrong.

Exit status: 0 done, 1 the work failed, 2 the command was wrong, 130 interrupted.
"""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from dsp.cli.output import json_alone

VERBS = {
    "demo": "the main job on a bundled corpus: index, ask, evaluate, compile, evaluate again",
    "index": "build, search, describe and verify indexes",
    "ask": "answer a question from an index",
    "evaluate": "score a program on a file of questions",
    "compile": "make a program better on training questions, and show by how much",
    "serve": "answer questions over HTTP, with any program",
    "data": "make data: a generated world with its questions",
    "cache": "describe, clear or export the cache of finished LM calls",
}


def command() -> int:
    """What the console script runs. A command that ends early leaves at once, without taking the interpreter apart.

    Its threads may still be searching or computing in native code, which must not have the ground taken from under it:
    that would end in an abort. Whatever had to be closed was closed on the way out of the verb.
    """
    status = main()
    if status:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Never raises: every failure is a line on standard error and an exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _write_anything()
    try:
        return _run(given)
    except SystemExit as end:  # argparse has said what was wrong, or helped
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        print("dsp: interrupted; nothing half-done is left, and finished LM calls are kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(given: list[str]) -> int:
    parser = _parser(given)
    options = parser.parse_args(given)
    from dsp.errors import CheckError, DspError, InputError
    from indexes.errors import IndexesError
    from indexes.errors import InputError as IndexInputError

    try:
        with json_alone() if getattr(options, "json", False) else nullcontext():
            status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except CheckError as error:
        from dsp.report.answers import printable

        print("dsp: " + "\n  ".join(map(printable, str(error).splitlines())), file=sys.stderr)
        return 1
    except (DspError, IndexesError, OSError) as error:
        from dsp.report.answers import printable

        print(f"dsp: {printable(error)}", file=sys.stderr)
        return 2 if isinstance(error, InputError | IndexInputError) else 1
    return status


def _write_anything() -> None:
    """What an output's encoding lacks (half a character, say) is escaped as JSON does it, and ends no command."""
    codecs.register_error("dsp.json", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="dsp.json")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _parser(given: list[str]) -> argparse.ArgumentParser:
    """The parser; only the verb that is asked for is imported."""
    parser = argparse.ArgumentParser(
        prog="dsp",
        description="Demonstrate, search, predict: retrieval-augmented programs over language models that compile.",
        epilog="dsp VERB --help says more. New here? Run: dsp demo",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"dsp {_version()}" if "--version" in given else "")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    asked = next((word for word in given if word in VERBS), None)
    for verb, summary in VERBS.items():
        subparser = verbs.add_parser(verb, help=summary, description=summary.capitalize() + ".")
        if verb == asked:
            importlib.import_module(f"dsp.cli.{verb}").add_arguments(subparser)
    return parser


def _version() -> str:
    from importlib.metadata import version

    return version("dsp")
