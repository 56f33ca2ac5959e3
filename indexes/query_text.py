"""From a text with operators to a query with structure.

    jane austen                     any of the words
    "jane austen"                   in a row; "jane austen"~2 up to two moves apart
    novel AND (austen OR woolf)     all, any; AND binds more tightly than OR, and OR is what stands between words anyway
    novel NOT film                  but not
    title:emma text:"a novel"       only there, in an index whose fields are separate

Operators are written in capitals; a quote within a phrase is written \\".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from indexes.errors import QueryError
from indexes.queries import AllOf, AnyOf, FieldName, Phrase, Query, Without, Words

MAX_DEPTH = 50
MAX_TOKENS = 1024
MAX_SLOP = 100
_TOKEN = re.compile(
    r'\s*(?:(title|text):(?=\S))?(?:"((?:[^"\\]|\\.)*)"(?:~(\d{1,9}))?|([()])|([^\s()"]+)|(.))', re.DOTALL
)


class _Token:
    """One of: a word or phrase (`leaf`), a parenthesis or an operator (`mark`)."""

    def __init__(self, match: re.Match[str]) -> None:
        field, phrase, slop, bracket, word, stray = match.groups()
        self.at = match.start() + 1
        self.field = cast("FieldName | None", field)
        self.leaf: Words | Phrase | None = None
        self.mark = bracket or ""
        if stray is not None:
            raise QueryError(f"a quote must be closed, but the one at character {match.end()} is not; close it")
        if phrase is not None:
            moves = int(slop or 0)
            if moves > MAX_SLOP:
                raise QueryError(f"a phrase's words may be moved {MAX_SLOP} places at most, but got ~{moves}; say less")
            self.leaf = Phrase(re.sub(r"\\(.)", r"\1", phrase, flags=re.DOTALL), moves, self.field)
        elif word in ("AND", "OR", "NOT") and field is None:
            self.mark = word
        elif word is not None:
            self.leaf = Words(word, self.field)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [_Token(match) for match in _TOKEN.finditer(text.rstrip())]
        if len(self._tokens) > MAX_TOKENS:
            raise QueryError(
                f"a query with operators may hold {MAX_TOKENS} words and operators, but this one holds "
                f"{len(self._tokens)}; shorten it, or search for it as plain text"
            )
        self._next = 0

    def whole(self) -> Query:
        query = self._level(0)
        if self._mark() == ")":
            raise self._wrong('")" must close a "("')
        return query

    def _level(self, depth: int) -> Query:
        """What stands between two parentheses: chains of AND side by side, any of them; less those after NOT."""
        if depth > MAX_DEPTH:
            raise self._wrong(f"parentheses may be nested {MAX_DEPTH} deep")
        found: list[Query] = []
        excluded: list[Query] = []
        while self._next < len(self._tokens) and self._mark() != ")":
            if self._mark() == "OR":
                if not found:
                    raise self._wrong("OR must stand between two parts")
                self._next += 1
                if self._next == len(self._tokens) or self._mark() in (")", "AND", "OR", "NOT"):
                    raise self._wrong("OR must stand between two parts")
            elif self._mark() == "NOT":
                self._next += 1
                excluded.append(self._unit(depth))
                continue
            found.append(self._chain(depth))
        if not found:
            raise self._wrong("a query must ask for something" + (" besides what it excludes" if excluded else ""))
        query = _any(found)
        return Without(query, tuple(excluded)) if excluded else query

    def _chain(self, depth: int) -> Query:
        wanted = [self._unit(depth)]
        excluded: list[Query] = []
        while self._mark() == "AND":
            self._next += 1
            if self._mark() == "NOT":
                self._next += 1
                excluded.append(self._unit(depth))
            else:
                wanted.append(self._unit(depth))
        query = wanted[0] if len(wanted) == 1 else AllOf(tuple(wanted))
        return Without(query, tuple(excluded)) if excluded else query

    def _unit(self, depth: int) -> Query:
        if self._next == len(self._tokens):
            raise self._wrong("a word, a phrase or a parenthesis must follow")
        token = self._tokens[self._next]
        if token.leaf is not None:
            self._next += 1
            return token.leaf
        if token.mark != "(":
            raise self._wrong("a word, a phrase or a parenthesis must follow")
        self._next += 1
        inner = self._level(depth + 1)
        if self._mark() != ")":
            raise self._wrong(f'the "(" at character {token.at} must be closed')
        self._next += 1
        return inner if token.field is None else _within(inner, token.field)

    def _mark(self) -> str:
        return self._tokens[self._next].mark if self._next < len(self._tokens) else ""

    def _wrong(self, rule: str) -> QueryError:
        at_end = self._next >= len(self._tokens)
        where = "the query ends" if at_end else f"character {self._tokens[self._next].at} is something else"
        return QueryError(f"{rule}, but {where}; mend it, or search for it as plain text")


def _any(parts: list[Query]) -> Query:
    """The parts side by side; words that follow one another are one part."""
    merged: list[Query] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Words) and isinstance(last, Words) and part.field == last.field:
            merged[-1] = Words(f"{last.text} {part.text}", part.field)
        else:
            merged.append(part)
    return merged[0] if len(merged) == 1 else AnyOf(tuple(merged))


def _within(query: Query, field: FieldName) -> Query:
    """The query, with every leaf that names no field of its own looking into that one."""
    if isinstance(query, Words | Phrase):
        return query if query.field else replace(query, field=field)
    if isinstance(query, Without):
        return Without(_within(query.query, field), tuple(_within(part, field) for part in query.excluded))
    return type(query)(tuple(_within(part, field) for part in query.parts))


def parse_query(text: str) -> Query:
    """The query that a text with operators stands for. Raises QueryError, with the place, where it stands for none."""
    if not text.strip():
        raise QueryError("a query with operators must not be empty, but got nothing; write a word or a phrase")
    return _Parser(text).whole()
