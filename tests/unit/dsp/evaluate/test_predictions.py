from __future__ import annotations

import json
import re
import string
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsp.errors import DataError
from dsp.evaluate.intervals import mean_in_order
from dsp.evaluate.metrics.em import em
from dsp.evaluate.metrics.f1 import f1
from dsp.evaluate.predictions import Predictions, official_scores, read_predictions, write_predictions
from dsp.types.example import Example

# An oracle of its own, written from the description of HotpotQA's script: it shares no code with what it checks.


def plain(text: str) -> str:
    kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(?:the|an|a)\b", " ", kept).split())


def answer_row(guess: str, truth: str) -> tuple[float, float, float, float]:
    guess, truth = plain(guess), plain(truth)
    exact = 1.0 if guess == truth else 0.0
    for special in ("yes", "no", "noanswer"):
        if special in (guess, truth) and guess != truth:
            return exact, 0.0, 0.0, 0.0
    pool = Counter(truth.split())
    same = 0
    for word in guess.split():
        if pool[word] > 0:
            pool[word] -= 1
            same += 1
    if not same:
        return exact, 0.0, 0.0, 0.0
    p, r = 1.0 * same / len(guess.split()), 1.0 * same / len(truth.split())
    return exact, (2 * p * r) / (p + r), p, r


def support_row(guess: list[Any], truth: list[Any]) -> tuple[float, float, float, float]:
    one, two = {tuple(x) for x in guess}, {tuple(x) for x in truth}
    tp, fp, fn = len([x for x in one if x in two]), len(one - two), len(two - one)
    p = 1.0 * tp / (tp + fp) if tp + fp else 0.0
    r = 1.0 * tp / (tp + fn) if tp + fn else 0.0
    return (0.0 if fp + fn else 1.0), (2 * p * r / (p + r) if p + r else 0.0), p, r


def oracle(golds: list[dict[str, Any]], file: dict[str, dict[str, Any]]) -> dict[str, float]:
    total = Counter[str]()
    for gold in golds:
        rows = {}
        if gold["_id"] in file["answer"]:
            rows[""] = answer_row(file["answer"][gold["_id"]], gold["answer"])
        if gold["_id"] in file["sp"]:
            rows["sp_"] = support_row(file["sp"][gold["_id"]], gold["supporting_facts"])
        if len(rows) == 2:
            p, r = rows[""][2] * rows["sp_"][2], rows[""][3] * rows["sp_"][3]
            rows["joint_"] = (rows[""][0] * rows["sp_"][0], 2 * p * r / (p + r) if p + r else 0.0, p, r)
        for prefix, row in rows.items():
            for name, value in zip(("em", "f1", "prec", "recall"), row, strict=True):
                total[prefix + name] += value  # type: ignore[assignment]
    names = [prefix + name for prefix in ("", "sp_", "joint_") for name in ("em", "f1", "prec", "recall")]
    return {name: total[name] / len(golds) for name in names}


WORDS = "yes no noanswer Yes. NO! no-answer the The a an A. Jane Austen austen 1905 1,905 É e\u0301 ß İ ， 「 _ a's"
words = st.sampled_from(WORDS.split())
answers = st.lists(words, max_size=5).map(" ".join) | st.text(max_size=12)
facts = st.lists(st.tuples(st.sampled_from(["A", "B", "C (film)"]), st.integers(0, 3)), max_size=5)
rows = st.lists(
    st.tuples(answers, facts, st.none() | answers, st.none() | facts, st.booleans()), min_size=1, max_size=12
)


