"""Questions from a file: HotpotQA's JSON, or JSON lines with `question` and `answer`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dsp.data.records import Record, read_records
from dsp.errors import DataError, InputError
from dsp.types.example import Example


class _BadRecordError(Exception):
    """One record that is no question; `no_answer` marks the reason that is counted over the whole file."""

    def __init__(self, problem: str, *, no_answer: bool = False) -> None:
        super().__init__(problem)
        self.no_answer = no_answer


def read_questions(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    skip_bad: int = 0,
    on_skip: Callable[[str], None] | None = None,
) -> list[Example]:
    """The file's questions in order, as examples whose one input is `question`.

    Each has `id`, `question`, `answer`, and where the file has them `answers` (all gold answers, where a
    record lists several; `answer` is the first), `gold_titles` (distinct, in order), `supporting_facts`
    (`[[title, sentence number], …]`), `type` and `level`. A `context` is not kept: programs retrieve for
    themselves. A record without an id is called after its place, "q1", "q2", ….

    At most `limit` questions are read. Up to `skip_bad` bad records are left out, each reported to `on_skip`.

    Raises DataError, naming the file, the place and the remedy, for a missing or empty file, bad JSON or
    UTF-8, a record without question, questions without answers, duplicate ids, wrong types. Raises
    InputError for a limit below 1 or a negative skip_bad."""
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1, but got {limit}; leave it out to read all questions")
    if skip_bad < 0:
        raise InputError(f"skip_bad must be 0 or more, but got {skip_bad}; 0 tolerates no bad record")
    tolerance = _Tolerance(Path(path), skip_bad, on_skip)
    examples: list[Example] = []
    places: dict[str, str] = {}
    total = 0
    for total, record in enumerate(read_records(Path(path)), start=1):
        try:
            example = _example(record, total)
            if example["id"] in places:
                raise _BadRecordError(f'repeats the id "{example["id"]}" of {places[example["id"]]}; ids must differ')
        except _BadRecordError as error:
            tolerance.take(record.where, error)
            continue
        places[example["id"]] = record.where
        examples.append(example)
        if len(examples) == limit:
            break
    tolerance.close(total)
    if not examples:
        raise DataError(f"{path}: a file of questions must hold at least one good one, but has none of {total}")
    return examples


class _Tolerance:
    """Counts bad records, and raises DataError at the first one too many; at `close` where answers are
    lacking, so that the message can say how many."""

    def __init__(self, path: Path, skip_bad: int, on_skip: Callable[[str], None] | None) -> None:
        self.path, self.skip_bad, self.on_skip = path, skip_bad, on_skip
        self.skipped = 0
        self.unanswered: list[str] = []

    def take(self, where: str, error: _BadRecordError) -> None:
        message = f"{self.path}: {where} {error}"
        if error.no_answer:
            self.unanswered.append(where)
        elif self.skipped >= self.skip_bad:
            tolerated = f" ({self.skipped} bad records before it were left out)" if self.skipped else ""
            raise DataError(message + tolerated)
        self.skipped += 1
        if self.on_skip is not None and self.skipped <= self.skip_bad:
            self.on_skip(message)

    def close(self, total: int) -> None:
        if self.skipped > self.skip_bad:
            raise DataError(
                f"{self.path}: every question needs an answer, but {len(self.unanswered)} of {total} have "
                f"none (the first: {self.unanswered[0]}); add the answers, or let skip_bad leave them out"
            )


def _example(record: Record, number: int) -> Example:
    if record.problem:
        raise _BadRecordError(record.problem)
    fields = record.fields
    question = _text(fields, "question")
    found: dict[str, Any] = {"id": _identity(fields, number, question), "question": question}
    if not found["question"].strip():
        raise _BadRecordError('has no question; every record needs the text "question"')
    answers = _answers(fields)
    found["answer"] = answers[0]
    if len(answers) > 1:
        found["answers"] = answers
    facts = _supporting_facts(fields)
    titles = fields.get("gold_titles")
    if titles is None and facts is not None:
        titles = [title for title, _ in facts]
    if titles is not None:
        found["gold_titles"] = list(dict.fromkeys(_texts("gold_titles", titles)))
    if facts is not None:
        found["supporting_facts"] = facts
    for name in ("type", "level"):
        if fields.get(name) is not None:
            found[name] = _text(fields, name)
    return Example(found).with_inputs("question")


def _identity(fields: Mapping[str, object], number: int, question: str) -> str:
    """The record's id; where it has none, its number with a digest of its question, that of no other file's."""
    for name in ("_id", "id"):
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None:
            return _checked(name, value)
    digest = hashlib.blake2s(question.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"q{number}-{digest}"


def _answers(fields: Mapping[str, object]) -> list[str]:
    value = fields.get("answer")
    if value is None:
        value = fields.get("answers")
    given = [] if value is None else _texts("answer", value if isinstance(value, list) else [value])
    answers = list(dict.fromkeys(text for text in given if text.strip()))
    if not answers:
        raise _BadRecordError('has no answer; every question needs the text "answer"', no_answer=True)
    return answers


def _supporting_facts(fields: Mapping[str, object]) -> list[list[Any]] | None:
    value = fields.get("supporting_facts")
    if value is None:
        return None
    if not isinstance(value, list):
        raise _BadRecordError(f'has "supporting_facts" that are no list of [title, sentence number]: {value!r:.60}')
    facts: list[list[Any]] = []
    for fact in value:
        match fact:
            case [str(title), int(sentence)] if not isinstance(sentence, bool):
                facts.append([_checked("supporting_facts", title), sentence])
            case _:
                raise _BadRecordError(f"has a supporting fact that is no [title, sentence number]: {fact!r:.60}")
    return facts


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else _checked(name, value)


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise _BadRecordError(f'has "{name}" of the wrong type: it must be a list of texts, but is {value!r:.60}')
    return [_checked(name, item) for item in value]


def _checked(name: str, value: object) -> str:
    """The value, if it is text that UTF-8 can write: JSON can escape half a character, which no file
    holds."""
    if not isinstance(value, str):
        raise _BadRecordError(f'has "{name}" of the wrong type: it must be text, but is {value!r:.60}')
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _BadRecordError(f'has half a character (a lone surrogate) in "{name}"; write the whole one') from None
    return value
