from __future__ import annotations

import pytest

import dsp
from dsp.errors import InputError, SignatureError
from dsp.lms.scripted import Scripted
from dsp.predict.generate import generate
from dsp.types.example import Example
from dsp.types.prediction import Completions


def test_an_example_goes_in_and_comes_out_with_the_fields_filled() -> None:
    example = Example(question="q", other=1)
    out, completions = generate("question -> answer", lm=Scripted(["a"]))(example)
    assert dict(out) == {"question": "q", "other": 1, "answer": "a"}
    assert completions.answer == "a"
    assert "answer" not in example


def test_under_the_stage_stands_what_a_demonstration_of_that_stage_is() -> None:
    out, _ = generate("question -> answer", lm=Scripted(["a"]))(Example(question="q", other=1), stage="qa")
    assert dict(out["qa"]) == {"question": "q", "answer": "a", "augmented": True}
    assert out.answer == "a"


def test_with_several_completions_the_stage_holds_them_all_and_no_field_is_chosen() -> None:
    out, completions = generate("question -> answer", lm=Scripted(["a", "b"]), n=2)(Example(question="q"), stage="qa")
    assert isinstance(out["qa"], Completions)
    assert out["qa"] is completions
    assert completions.unpack("answer") == ["a", "b"]
    assert "answer" not in out


def test_demonstrations_are_the_demos_of_that_stage() -> None:
    demos = [Example(qa=Example(question="x", answer="y")), Example(search=Example(question="s", answer="t"))]
    lm = Scripted(["a"])
    generate("question -> answer", lm=lm)(Example(question="q", demos=demos), stage="qa")
    said = [message["content"] for message in lm.requests[0].messages]
    assert len(said) == 4
    assert "x" in said[1]


def test_without_a_stage_the_demos_themselves_are_shown() -> None:
    lm = Scripted(["a"])
    generate("question -> answer", lm=lm)(Example(question="q", demos=[Example(question="x", answer="y")]))
    assert len(lm.requests[0].messages) == 4


def test_what_one_stage_filled_is_given_to_the_next() -> None:
    lm = Scripted(["who wrote it", "Austen"])
    example, _ = generate("question -> search_query", lm=lm)(Example(question="q"), stage="search")
    example, _ = generate("search_query -> answer", lm=lm)(example, stage="qa")
    assert dict(example["qa"]) == {"search_query": "who wrote it", "answer": "Austen", "augmented": True}


def test_the_configured_lm_is_asked_with_the_given_settings() -> None:
    lm = Scripted(["a"])
    with dsp.context(lm=lm):
        generate("question -> answer", temperature=0.7, max_tokens=5)(Example(question="q"))
    assert (lm.requests[0].temperature, lm.requests[0].max_tokens) == (0.7, 5)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(SignatureError):
        generate("question")
    with pytest.raises(InputError, match="needs the input question"):
        generate("question -> answer", lm=Scripted([]))(Example(answer="a"))