@given(rows)
@example(
    [("yes", [], "yes it is", None, False), ("no it is", [], "no", None, False), ("noanswer", [], "no", [], False)]
)
@example([("yes", [], "yes", [], False), ("", [("A", 0)], "the", [("A", 0)], True)])
def test_every_score_equals_the_official_scripts_to_the_last_digit(rows: list[Any]) -> None:
    golds, file = [], {"answer": {}, "sp": {}}
    for number, (answer, facts_, guess, guessed, copied) in enumerate(rows):
        golds.append({"_id": str(number), "answer": answer or "x", "supporting_facts": [list(f) for f in facts_]})
        if copied:
            guess, guessed = answer, facts_
        if guess is not None:
            file["answer"][str(number)] = guess
        if guessed is not None:
            file["sp"][str(number)] = [list(fact) for fact in guessed]
    examples = [Example(gold, id=gold["_id"]) for gold in golds]
    scores = official_scores(examples, Predictions(file["answer"], file["sp"]))
    assert scores.scores == oracle(golds, file)
    assert list(scores.missing_answers) == [g["_id"] for g in golds if g["_id"] not in file["answer"]]
    assert list(scores.missing_supports) == [g["_id"] for g in golds if g["_id"] not in file["sp"]]
    guesses = [Example(answer=file["answer"].get(gold["_id"], "")) for gold in golds if gold["_id"] in file["answer"]]
    asked = [one for one in examples if one["id"] in file["answer"]]
    if len(asked) == len(golds):
        assert mean_in_order([em(*pair) for pair in zip(asked, guesses, strict=True)]) == scores.scores["em"]
        assert mean_in_order([f1(*pair) for pair in zip(asked, guesses, strict=True)]) == scores.scores["f1"]


def test_a_question_that_was_not_answered_counts_nought_and_is_reported() -> None:
    golds = [
        Example(id="1", answer="Bath", supporting_facts=[["Bath", 0]]),
        Example(id="2", answer="Emma", supporting_facts=[["Emma", 0]]),
    ]
    scores = official_scores(golds, Predictions({"1": "bath"}, {"1": [("Bath", 0)]}))
    assert set(scores.scores.values()) == {0.5}
    assert scores.missing_answers == scores.missing_supports == ("2",)


def test_no_questions_score_nought() -> None:
    assert set(official_scores([], Predictions()).scores.values()) == {0.0}


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), facts)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, answer: dict[str, str], facts_: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("predictions") / "predictions.json"
    predictions = Predictions(answer, {"1": facts_})
    write_predictions(path, predictions)
    assert read_predictions(path) == predictions
    assert [found.name for found in path.parent.iterdir()] == ["predictions.json"]


def test_the_file_is_the_official_one(tmp_path: Path) -> None:
    path = tmp_path / "predictions.json"
    path.write_text("an older file", "utf-8")
    write_predictions(path, Predictions({"1": "Bath"}, {"1": [("Bath", 0)]}))
    assert json.loads(path.read_text("utf-8")) == {"answer": {"1": "Bath"}, "sp": {"1": [["Bath", 0]]}}


def test_a_folder_that_is_not_there_leaves_nothing_half_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        write_predictions(tmp_path / "absent" / "predictions.json", Predictions())
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "predictions.json"
    write_predictions(path, Predictions({"1": "old"}))
    with pytest.raises(UnicodeEncodeError):
        write_predictions(path, Predictions({"1": "\ud800"}))
    assert read_predictions(path).answer == {"1": "old"}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is JSON in UTF-8"),
        ("[]", '"answer" is not there'),
        ('{"answer": []}', '"answer" is not there'),
        ('{"answer": {"1": 5}}', 'the answer to "1" must be text, but is 5'),
        ('{"answer": {}, "sp": []}', '"sp" must map ids'),
        ('{"answer": {}, "sp": {"1": [["T"]]}}', 'a supporting fact of "1"'),
        ('{"answer": {}, "sp": {"1": "T"}}', 'a supporting fact of "1"'),
        ('{"answer": {}, "sp": {"1": [["T", true]]}}', 'a supporting fact of "1"'),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_name(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "predictions.json"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError) as raised:
        read_predictions(path)
    assert str(path) in str(raised.value)
    assert says in str(raised.value)


def test_a_missing_prediction_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.json: cannot be read"):
        read_predictions(tmp_path / "absent.json")
