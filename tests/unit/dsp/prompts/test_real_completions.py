"""What language models really write: every template reads it, or says with its evidence why it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from dsp.errors import ParseError
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import Signature, make_signature

ONE = make_signature("question -> answer")
TWO = make_signature("question -> search_query, answer")
TYPED = make_signature("question -> names: list[str], year: int, note")

READ: list[tuple[str, type[Signature], str, dict[str, Any]]] = [
    ("chat", TWO, "```\n[[ ## search_query ## ]]\nq\n[[ ## answer ## ]]\na\n```", {"search_query": "q", "answer": "a"}),
    ("chat", TWO, "[[ ## Search Query ## ]]\nq\n[[ ## ANSWER ## ]] a", {"search_query": "q", "answer": "a"}),
    ("chat", TWO, "**[[ ## search_query ## ]]**\nq\n**[[ ## answer ## ]]** a", {"search_query": "q", "answer": "a"}),
    ("chat", TWO, "Sure!\n**Search Query:** q\n**Answer**: a\n", {"search_query": "q", "answer": "a"}),
    ("chat", TWO, "search_query: q\n### Answer: a", {"search_query": "q", "answer": "a"}),
    ("chat", ONE, "**Answer:** Jane Austen", {"answer": "Jane Austen"}),
    ("chat", ONE, "I think so.\nAnswer: no", {"answer": "I think so.\nAnswer: no"}),
    ("chat", ONE, "```python\nprint(1)\n```", {"answer": "```python\nprint(1)\n```"}),
    ("chat", ONE, "[[ ## answer ## ]]\n*Emma* is", {"answer": "*Emma* is"}),
    ("chat", ONE, "[[ ## answer ## ]]\nfirst\n[[ ## answer ## ]]\nsecond", {"answer": "first"}),
    ("chat", TYPED, "[[ ## names ## ]]\n```json\n[\"a\"]\n```\n[[ ## year ## ]]\n`1,815`\n[[ ## note ## ]]\nn",
     {"names": ["a"], "year": 1815, "note": "n"}),
    ("plain", TWO, " q\n**Answer:** a", {"search_query": "q", "answer": "a"}),
    ("plain", TWO, "**Search Query:** q\n__Answer__: a", {"search_query": "q", "answer": "a"}),
    ("plain", TWO, "```\nSearch query: q\nANSWER: a\n```", {"search_query": "q", "answer": "a"}),
    ("plain", ONE, " first\nAnswer: second", {"answer": "first"}),
    ("json", ONE, '{"answer": "a"}', {"answer": "a"}),
    ("json", ONE, 'Sure, {here} it is:\n```json\n{"answer": "a"}\n```\nAnything else?', {"answer": "a"}),
    ("json", TWO, '{"Search Query": "q", "ANSWER": "a",}', {"search_query": "q", "answer": "a"}),
    ("json", TWO, '{"search_query": "q, ]", "answer": "a",\n}', {"search_query": "q, ]", "answer": "a"}),
    ("json", TWO, '{"search_query": "q"}\n{"answer": "a", "search_query": "r"}', {"search_query": "q", "answer": "a"}),
    ("json", ONE, '{"answer": "first", "answer": "second"}', {"answer": "first"}),
    ("json", ONE, '{"answer": "two\nlines"}', {"answer": "two\nlines"}),
    ("json", ONE, '{"answer": 42, "other": [1]}', {"answer": "42"}),
    ("json", TYPED, '{"names": ["a", "b",], "year": "1,815", "note": true}',
     {"names": ["a", "b"], "year": 1815, "note": "true"}),
    ("json", TYPED, '{"names": "- a\\n- b", "year": 1815.0, "note": "n"}',
     {"names": ["a", "b"], "year": 1815, "note": "n"}),
    ("json", make_signature("q -> a: int | None"), '{"a": null}', {"a": None}),
    ("xml", TWO, "<search_query>q</search_query><answer>a</answer>", {"search_query": "q", "answer": "a"}),
    ("xml", TWO, "```xml\n<Search_Query>\nq\n</Search_Query>\n<ANSWER>a</ANSWER>\n```",
     {"search_query": "q", "answer": "a"}),
    ("xml", TWO, "<search_query>q\n<answer kind='short'>a <b>bold</b>",
     {"search_query": "q", "answer": "a <b>bold</b>"}),
    ("xml", ONE, "Well: <answer>first</answer> or <answer>second</answer>", {"answer": "first"}),
    ("xml", ONE, "<answer>\n< / answer >", {"answer": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "signature", "completion", "expected"), READ)
def test_what_models_write_is_read(
    name: str, signature: type[Signature], completion: str, expected: dict[str, Any]
) -> None:
    assert TEMPLATES.get(name)().parse(signature, completion) == expected


DEEP = '{"answer": ' + "[" * 10_000 + "]" * 10_000 + "}"
CUT = '{"details": {"answer": "inner"}, "answer": "cut her'
REFUSED = [
    ("json", ONE, "Jane Austen", "there is none in it"),
    ("json", ONE, '["Jane Austen"]', "there is none in it"),
    ("json", ONE, DEEP, "nested too deep"),
    ("json", ONE, CUT, "Unterminated string"),
    ("json", ONE, '{"answer": null}', 'must hold the field "answer"'),
    ("json", TWO, '{"answer": "a"}', 'must hold the field "search_query"'),
    ("json", TYPED, '{"names": {"a": 1}, "year": 1, "note": ""}', "expected a JSON array"),
    ("json", ONE, '{"answer": ' + "9" * 10_000, "there is none|looks like one"),
    ("chat", TYPED, "[[ ## names ## ]]\n" + "[" * 10_000 + "\n[[ ## year ## ]]\n1\n[[ ## note ## ]]", "too deep|JSON"),
    ("chat", TWO, "[[ ## search_query ## ]]\nq", 'must hold the field "answer"'),
    ("xml", ONE, "Jane Austen", 'must hold the field "answer"'),
    ("xml", ONE, "</answer>", 'must hold the field "answer"'),
    ("plain", TWO, " q", 'must hold the field "answer"'),
]


@pytest.mark.parametrize(("name", "signature", "completion", "said"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_evidence(
    name: str, signature: type[Signature], completion: str, said: str
) -> None:
    with pytest.raises(ParseError, match=said) as caught:
        TEMPLATES.get(name)().parse(signature, completion)
    assert caught.value.completion == completion
    assert caught.value.field in signature.output_fields


HARD = [
    " ",
    "\n",
    "\t \n",
    "[",
    "{",
    "{ ",
    '{"a":',
    '{"a":[',
    '{"answer": "a"}',
    '"\\"',
    ", ",
    "<",
    "< ",
    "<answer ",
    "<answer>",
    "</",
    "*",
    "_",
    "# ",
    "**Answer",
    "Answer ",
    "Answer:\n",
    "```\n",
    "```",
    "---",
    "- ",
    "-   x\n",
    "[[ ##",
    "[[ ## answer ",
    "[[ ## answer ## ]]\n",
    "[[\t",
    "\\",
    "9",
    "1. ",
    "ſ",
]


@pytest.mark.parametrize("piece", HARD)
@pytest.mark.parametrize("name", TEMPLATES.names())
def test_a_megabyte_of_anything_takes_no_longer_than_its_length(name: str, piece: str) -> None:
    """With a quadratic pattern one of these would outlast the tests' time limit by hours."""
    template = TEMPLATES.get(name)()
    whole = piece * (1_000_000 // len(piece))
    opened = {"chat": "[[ ## names ## ]]\n", "json": '{"names": "', "plain": "", "xml": "<names>"}[name]
    for completion in (whole, f"{opened}```\n{whole} x"):
        evidence, read = "", {}
        try:
            read = template.parse(TYPED, completion)
        except ParseError as error:
            evidence = error.completion
        assert evidence == completion or set(read) == set(TYPED.output_fields)
