from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexes
from indexes import Passage, parse_query
from indexes.analyzers import ANALYZERS
from indexes.analyzers.english import ENGLISH
from indexes.analyzers.highlighting import highlight, marked
from indexes.analyzers.locating import LocatingAnalyzer, located

ODD = st.text(st.characters() | st.sampled_from("é \u0301\u0308한\u1112\u1161\u11ab日本語カナﬁＡ½\ud83d.,'"))


def shown(query: str, text: str) -> str:
    return marked(text, highlight(ENGLISH, query, Passage("1", "", text)).text, "[", "]")


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("novels", "A novel, and novels; novelty", "A [novel], and [novels]; novelty"),
        ("resume", "His résumé (re\u0301sume\u0301)", "His [résumé] ([re\u0301sume\u0301])"),
        ("the of", "the of", "the of"),
        ("writer's", "Two writers’ writer's", "Two [writers]’ [writer]'s"),
        ("x", "", ""),
        ("", "words", "words"),
        ("naïve", "e\u0301 naive \u1112\u1161\u11ab naïve", "e\u0301 [naive] \u1112\u1161\u11ab [naïve]"),
    ],
)
def test_words_are_marked_in_whatever_form_they_stand(query: str, text: str, expected: str) -> None:
    assert shown(query, text) == expected


def test_the_index_highlights_by_its_own_analyzer_and_takes_hits(tmp_path: Path) -> None:
    passage = Passage("1", "Running", "He runs the run.")
    for analyzer, spans in (("english", ((3, 7), (12, 15))), ("plain", ((12, 15),))):
        with indexes.build([passage], tmp_path / analyzer, analyzer=analyzer) as index:
            [hit] = index.search("run", 1)
            assert index.highlight("run", hit) == index.highlight("run", passage)
            assert index.highlight("run", hit).text == spans
            assert index.highlight("run", hit).title == (((0, 7),) if analyzer == "english" else ())


def test_of_a_query_with_structure_what_is_excluded_is_not_marked_and_fields_count() -> None:
    passage = Passage("1", "Emma film", "A film of Emma")
    found = highlight(ENGLISH, parse_query("title:emma film NOT emma"), passage)
    assert (found.title, found.text) == (((0, 4), (5, 9)), ((2, 6),))


class Letters:
    fingerprint = "letters:1"

    def __call__(self, text: str) -> list[str]:
        return list(text.lower())


def test_an_analyzer_that_cannot_locate_is_asked_word_by_word() -> None:
    assert highlight(Letters(), "b", Passage("1", "", "Abc, xyz")).text == ((0, 3),)


@pytest.mark.parametrize("name", ANALYZERS.names())
@given(text=ODD)
def test_located_terms_are_the_analyzer_s_and_stand_in_the_text_as_given(name: str, text: str) -> None:
    analyzer = ANALYZERS.get(name)
    tokens = located(analyzer, text)
    assert isinstance(analyzer, LocatingAnalyzer)
    assert [token.term for token in tokens] == analyzer(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    assert [token.position for token in tokens] == sorted(token.position for token in tokens)


@pytest.mark.parametrize("name", ANALYZERS.names())
@given(text=ODD)
def test_what_stands_where_a_term_was_located_gives_the_term(name: str, text: str) -> None:
    analyzer = ANALYZERS.get(name)
    for token in located(analyzer, text):
        assert token.term in analyzer(text[token.start : token.end])


@given(ODD)
def test_spans_rise_and_do_not_overlap(text: str) -> None:
    spans = highlight(ENGLISH, text, Passage("1", "", unicodedata.normalize("NFD", text.replace("\ud83d", "?")))).text
    flat = [place for span in spans for place in span]
    assert flat == sorted(flat)
