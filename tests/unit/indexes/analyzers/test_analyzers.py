from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.analyzers import ANALYZERS
from indexes.analyzers.english import ENGLISH
from indexes.analyzers.native import NativeAnalyzer
from indexes.analyzers.plain import PLAIN
from indexes.protocols import Analyzer
from indexes.testing import QUERIES


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The Writers' books, a writer's book", ["writer", "book", "writer", "book"]),
        ("Austen’s novel isn't O'Brien's", ["austen", "novel", "isn", "o", "brien"]),
        ("Café NAÏVE Ångström ﬁnd", ["cafe", "naiv", "angstrom", "find"]),
        ("running runs ran easily", ["run", "run", "ran", "easili"]),
        ("in 1815, ISBN 0-19-953552-1", ["1815", "isbn", "0", "19", "953552", "1"]),
        ("the of and", []),
        ("", []),
    ],
)
def test_english_folds_stems_and_drops_stop_words(text: str, terms: list[str]) -> None:
    assert ENGLISH(text) == terms


def test_plain_only_lowers_and_folds() -> None:
    assert PLAIN("The Writer's Café") == ["the", "writer", "s", "cafe"]


def test_an_accent_is_folded_however_it_is_written() -> None:
    assert PLAIN("e\u0301migre\u0301") == PLAIN("émigré") == ["emigre"]


def test_runs_longer_than_a_word_can_be_are_left_out() -> None:
    assert PLAIN(f"{'x' * 255} {'y' * 256} z") == ["x" * 255, "z"]


@pytest.mark.parametrize("name", ANALYZERS.names())
class TestLaws:
    def test_it_is_an_analyzer_with_a_fingerprint_of_its_own(self, name: str) -> None:
        analyzer = ANALYZERS.get(name)
        assert isinstance(analyzer, Analyzer)
        others = {ANALYZERS.get(other).fingerprint for other in ANALYZERS.names() if other != name}
        assert analyzer.fingerprint not in others

    @given(text=st.text(st.characters()))
    def test_no_text_raises_and_no_term_is_empty(self, name: str, text: str) -> None:
        terms = ANALYZERS.get(name)(text)
        assert terms == ANALYZERS.get(name)(text)
        assert all(terms)

    def test_threads_get_what_one_gets(self, name: str) -> None:
        analyzer = ANALYZERS.get(name)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(analyzer, QUERIES * 50)) == [analyzer(query) for query in QUERIES] * 50


def test_the_fingerprint_tells_of_any_change_and_of_nothing_else() -> None:
    base = NativeAnalyzer("x", stop_words=["a", "b"], stemmer="english")
    assert base.fingerprint == NativeAnalyzer("x", stop_words=["b", "a"], stemmer="english").fingerprint
    changed = [NativeAnalyzer("x", stop_words=["a"], stemmer="english"), NativeAnalyzer("x", stop_words=["a", "b"])]
    assert base.fingerprint not in {analyzer.fingerprint for analyzer in changed}


def test_the_fingerprints_of_the_built_in_analyzers_are_those_that_indexes_carry() -> None:
    """Changing one makes every index on disk unusable: do it on purpose only, and say so in the changelog."""
    assert (ENGLISH.fingerprint, PLAIN.fingerprint) == (
        "english:a060863652671488",
        "plain:4cf5362e3dd4cf74",
    )
