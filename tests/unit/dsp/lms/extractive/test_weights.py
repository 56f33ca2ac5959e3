from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsp.errors import DataError
from dsp.lms.extractive.features.names import ANSWER_FEATURES, QUERY_FEATURES
from dsp.lms.extractive.fit.__main__ import main
from dsp.lms.extractive.fit.fitting import dump, fit
from dsp.lms.extractive.fit.musique import FirstSearch, read_musique, wanted_names
from dsp.lms.extractive.text import number_of
from dsp.lms.extractive.weights import FORMAT, load, parse


def record(number: int) -> dict[str, Any]:
    """A question in MuSiQue's format: an author, and where the author was born."""
    author, town, book = f"Ann Writer{number}", f"Town{number}", f"Book Number{number}"
    texts = [
        (book, f"{book} is a novel by {author}.", True),
        (author, f"{author} is a poet who was born in {town}.", True),
        ("Rivers", "A river carries water to the sea in every season.", False),
        (f"Hill {number}", f"Hill {number} is a hill with snow and trees.", False),
    ]
    return {
        "question": f"Where was the author of {book} born?",
        "answer": town,
        "answer_aliases": [],
        "paragraphs": [
            {"title": title, "paragraph_text": text, "is_supporting": supports} for title, text, supports in texts
        ],
        "question_decomposition": [{"answer": author}, {"answer": town}],
    }


@pytest.fixture
def musique(tmp_path: Path) -> Path:
    path = tmp_path / "train.json"
    path.write_text(json.dumps([record(number) for number in range(8)]), "utf-8")
    return path


def test_the_shipped_weights_name_every_feature_and_say_where_they_are_from() -> None:
    shipped = load()
    assert len(shipped.answer.values) == len(ANSWER_FEATURES)
    assert len(shipped.query.values) == len(QUERY_FEATURES)
    assert "MuSiQue" in shipped.note
    assert (shipped.answer.scales > 0).all()
    assert (shipped.query.scales > 0).all()


def test_rarer_words_weigh_more() -> None:
    terms = load().terms
    assert terms.of(number_of("the")) < terms.of(number_of("river")) < terms.of(number_of("zyxomma"))


def test_weights_of_another_format_are_refused() -> None:
    with pytest.raises(DataError, match="format 1, but has 99"):
        parse({"format": 99})


def test_fitting_writes_a_file_that_reads_back(musique: Path, tmp_path: Path) -> None:
    target = tmp_path / "weights.json"
    main(["--musique", str(musique), "--to", str(target)])
    data = json.loads(target.read_text("utf-8"))
    assert data["format"] == FORMAT
    assert parse(data).answer.values[ANSWER_FEATURES.index("linked_coverage")] > 0
    assert "(answers: 8" in data["note"]


def test_fitting_twice_gives_the_same(musique: Path) -> None:
    questions = read_musique(musique)
    assert dump(fit(questions)) == dump(fit(questions))


def test_what_to_search_for_is_what_was_not_read(musique: Path) -> None:
    question = read_musique(musique)[0]
    book, author = question.supporting
    assert wanted_names(question, [book]) == {"ann writer0"}
    assert wanted_names(question, [book, author]) == set()


def test_the_first_search_finds_the_passage_that_shares_rare_words(musique: Path) -> None:
    questions = read_musique(musique)
    search = FirstSearch(questions)
    assert search.search(questions[3].text, 1) == (questions[3].passages[0],)


@pytest.mark.parametrize("text", ["", "[", "[{}]", '{"question": 1}', "[1]"])
def test_a_file_in_another_format_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"odd\.json"):
        read_musique(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.json cannot be read"):
        read_musique(tmp_path / "none.json")


def test_the_shipped_weights_are_what_fitting_makes() -> None:
    source = Path(__file__).parents[6] / "shared" / "musique" / "train.json"
    if not source.is_file():
        pytest.skip("the MuSiQue sample is not here")
    made = parse(fit(read_musique(source)))
    assert np.allclose(made.answer.values, load().answer.values, atol=0.02)
    assert np.allclose(made.query.values, load().query.values, atol=0.02)


def test_importing_the_reader_loads_no_scipy_and_reads_no_weights() -> None:
    code = (
        "import sys, dsp.lms.extractive; from dsp.lms.extractive.weights import load; "
        "print('scipy' in sys.modules, load.cache_info().currsize)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["False", "0"]
