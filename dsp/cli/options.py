"""Options that several verbs take, and what they stand for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dsp.errors import InputError

if TYPE_CHECKING:
    from dsp.lms.budgeted import Budget
    from dsp.modules.module import Module
    from dsp.prompts.template import Template

DEFAULT_PROGRAM = "multihop"
DEFAULT_LM = "extractive"


def add_program(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--program",
        default=DEFAULT_PROGRAM,
        metavar="P",
        help="vanilla, rag, multihop, plain_multihop, cited_multihop, majority, baleen, self_ask or react; "
        "path/to/file.py:ClassName; a compiled program's JSON; several joined by + vote (default: %(default)s)",
    )
    add_program_settings(parser)


def add_program_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", metavar="FILE.py:CLASS", help="the class of a compiled program that is not built in")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=N",
        dest="settings",
        help="a setting of the program, such as k=7 or hops=3",
    )


def add_lm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lm",
        default=DEFAULT_LM,
        metavar="LM",
        help="provider/model, as openai/gpt-4o-mini or ollama/llama3.2; a server's URL#model, as "
        "http://localhost:8000/v1#my-model; or extractive, the embedded reader (default: %(default)s)",
    )
    parser.add_argument(
        "--template",
        metavar="NAME",
        help="how prompts are written: chat, json, plain or xml; extractive reads chat and plain (default: chat)",
    )


def add_index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", required=True, metavar="DIR", help="an index that dsp index build made")


def add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, metavar="N", help="how many LM requests are in flight at a time")
    parser.add_argument("--runs", metavar="DIR", help="where the run is recorded (default: $DSP_RUNS)")
    parser.add_argument("--skip-bad", type=int, default=0, metavar="N", help="tolerate up to N bad records")


def add_budget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--budget",
        metavar="NAME=N,…",
        help="stop when so much is spent, and keep the best so far: calls=, tokens=, usd=, seconds= (comma-separated)",
    )


def add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch",
        action="store_true",
        help="send LM requests by the server's Batch API: half the price, answered within a day; "
        "a run that is interrupted while it waits goes on when it is started again",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")


def program_from(options: argparse.Namespace) -> Module:
    """The program that `--program` names. Raises InputError where it cannot be asked a question."""
    import inspect

    from dsp.modules.module import body_of

    program = any_program_from(options)
    try:
        inspect.signature(body_of(program)).bind(question="")
    except TypeError as error:
        raise InputError(
            f"a program is asked by its input `question`, but {options.program} does not take it alone ({error}); "
            "write def forward(self, question)"
        ) from error
    return program


def any_program_from(options: argparse.Namespace) -> Module:
    """The program that `options.program` names, whatever its inputs."""
    from dsp.programs.loading import load_program

    return load_program(options.program, code=options.code, settings=_settings(options.settings))


def template_from(options: argparse.Namespace) -> Template | None:
    """The template that `--template` names; None, the default one, without."""
    from dsp.prompts.registry import TEMPLATES

    return TEMPLATES.get(options.template)() if options.template else None


def budget_from(options: argparse.Namespace) -> Budget | None:
    """The budget that `--budget calls=1000,usd=2.50` names; None without one."""
    from dsp.lms.budgeted import Budget

    if not options.budget:
        return None
    limits: dict[str, float] = {}
    for part in options.budget.split(","):
        name, _, value = part.strip().partition("=")
        try:
            limits[name] = float(value)
        except ValueError:
            limits[name] = -1.0
        if name not in ("calls", "tokens", "usd", "seconds") or not 0 < limits[name] < float("inf"):
            raise InputError(
                f'--budget takes calls=, tokens=, usd= or seconds= with a number above 0, but got "{part}"; '
                "write for example calls=1000,usd=2.50"
            )
    calls, tokens = (int(limits[name]) if name in limits else None for name in ("calls", "tokens"))
    return Budget(calls=calls, tokens=tokens, usd=limits.get("usd"), seconds=limits.get("seconds"))


def _settings(pairs: list[str]) -> dict[str, int]:
    settings = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if not name.isidentifier() or not value.strip().isdecimal():
            raise InputError(f'--set takes NAME=N with a whole number, but got "{pair}"; write for example k=7')
        settings[name] = int(value)
    return settings
