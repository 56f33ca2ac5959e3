from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import AllOf, AnyOf, Phrase, Without, Words, parse_query
from indexes.errors import QueryError
from indexes.queries import Query, leaves


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("jane", Words("jane")),
        ("jane austen novel", Words("jane austen novel")),
        ('"jane austen"', Phrase("jane austen")),
        ('"jane austen"~2', Phrase("jane austen", 2)),
        (r'"a \"b\" c"', Phrase('a "b" c')),
        ("a AND b", AllOf((Words("a"), Words("b")))),
        ("a AND b AND c", AllOf((Words("a"), Words("b"), Words("c")))),
        ("a OR b", Words("a b")),
        ("a OR b AND c", AnyOf((Words("a"), AllOf((Words("b"), Words("c")))))),
        ("(a OR b) AND c", AllOf((Words("a b"), Words("c")))),
        ('a "b c" d', AnyOf((Words("a"), Phrase("b c"), Words("d")))),
        ("a b NOT c", Without(Words("a b"), (Words("c"),))),
        ("a AND NOT b", Without(Words("a"), (Words("b"),))),
        ("a NOT (b c)", Without(Words("a"), (Words("b c"),))),
        ("title:emma", Words("emma", "title")),
        ('text:"a novel"~1', Phrase("a novel", 1, "text")),
        ("title:(emma OR text:novel)", AnyOf((Words("emma", "title"), Words("novel", "text")))),
        ("title:a title:b c", AnyOf((Words("a b", "title"), Words("c")))),
        ("and or not", Words("and or not")),
        ("a-b title: C++", Words("a-b title: C++")),
        ('x"y z"', AnyOf((Words("x"), Phrase("y z")))),
    ],
)
def test_operators_make_structure(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must not be empty"),
        ("  \n", "must not be empty"),
        ('a "b', "quote must be closed, but the one at character 3"),
        ("(a", '"\\(" at character 1 must be closed'),
        ("a)", '"\\)" must close'),
        ("()", "must ask for something"),
        ("NOT a", "besides what it excludes"),
        ("a AND (NOT b)", "besides what it excludes"),
        ("a AND", "must follow"),
        ("AND a", "must follow, but character 1"),
        ("a AND OR b", "must follow"),
        ("OR a", "OR must stand between"),
        ("a OR", "OR must stand between"),
        ("a OR NOT b", "OR must stand between"),
        ("a NOT", "must follow, but the query ends"),
        ('"a b"~101', "100 places at most"),
        ("(" * 60 + "a" + ")" * 60, "nested 50 deep"),
        ("a " * 2000, "1024 words"),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(text: str, rule: str) -> None:
    with pytest.raises(QueryError, match=rule):
        parse_query(text)


@given(st.text(st.sampled_from('ab "()~2\\:\n') | st.characters(), max_size=60))
def test_a_text_either_parses_or_raises_a_query_error(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    assert any(leaf.text for leaf in leaves(query)) or '"' in text


@given(st.recursive(st.sampled_from(["a", '"b c"', "title:d"]), lambda inner: st.tuples(inner, inner), max_leaves=20))
def test_parentheses_change_nothing_around_a_whole_query(tree: object) -> None:
    def written(node: object) -> str:
        return f"({written(node[0])} AND {written(node[1])})" if isinstance(node, tuple) else str(node)

    assert parse_query(f"(({written(tree)}))") == parse_query(written(tree))


def test_leaves_are_given_from_left_to_right_and_excluded_ones_only_when_asked_for() -> None:
    query = parse_query('a AND ("b c" OR d) NOT e')
    assert [leaf.text for leaf in leaves(query)] == ["a", "b c", "d", "e"]
    assert [leaf.text for leaf in leaves(query, wanted_only=True)] == ["a", "b c", "d"]
