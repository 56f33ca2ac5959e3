"""From a completion's text to a value of a field's type, and back."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.prompts.annotations import parse_annotation, split_fields
from dsp.prompts.coerce import parse_text
from dsp.prompts.fields import Field
from dsp.prompts.schema import describe, json_schema
from dsp.prompts.values import format_field, format_value
from indexes.passage import Passage


class Mood(enum.Enum):
    GLAD = "glad"
    SAD = "very sad"


@dataclass
class Book:
    title: str
    year: int
    genres: list[str] = field(default_factory=list)


@dataclass
class Shelf:
    books: list[Book]


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        (" a ", str, "a"),
        ("True.", bool, True),
        ("no", bool, False),
        ("1,234", int, 1234),
        ("-1.5", float, -1.5),
        ('["a", "b"]', list[str], ["a", "b"]),
        ("- a\n* b\n\n c", list[str], ["a", "b", "c"]),
        ("", list[str], []),
        ("2026-01-31.", datetime.date, datetime.date(2026, 1, 31)),
        ('"2026-01-31T12:30:00Z"', datetime.datetime, datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.UTC)),
        ('["2026-01-31"]', list[datetime.date], [datetime.date(2026, 1, 31)]),
        ("none", datetime.date | None, None),
    ],
)
def test_a_text_is_read_as_the_fields_type(text: str, annotation: Any, value: object) -> None:
    assert parse_text(text, annotation) == value


@pytest.mark.parametrize("day", [datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 12, 30)])
def test_a_date_is_written_as_it_is_read(day: datetime.date) -> None:
    kind = type(day)
    assert parse_text(format_value(day), kind) == day
    assert parse_text(format_value([day, day]), list[kind]) == [day, day]  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("text", "annotation"),
    [
        ("maybe", bool),
        ("31 January", datetime.date),
        ("soon", datetime.datetime),
        ("", bool),
        ("1.5", int),
        ("many", int),
        ("x", float),
        ("[1,", list[str]),
        ("[" * 10**5, list[str]),
    ],
)
def test_a_text_that_stands_for_no_value_is_a_value_error(text: str, annotation: Any) -> None:
    with pytest.raises(ValueError):
        parse_text(text, annotation)


@pytest.mark.parametrize(
    ("values", "annotation"),
    [
        (st.booleans(), bool),
        (st.integers(), int),
        (st.floats(allow_nan=False), float),
        (st.lists(st.text().filter(str.strip)), list[str]),
        (st.text().map(str.strip), str),
    ],
)
def test_what_an_output_shows_is_read_back(values: st.SearchStrategy[Any], annotation: Any) -> None:
    @given(values)
    def law(value: Any) -> None:
        assert parse_text(format_field(Field("x", "output", annotation), value), annotation) == value

    law()


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("```json\n[1, 2]\n```", list[int], [1, 2]),
        ("1. one\n2) two", list[str], ["one", "two"]),
        ("B.", Literal["a", "b"], "b"),
        ("`3`", Literal[1, 3], 3),
        ("Very sad", Mood, Mood.SAD),
        ("GLAD", Mood, Mood.GLAD),
        ("None", Optional[int], None),  # noqa: UP045
        ("7", int | None, 7),
        ("seven", int | str, "seven"),
        ('{"title": "Emma", "year": "1815"}', Book, Book("Emma", 1815)),
        (
            '{"books": [{"title": "Emma", "year": 1815, "genres": ["novel"]}]}',
            Shelf,
            Shelf([Book("Emma", 1815, ["novel"])]),
        ),
        ('{"a": ["1", 2]}', dict[str, list[int]], {"a": [1, 2]}),
        ('["x", 1]', tuple[str, int], ("x", 1)),
        ("Emma | A novel.", list[Passage], [Passage("", "Emma", "A novel.")]),
    ],
)
def test_structured_types_are_read(text: str, annotation: Any, value: object) -> None:
    if annotation == list[Passage]:
        text = f'["{text}"]'
    assert parse_text(text, annotation) == value


@pytest.mark.parametrize(
    ("text", "annotation", "expected"),
    [
        ("c", Literal["a", "b"], "one of a, b"),
        ("angry", Mood, "one of"),
        ('{"title": "Emma"}', Book, "lacks year"),
        ('{"title": "Emma", "year": 1815, "price": 3}', Book, "has price"),
        ('{"books": [3]}', Shelf, "fields of Book"),
        ("not json", dict[str, int], "expected JSON"),
        ("[1]", tuple[int, int], "expected 2 items"),
        ("seven", Optional[int], "whole number"),  # noqa: UP045
        ("[" * 50_000 + "]" * 50_000, list[Any], "nest"),
        ("true", int, "whole number"),
    ],
)
def test_what_does_not_fit_a_type_says_what_was_expected(text: str, annotation: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse_text(text, annotation)


class TestAnnotations:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("str", str),
            ("list[Passage]", list[Passage]),
            ("dict[str, list[float]]", dict[str, list[float]]),
            ("Literal['a, b', c, -3]", Literal["a, b", "c", -3]),
            ("Optional[int]", int | None),
            ("int | None", int | None),
            ("tuple[int, str]", tuple[int, str]),
            ("typing.List[int]", list[int]),
            ("datetime.date | None", datetime.date | None),
        ],
    )
    def test_types_are_read_as_python_writes_them(self, text: str, kind: Any) -> None:
        assert parse_annotation(text) == kind

    @pytest.mark.parametrize(
        "text", ["os.system", "__import__('os').system('true')", "list[", "", "list[int](3)", "lambda: 1", "[" * 5000]
    )
    def test_nothing_else_is_a_type_and_nothing_is_evaluated(self, text: str) -> None:
        with pytest.raises(ValueError, match="type must be"):
            parse_annotation(text)

    def test_commas_inside_brackets_and_quotes_do_not_separate_fields(self) -> None:
        fields = split_fields("a: dict[str, int], b: Literal['x, y', z], c")
        assert fields == ["a: dict[str, int]", "b: Literal['x, y', z]", "c"]


def test_types_say_how_they_are_written() -> None:
    assert describe(str) == ""
    assert describe(bool) == "true or false"
    assert describe(Mood) == "one of: glad; very sad"
    assert describe(int | None) == "a whole number or null"
    assert describe(list[Passage]) == "passages"
    assert '"title"' in describe(Book)


def test_the_schema_of_a_dataclass_names_all_its_fields_and_no_others() -> None:
    schema = json_schema(Shelf)["properties"]["books"]["items"]
    assert schema["required"] == ["title", "year", "genres"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["genres"] == {"type": "array", "items": {"type": "string"}}
