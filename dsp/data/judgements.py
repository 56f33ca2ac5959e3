"""Queries with what is relevant to them: HotpotQA's gold titles, or the relevance judgements of a collection."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dsp.data.questions import read_questions
from dsp.data.records import read_records
from dsp.errors import DataError, InputError

By = Literal["title", "id"]

_ID = ("_id", "id", "query_id")
_TEXT = ("text", "query", "question")


@dataclass(frozen=True, slots=True)
class Judged:
    """A query, and the passages that are relevant to it: by title or by id, each with its grade.

    A grade is a whole number: 0 for what was judged irrelevant, 1 where nothing says more.
    """

    id: str
    query: str
    relevant: Mapping[str, int]
    by: By


def read_judged(
    data: str | os.PathLike[str], qrels: str | os.PathLike[str] | None = None, *, limit: int | None = None
) -> list[Judged]:
    """The judged queries of a file of questions with gold titles; of a file of queries and its `qrels`; or of a folder
    in BEIR's form (`queries.jsonl`, `qrels/test.tsv`).

    Judgements are lines of TREC's four columns (query, 0, passage, grade) or BEIR's three (query, passage, grade; the
    first line is a heading). A query to which nothing is relevant is left out: no search of it can be right or wrong.

    Raises DataError, naming file and place, for what cannot be read, judgements of unknown queries alone, and
    questions of which none says what is relevant; InputError for a limit below 1.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1, but got {limit}; leave it out to read all queries")
    folder = Path(data)
    if folder.is_dir():
        data, qrels = folder / "queries.jsonl", qrels or folder / "qrels" / "test.tsv"
    judged = _by_title(data) if qrels is None else _by_id(Path(data), Path(qrels))
    return judged[:limit]


def _by_title(data: str | os.PathLike[str]) -> list[Judged]:
    questions = read_questions(data)
    judged = [
        Judged(question["id"], question["question"], dict.fromkeys(question["gold_titles"], 1), "title")
        for question in questions
        if question.get("gold_titles")
    ]
    if not judged:
        raise DataError(
            f"{data}: none of its {len(questions)} questions says what is relevant; "
            'add "gold_titles" or "supporting_facts", or give judgements with --qrels'
        )
    return judged


def _by_id(data: Path, qrels: Path) -> list[Judged]:
    relevant: dict[str, dict[str, int]] = {}
    for query, passage, grade in _judgements(qrels):
        relevant.setdefault(query, {})[passage] = grade
    judged, count = [], 0
    for where, identifier, text in _queries(data):
        count += 1
        grades = relevant.pop(identifier, {})
        if not text.strip():
            raise DataError(f"{data}: {where} has no text; every query needs one under {', '.join(_TEXT)}")
        if any(grade > 0 for grade in grades.values()):
            judged.append(Judged(identifier, text, grades, "id"))
    if not judged:
        raise DataError(f"{qrels} judges none of the {count} queries of {data}; give the judgements of these queries")
    return judged


def _queries(data: Path) -> Iterator[tuple[str, str, str]]:
    for record in read_records(data):
        if record.problem:
            raise DataError(f"{data}: {record.where} {record.problem}")
        identifier, text = (
            next((record.fields[name] for name in names if record.fields.get(name) is not None), None)
            for names in (_ID, _TEXT)
        )
        if not isinstance(identifier, str | int) or isinstance(identifier, bool):
            raise DataError(f"{data}: {record.where} has no id; every query needs one under {', '.join(_ID)}")
        if not isinstance(text, str):
            raise DataError(f"{data}: {record.where} has no text; every query needs one under {', '.join(_TEXT)}")
        yield record.where, str(identifier), text


def _judgements(qrels: Path) -> Iterator[tuple[str, str, int]]:
    try:
        with qrels.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                parts = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
                if not any(parts) or (number == 1 and not _whole(parts[-1])):
                    continue  # an empty line, or a heading
                if len(parts) not in (3, 4) or not _whole(parts[-1]):
                    raise DataError(
                        f"{qrels}: line {number} must be a query, a passage and a whole number "
                        f"(or TREC's four columns), but is {line.rstrip()!r:.80}; correct it"
                    )
                yield parts[0], parts[-2], int(parts[-1])
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(f"{qrels}: cannot be read as judgements ({fault}); check the path") from fault


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()
