from __future__ import annotations

from pathlib import Path

import pytest

import indexes
from indexes import Passage
from indexes.analyzers import ANALYZERS
from indexes.analyzers.native import NativeAnalyzer
from indexes.errors import UnknownNameError


@pytest.mark.parametrize(
    ("name", "text", "terms"),
    [
        ("arabic", "الكتاب في المكتبة", ["كتاب", "مكتب"]),
        ("danish", "husene og børnene", ["hus", "born"]),
        ("dutch", "de boeken van het dorp", ["boek", "dorp"]),
        ("finnish", "talossa ja taloissa", ["talo", "talo"]),
        ("french", "Les chevaux étaient dans l'écurie", ["cheval", "ecur"]),
        ("german", "Die Häuser über den Straßen", ["haus", "strass"]),
        ("greek", "Οι άνθρωποι και η πόλη", ["ανθρωπ", "πολ"]),
        ("hungarian", "a házakban és", ["haz"]),
        ("italian", "le case dell'amico", ["cas", "amic"]),
        ("norwegian", "husene og", ["hus"]),
        ("portuguese", "as casas não", ["cas"]),
        ("romanian", "copiii și cărțile lor", ["copii", "cart"]),
        ("russian", "Он читал книги о писателях", ["чита", "книг", "писател"]),
        ("spanish", "los niños corrían", ["nin", "corr"]),
        ("swedish", "flickorna och böckerna", ["flick", "bock"]),
        ("tamil", "இந்த புத்தகம் மற்றும்", ["புத்தகம்"]),
        ("turkish", "İSTANBUL istanbul KIRMIZI kırmızı ve", ["istanbul", "istanbul", "kirmiz", "kirmiz"]),
        ("english_unstemmed", "The Writers' running, they ran", ["writers", "running", "ran"]),
        ("cjk", "東京都に住む", ["東京", "京都", "都に", "に住", "住む"]),
        ("cjk", "猫, Tōkyō ２０２０年", ["猫", "tokyo", "2020", "年"]),
        ("cjk", "ｶﾀｶﾅ 한국어", ["カタ", "タカ", "カナ", "한국", "국어"]),
        ("cjk", "\u1112\u1161\u11ab\u1100\u116e\u11a8", ["한국"]),
    ],
)
def test_each_language_drops_its_stop_words_stems_and_then_folds(name: str, text: str, terms: list[str]) -> None:
    assert ANALYZERS.get(name)(text) == terms


@pytest.mark.parametrize(
    ("name", "text", "query", "phrase"),
    [
        ("german", "Die Häuser der Stadt", "das Haus", '"Häuser der Stadt"'),
        ("cjk", "彼は東京都に住んでいる。", "東京", '"東京都"'),
        ("russian", "Он читал книги", "книга", '"читал книги"'),
        ("tamil", "அவர் புத்தகம் படித்தார்", "புத்தகம்", '"புத்தகம் படித்தார்"'),
    ],
)
def test_what_is_written_in_a_language_is_found_in_words_and_phrases_and_highlighted(
    tmp_path: Path, name: str, text: str, query: str, phrase: str
) -> None:
    passages = [Passage("it", "", text), Passage("other", "", "something else 別 другое")]
    with indexes.build(passages, tmp_path / "index", analyzer=name, positions=True) as index:
        assert [hit.id for hit in index.search(query, 2)] == ["it"]
        assert [hit.id for hit in index.search_query(phrase, 2)] == ["it"]
        [(start, end), *_] = index.highlight(query, passages[0]).text
        assert ANALYZERS.get(name)(text[start:end])[0] in ANALYZERS.get(name)(query)
    with indexes.open(tmp_path / "index") as again:
        assert [hit.id for hit in again.search(query, 2)] == ["it"]


def test_neighbouring_pairs_are_highlighted_as_one(tmp_path: Path) -> None:
    passage = Passage("1", "", "大阪と東京都庁")
    with indexes.build([passage], tmp_path / "index", analyzer="cjk") as index:
        assert index.highlight("東京都", passage).text == ((3, 6),)


def test_an_unknown_analyzer_is_answered_with_the_nearest_or_all_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean german\? choose one of arabic, cjk, danish, .*, turkish"):
        indexes.build([Passage("1", "", "x")], tmp_path / "index", analyzer="germn")
    with pytest.raises(UnknownNameError, match=r"choose one of arabic, cjk, danish, .*, turkish"):
        indexes.build([Passage("1", "", "x")], tmp_path / "index", analyzer="zzz")


def test_the_fingerprint_tells_of_every_choice() -> None:
    choices = [
        NativeAnalyzer("x"),
        NativeAnalyzer("x", listed="german"),
        NativeAnalyzer("x", form="NFKC"),
        NativeAnalyzer("x", folds_last=True),
        NativeAnalyzer("x", keeps_marks=True),
        NativeAnalyzer("x", letters={"İ": "i"}),
        NativeAnalyzer("x", letters={"İ": "i", "I": "ı"}),
        NativeAnalyzer("x", stemmer="german"),
    ]
    assert len({analyzer.fingerprint for analyzer in choices}) == len(choices)
