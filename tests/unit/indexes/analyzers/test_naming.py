from __future__ import annotations

import pytest

from indexes.analyzers.naming import begins_a_sentence, without_qualifier


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Emma (novel)", "Emma"),
        ("Emma", "Emma"),
        ("Emma (1996 TV film)", "Emma"),
        ("(Emma)", ""),
        ("Emma (novel) by Austen", "Emma (novel) by Austen"),
        ("Emma (a (b))", "Emma (a (b))"),
        ("Emma )", "Emma )"),
        ("Emma (", "Emma ("),
        ("", ""),
        ("x" + " " * 100_000 + ")", "x" + " " * 100_000 + ")"),
    ],
)
def test_a_title_without_its_qualifier_is_the_name(title: str, name: str) -> None:
    assert without_qualifier(title) == name


def test_a_capital_begins_a_sentence_after_an_end_a_line_or_nothing() -> None:
    text = "Emma came. “Film,” said May: Dune\nBook; Road (Mill) sea. river"
    first = ["Emma", "Film", "Dune", "Book"]
    for word in ("Emma", "Film", "May", "Dune", "Book", "Road", "Mill", "sea", "river"):
        assert begins_a_sentence(text, text.index(word)) is (word in first), word
    assert not begins_a_sentence("", 0)
    assert begins_a_sentence("   Emma", 3)
