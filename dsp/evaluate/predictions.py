"""HotpotQA's official prediction file, and its official scores.

The file is `{"answer": {id: text}, "sp": {id: [[title, sentence], …]}}`. The scores are those of HotpotQA's
evaluation script, `hotpot_evaluate_v1.py` (Yang et al. 2018), to the last digit.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsp.errors import DataError
from dsp.evaluate.metrics.normalize import Overlap, gold_answers, normalize_answer, overlap
from dsp.types.example import Example

Fact = tuple[str, int]
"""A supporting fact: a passage's title and the number of one of its sentences, from 0."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What was answered to each question id, and which supporting facts were given for it."""

    answer: Mapping[str, str] = field(default_factory=dict)
    sp: Mapping[str, Sequence[Fact]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficialScores:
    """The script's twelve means over all gold questions, and the questions that the file does not cover.

    `scores` has the keys em, f1, prec, recall, and the same with the prefixes sp_ and joint_.
    """

    scores: Mapping[str, float]
    missing_answers: tuple[str, ...] = ()
    missing_supports: tuple[str, ...] = ()


def write_predictions(path: str | os.PathLike[str], predictions: Predictions) -> None:
    """Write the official file; whoever reads `path` sees the old file or the whole new one, never half.

    Raises DataError where it cannot be written.
    """
    target = Path(path)
    content = {
        "answer": dict(predictions.answer),
        "sp": {key: [[title, sentence] for title, sentence in facts] for key, facts in predictions.sp.items()},
    }
    _write_whole(target, json.dumps(content, ensure_ascii=False) + "\n")


def read_predictions(path: str | os.PathLike[str]) -> Predictions:
    """Read an official file back.

    Raises DataError, naming the file and the question, where it is missing or not of that form.
    """
    source = Path(path)
    try:
        content = json.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{source}: cannot be read ({error.strerror}); give a prediction file") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: a prediction file is JSON in UTF-8, but this is not ({error})") from error
    if not isinstance(content, dict) or not isinstance(content.get("answer"), dict):
        raise DataError(
            f'{source}: a prediction file is {{"answer": {{id: text}}, "sp": {{…}}}}; "answer" is not there'
        )
    for key, text in content["answer"].items():
        if not isinstance(text, str):
            raise DataError(f'{source}: the answer to "{key}" must be text, but is {text!r}')
    supports = content.get("sp", {})
    if not isinstance(supports, dict):
        raise DataError(f'{source}: "sp" must map ids to supporting facts, but is {type(supports).__name__}')
    return Predictions(content["answer"], {key: _facts(source, key, value) for key, value in supports.items()})


def official_scores(golds: Iterable[Example], predictions: Predictions) -> OfficialScores:
    """HotpotQA's official scores of the predictions over the gold questions.

    A gold example needs `id`, `answer` and, for the sp_ and joint_ scores, `supporting_facts` (none: an
    empty list, as the script would take it). A question whose id is not predicted counts 0 and is
    reported. Where an example has several gold answers the best counts, which the script does not know.
    No questions: all 0."""
    totals = dict.fromkeys(
        (prefix + name for prefix in ("", "sp_", "joint_") for name in ("em", "f1", "prec", "recall")), 0.0
    )
    missing_answers, missing_supports, count = [], [], 0
    for gold in golds:
        count += 1
        key = str(gold["id"])
        answer = supports = None
        if key in predictions.answer:
            answer = _answer_scores(predictions.answer[key], gold_answers(gold))
            _add(totals, "", *answer)
        else:
            missing_answers.append(key)
        if key in predictions.sp:
            supports = _support_scores(predictions.sp[key], gold.get("supporting_facts") or [])
            _add(totals, "sp_", *supports)
        else:
            missing_supports.append(key)
        if answer and supports:
            _add(totals, "joint_", *_joint_scores(answer, supports))
    scores = {name: total / count if count else 0.0 for name, total in totals.items()}
    return OfficialScores(scores, tuple(missing_answers), tuple(missing_supports))


Scores = tuple[float, Overlap]
"""Exact match, and F1 with precision and recall."""


def _answer_scores(prediction: str, golds: Sequence[str]) -> Scores:
    ours = normalize_answer(prediction)
    exact = float(any(ours == normalize_answer(gold) for gold in golds))
    return exact, max((overlap(prediction, gold) for gold in golds), key=lambda shared: shared.f1)


def _support_scores(prediction: Sequence[Sequence[Any]], gold: Sequence[Sequence[Any]]) -> Scores:
    ours, theirs = {tuple(fact) for fact in prediction}, {tuple(fact) for fact in gold}
    right = len(ours & theirs)
    precision = right / len(ours) if ours else 0.0
    recall = right / len(theirs) if theirs else 0.0
    return float(ours == theirs), _harmonic(precision, recall)


def _joint_scores(answer: Scores, supports: Scores) -> Scores:
    precision = answer[1].precision * supports[1].precision
    recall = answer[1].recall * supports[1].recall
    return answer[0] * supports[0], _harmonic(precision, recall)


def _harmonic(precision: float, recall: float) -> Overlap:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
    return Overlap(f1, precision, recall)


def _add(totals: dict[str, float], prefix: str, exact: float, shared: Overlap) -> None:
    totals[prefix + "em"] += exact
    totals[prefix + "f1"] += shared.f1
    totals[prefix + "prec"] += shared.precision
    totals[prefix + "recall"] += shared.recall


def _facts(source: Path, key: str, value: Any) -> list[Fact]:
    facts: list[Fact] = []
    for fact in value if isinstance(value, list) else [value]:
        match fact:
            case [str(title), int(sentence)] if not isinstance(sentence, bool):
                facts.append((title, sentence))
            case _:
                raise DataError(
                    f'{source}: a supporting fact of "{key}" must be [title, sentence number], not {fact!r}'
                )
    return facts


def _write_whole(target: Path, text: str) -> None:
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        raise DataError(f"{target}: cannot be written ({error.strerror}); choose another file") from error
    finally:
        with suppress(OSError):  # where its folder is none, there is nothing to remove
            temporary.unlink(missing_ok=True)
