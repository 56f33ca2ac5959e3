from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dsp
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Inner(Module):
    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    def forward(self, question: str) -> Prediction:
        return self.answer(question=question)


class Outer(Module):
    def __init__(self) -> None:
        self.first = Predict("question -> search_query")
        self.several = [Predict("question -> a"), {"x": (Predict("question -> b"),)}]
        self.inner = Inner()
        self.again = self.inner
        self.plain = 3

    def forward(self, question: str) -> Prediction:
        return self.inner(question=question)


def test_predictors_are_found_wherever_they_are_kept_each_once_in_order() -> None:
    names = [name for name, _ in Outer().named_predictors()]
    assert names == ["first", "several.0", "several.1.x.0", "inner.answer"]
    assert [type(part).__name__ for _, part in Inner().named_sub_modules()] == ["Inner", "Predict"]


def test_a_predictor_that_is_a_program_of_its_own_is_called_self() -> None:
    assert [name for name, _ in Predict("question -> answer").named_predictors()] == ["self"]


def test_calling_a_module_runs_its_forward() -> None:
    with dsp.context(lm=Scripted(["a"])):
        assert Outer()(question="q").answer == "a"


def test_a_module_without_forward_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"Empty must define forward\(self, …\)"):
        type("Empty", (Module,), {})()(question="q")


def test_a_module_that_is_awaited_runs_its_forward_too() -> None:
    with dsp.context(lm=Scripted(["a"])):
        assert asyncio.run(Outer().acall(question="q")).answer == "a"


def test_a_module_that_only_awaits_can_be_called() -> None:
    class Awaits(Module):
        def __init__(self) -> None:
            self.answer = Predict("question -> answer")

        async def aforward(self, question: str) -> Prediction:
            await asyncio.sleep(0)
            return await self.answer.acall(question=question)

    with dsp.context(lm=Scripted(["a", "b"])):
        assert Awaits()(question="q").answer == "a"
        assert asyncio.run(Awaits().acall(question="q")).answer == "b"


@pytest.mark.parametrize("name", ["self", "args", "inputs", "cls"])
def test_an_input_may_have_any_name(name: str) -> None:
    predictor = Predict(f"{name} -> answer", lm=Scripted(["a", "b"]))
    assert predictor(**{name: "x"}).answer == "a"
    assert asyncio.run(predictor.acall(**{name: "x"})).answer == "b"


def test_set_lm_reaches_every_predictor_inside() -> None:
    program, lm = Outer(), Scripted(["a"])
    program.set_lm(lm)
    assert all(predictor.lm is lm for predictor in program.predictors())
    assert program(question="q").answer == "a"
    program.set_lm(None)
    assert all(predictor.lm is None for predictor in program.predictors())


def test_a_copy_has_predictors_and_demonstrations_of_its_own() -> None:
    program = Outer()
    program.inner.answer.demos = [Example(question="q", answer="a")]
    program.inner.answer.config = {"stop": ["x"]}
    copied = program.deepcopy()
    for (_, ours), (_, theirs) in zip(program.named_predictors(), copied.named_predictors(), strict=True):
        assert ours is not theirs
    copied.inner.answer.demos[0]["answer"] = "changed"
    copied.inner.answer.demos.append(Example())
    copied.inner.answer.config["stop"].append("y")
    copied.inner.answer.signature = copied.inner.answer.signature.with_instructions("Other.")
    copied.several.append(Predict("question -> c"))
    assert program.inner.answer.demos == [Example(question="q", answer="a")]
    assert program.inner.answer.config == {"stop": ["x"]}
    assert program.inner.answer.signature.instructions != "Other."
    assert len(program.several) == 2


def test_in_a_copy_a_shared_part_is_still_one_part() -> None:
    copied = Outer().deepcopy()
    assert copied.again is copied.inner
    assert copied.inner is not Outer().inner


def test_a_copy_shares_retrievers_and_lms() -> None:
    program = Outer()
    program.set_lm(Scripted([]))
    program.tool = object()  # type: ignore[attr-defined]
    copied = program.deepcopy()
    assert copied.first.lm is program.first.lm
    assert copied.tool is program.tool  # type: ignore[attr-defined]


def test_a_reset_copy_shows_nothing_and_the_original_still_does() -> None:
    program = Inner()
    program.answer.demos = [Example(question="q", answer="a")]
    assert program.reset_copy().answer.demos == []
    assert len(program.answer.demos) == 1


class Cyclic(Module):
    def __init__(self) -> None:
        self.me = self
        self.answer = Predict("question -> answer")


def test_a_module_that_holds_itself_is_walked_and_copied_once() -> None:
    program = Cyclic()
    assert len(program.predictors()) == 1
    copied = program.deepcopy()
    assert copied.me is copied
    state: dict[str, Any] = program.dump_state()
    assert list(state) == ["answer"]
