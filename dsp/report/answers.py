"""An answer and the way to it, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 100


def answer_text(found: Mapping[str, Any]) -> str:
    """The answer, the reasoning behind it and the passages read, from `dsp ask --json`'s object."""
    lines = [f"Question   {printable(found['question'])}"]
    for number, queries in enumerate(found.get("queries") or [], 2):
        lines += [f"Hop {number} asks {printable(query)}" for query in queries]
    if found.get("context"):
        lines += ["Passages", *passage_lines(found["context"])]
    if found.get("reasoning"):
        lines += _wrapped("Reasoning  ", found["reasoning"])
    lines.append(f"Answer     {printable(found.get('answer', ''))}")
    return "\n".join(lines)


def trace_text(trace: Mapping[str, Any]) -> str:
    """Every step of a trace in order: what was searched and found, what was asked of the LM and answered."""
    lines = []
    for number, step in enumerate(trace["steps"], 1):
        lines.append(f"{number}. {step['kind']} {step['name']}  ({step['seconds'] * 1000:.0f} ms)")
        if step["kind"] == "search":
            lines.append(f"   query: {printable(step['inputs']['query'])}")
            lines += ["   " + line for line in passage_lines(step["outputs"]["hits"])]
        else:
            for name, value in step["outputs"].items():
                lines += _wrapped(f"   {name}: ", str(value))
    return "\n".join(lines)


def passage_lines(passages: Sequence[Mapping[str, Any] | str]) -> list[str]:
    """One line a passage: its number, title, score, and how its text begins."""
    lines = []
    for number, passage in enumerate(passages, 1):
        if isinstance(passage, str):
            lines.append("  " + textwrap.shorten(f"[{number}] {printable(passage)}", WIDTH, placeholder=" …"))
            continue
        score = f" ({passage['score']:.2f})" if "score" in passage else ""
        head = f"[{number}] {printable(passage.get('title') or passage.get('id', ''))}{score}"
        lines.append("  " + textwrap.shorten(f"{head}: {printable(passage.get('text', ''))}", WIDTH, placeholder=" …"))
    return lines


def printable(value: object) -> str:
    """A text that cannot move a terminal's cursor: control characters and line ends become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def _wrapped(lead: str, text: str) -> list[str]:
    indent = " " * len(lead)
    return textwrap.wrap(lead + printable(text), WIDTH, subsequent_indent=indent, drop_whitespace=True) or [lead]
