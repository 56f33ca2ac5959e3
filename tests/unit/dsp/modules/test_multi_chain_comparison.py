from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, ParseError
from dsp.lms.scripted import Scripted
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.multi_chain_comparison import MultiChainComparison
from dsp.trace import record

ATTEMPTS = [{"reasoning": "One.", "answer": "a"}, {"rationale": "Two.\nMore.", "answer": "b"}, {"answer": "c"}]
SAID = "[[ ## rationale ## ]]\nb is right.\n[[ ## answer ## ]]\nb"


def test_the_attempts_are_laid_side_by_side() -> None:
    lm = Scripted([SAID])
    with dsp.context(lm=lm), record() as trace:
        prediction = MultiChainComparison("question -> answer", temperature=0.2, max_tokens=9)(ATTEMPTS, question="q")
    assert (prediction.rationale, prediction.answer) == ("b is right.", "b")
    asked = lm.requests[0].messages[-1]["content"]
    assert "One. So it may be: a" in asked
    assert "Two. So it may be: b" in asked
    assert "It may be: c" in asked
    assert "More." not in asked
    assert (lm.requests[0].temperature, lm.requests[0].max_tokens) == (0.2, 9)
    assert [step.name for step in trace] == ["answer"]


def test_it_takes_the_completions_of_a_prediction_and_is_awaited() -> None:
    said = [f"[[ ## reasoning ## ]]\nr{number}\n[[ ## answer ## ]]\n{number}" for number in range(3)]
    compare = MultiChainComparison("question -> answer")
    with dsp.context(lm=Scripted([*said, SAID, SAID])):
        prediction = ChainOfThought("question -> answer", n=3)(question="q")
        assert compare(prediction, question="q").answer == "b"
        assert asyncio.run(compare.acall(prediction.completions, question="q", config={"n": 1})).answer == "b"


@given(m=st.integers(1, 5), given_attempts=st.integers(0, 6))
def test_it_takes_exactly_as_many_attempts_as_it_was_made_for(m: int, given_attempts: int) -> None:
    compare = MultiChainComparison("question -> answer", M=m)
    compare.set_lm(Scripted(lambda request: SAID))
    attempts = [{"answer": str(number)} for number in range(given_attempts)]
    if given_attempts == m:
        assert compare(attempts, question="q").answer == "b"
    else:
        with pytest.raises(InputError, match=f"must have its {m} attempts, but got {given_attempts}"):
            compare(attempts, question="q")


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="attempt 1 holds other"):
        MultiChainComparison("question -> answer", M=1)([{"other": 1}], question="q")
    with pytest.raises(InputError, match="M must be at least 1"):
        MultiChainComparison("question -> answer", M=0)
    compare = MultiChainComparison("question -> answer", M=1)
    compare.set_lm(Scripted(["nothing of it"]))
    with pytest.raises(ParseError) as caught:
        compare([{"answer": "a"}], question="q")
    assert caught.value.completion == "nothing of it"


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    compare: Any = MultiChainComparison("question -> answer")
    compare.predict.demos = [dsp.Example(question="q", answer="a")]
    compare.save(tmp_path / "compare.json")
    other = MultiChainComparison("question -> answer")
    other.load(tmp_path / "compare.json")
    assert other.dump_state() == compare.dump_state()
