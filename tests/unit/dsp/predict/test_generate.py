from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, ParseError, SignatureError
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


CUT = "[[ ## reasoning ## ]]\nbecause\n[[ ## query ## ]]\nEmma"
THREE = "question -> reasoning, query, answer"


def test_an_unfinished_completion_is_gone_on_with() -> None:
    lm = Scripted([CUT, "Austen"])
    out, completions = generate(THREE, lm=lm, temperature=0.7, max_tokens=400)(Example(question="q"), stage="qa")
    assert dict(out["qa"]) == {
        "question": "q",
        "reasoning": "because",
        "query": "Emma",
        "answer": "Austen",
        "augmented": True,
    }
    assert completions.answer == "Austen"
    last = lm.requests[1]
    assert (last.n, last.temperature, last.max_tokens) == (1, 0.0, 200)
    assert "[[ ## query ## ]]\nEmma" in last.messages[-1]["content"]
    assert "Write the fields `[[ ## answer ## ]]`" in last.messages[-1]["content"]


def test_of_several_unfinished_completions_the_one_that_came_furthest_goes_on() -> None:
    lm = Scripted([["nothing", CUT, "[[ ## reasoning ## ]]\nso"], "Austen"])
    _, completions = generate(THREE, lm=lm, n=3)(Example(question="q"))
    assert completions.unpack("query") == ["Emma"]


def test_finished_completions_leave_the_unfinished_behind() -> None:
    lm = Scripted([[CUT, f"{CUT}\n[[ ## answer ## ]]\nAusten", CUT]])
    _, completions = generate(THREE, lm=lm, n=3)(Example(question="q"))
    assert completions.unpack("answer") == ["Austen"]


@pytest.mark.parametrize(("given_tokens", "asked"), [(400, 200), (100, 75), (60, 60), (None, None)])
def test_a_continuation_gets_half_the_tokens_but_at_least_75(given_tokens: int | None, asked: int | None) -> None:
    lm = Scripted([CUT, "Austen"])
    config = {} if given_tokens is None else {"max_tokens": given_tokens}
    generate(THREE, lm=lm, **config)(Example(question="q"))
    assert lm.requests[1].max_tokens == asked


@given(depth=st.integers(0, 4))
def test_it_goes_on_no_more_often_than_max_depth(depth: int) -> None:
    lm = Scripted(lambda request: "[[ ## other ## ]]\nnothing of it")
    with pytest.raises(ParseError) as caught:
        generate(THREE, lm=lm)(Example(question="q"), max_depth=depth)
    assert len(lm.requests) == depth + 1
    assert caught.value.completion


def test_within_a_branch_too_a_continuation_is_greedy() -> None:
    lm = Scripted([[CUT, CUT], "Austen"])
    with dsp.context(sampling={"temperature": 0.7, "n": 2, "rollout": 3}):
        generate(THREE, lm=lm)(Example(question="q"))
    assert (lm.requests[1].n, lm.requests[1].temperature, lm.requests[1].rollout) == (1, 0.0, 3)


QA = dsp.Template("Answer.", question=dsp.Type("Question:"), answer=dsp.Type("Answer:"))


def test_raw_demos_that_never_went_through_the_stage_are_shown_as_they_are() -> None:
    train = [Example(question="Who wrote Emma?", answer="Austen"), Example(question="Who wrote Dune?", other=1)]
    lm = Scripted(["Lviv"])
    generate(QA, lm=lm)(Example(question="Where was Lem born?", demos=train), stage="qa")
    prompt = lm.requests[0].messages[0]["content"]
    assert "Question: Who wrote Emma?\nAnswer: Austen" in prompt
    assert "Dune" not in prompt  # it shows no answer


def test_a_demo_is_brought_together_with_what_it_holds_under_the_stage() -> None:
    demo = Example(question="outer", answer="gold", augmented=True, qa=Example(question="inner", augmented=True))
    lm = Scripted(["a"])
    generate(QA, lm=lm)(Example(question="q", demos=[demo]), stage="qa")
    assert "Question: inner\nAnswer: gold" in lm.requests[0].messages[0]["content"]


def test_a_stage_of_several_completions_is_no_demonstration_of_it() -> None:
    demo = Example(question="q1", answer="gold", qa=Completions([{"answer": "x"}, {"answer": "y"}]))
    lm = Scripted(["a"])
    generate(QA, lm=lm)(Example(question="q", demos=[demo]), stage="qa")
    assert "Question: q1\nAnswer: gold" in lm.requests[0].messages[0]["content"]


HOP = dsp.Template("Ask.", question=dsp.Type("Question:"), why=dsp.Type("Why:"), query=dsp.Type("Query:"))


def test_a_template_may_be_asked_in_every_hop_and_writes_its_fields_anew() -> None:
    lm = Scripted(["first\nQuery: one", "second\nQuery: two"])
    example = Example(question="q")
    for hop in range(2):
        example, completions = generate(HOP, lm=lm)(example, stage=f"h{hop}")
    assert completions.query == example.query == "two"
    assert (example.h0.query, example.h1.query) == ("one", "two")
    assert lm.requests[0].messages == lm.requests[1].messages


def test_what_somebody_sets_is_given_to_a_template_though_an_lm_wrote_it_first() -> None:
    lm = Scripted(["first\nQuery: one", "two"])
    example, _ = generate(HOP, lm=lm)(Example(question="q"))
    assert example.written == {"why", "query"}
    again = example.copy(why=example.why)
    assert again.written == {"query"}
    _, completions = generate(HOP, lm=lm)(again)
    assert completions.query == "two"
    assert "Why: first" in lm.requests[1].messages[0]["content"]
    again["query"] = "set"
    assert again.written == frozenset()
    with pytest.raises(InputError, match="must lack a field"):
        generate(HOP, lm=lm)(again)
