"""Rendering untrusted text harmless: no value can pose as a field, a part or a chat turn.

Prompts are text, and the texts in them (passages, questions, earlier completions) may be hostile. Whatever looks
like the template's own structure gets a backslash in front, which a reader sees and a parser skips; `unescape`
takes it off again, so that parsing gives back what was rendered. Passages are also laid on one line each, so that
nothing in them can begin a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_MARKER = re.compile(r"(\[\[\s*)(\\*##)")
_ESCAPED_MARKER = re.compile(r"(\[\[\s*)\\(\\*##)")
_TURN = re.compile(r"<([|｜][^<>|｜\n]{0,64}[|｜]|/?s|/?(?:start|end)_of_turn|<SYS>|</SYS>)>|\[(/?INST)\]", re.I)
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """The text with every run of white space, line ends and control characters made one space."""
    return _BREAKS.sub(" ", text).strip()


def plain_lines(text: str) -> str:
    r"""The text with every kind of line end written `\n`, and what a chat model may take for a turn broken up."""
    return _TURN.sub(_broken_up, _LINE_ENDS.sub("\n", _printable(text)))


def _broken_up(turn: re.Match[str]) -> str:
    return f"< {turn[1]} >" if turn[1] else f"[ {turn[2]} ]"


def escape_markers(text: str) -> str:
    r"""`[[ ## name` becomes `[[ \## name`."""
    return _MARKER.sub(r"\1\\\2", text)


def unescape_markers(text: str) -> str:
    return _ESCAPED_MARKER.sub(r"\1\2", text)


def escape_tags(text: str, names: tuple[str, ...]) -> str:
    r"""`<answer>` and `</answer>` become `<\answer>` and `<\/answer>`; other tags stay."""
    return _tag_pattern(names, escaped=False).sub(r"<\\\1", text)


def unescape_tags(text: str, names: tuple[str, ...]) -> str:
    return _tag_pattern(names, escaped=True).sub(r"<\1", text)


@lru_cache(maxsize=1024)
def _tag_pattern(names: tuple[str, ...], *, escaped: bool) -> re.Pattern[str]:
    words = "|".join(map(re.escape, names))
    return re.compile(rf"<{re.escape(chr(92)) if escaped else ''}(\\*\s*(?:/\s*)?(?:{words})(?!\w))", re.I)


def escape_labels(text: str, labels: Iterable[str]) -> str:
    r"""A line that begins like a label (`Answer:`, `**Answer:**`) or is a rule (`---`) gets a backslash in front."""
    return _line_pattern(tuple(labels), escaped=False).sub(r"\1\\\2", text)


def unescape_labels(text: str, labels: Iterable[str]) -> str:
    return _line_pattern(tuple(labels), escaped=True).sub(r"\1\2", text)


@lru_cache(maxsize=1024)
def _line_pattern(labels: tuple[str, ...], *, escaped: bool) -> re.Pattern[str]:
    names = "|".join(re.escape(label) for label in labels)
    structure = rf"(?:[#*_ \t]*(?:{names})[*_ \t]*:|-{{3,}}[ \t]*$)" if names else r"-{3,}[ \t]*$"
    return re.compile(rf"^([ \t]*+){re.escape(chr(92)) if escaped else ''}(\\*{structure})", re.M | re.I)


def _printable(text: str) -> str:
    """Lone surrogates cannot be sent to any server: each becomes the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
