"""The module tree: finding, replacing and freezing parts, and setting what they work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import dsp
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.modules.retrieve import Retrieve
from dsp.optimize.bootstrap_few_shot import BootstrapFewShot
from dsp.optimize.knn_few_shot import KNNFewShot
from dsp.optimize.labeled_few_shot import LabeledFewShot
from dsp.optimize.optimizer import Optimizer
from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch
from dsp.types.example import Example
from dsp.types.prediction import Prediction


class Two(Module):
    def __init__(self) -> None:
        self.inner = Inner()
        self.several = [Predict("question -> b"), {"x": Retrieve()}]

    def forward(self, question: str) -> Prediction:
        return self.inner(question=question)


class Inner(Module):
    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    def forward(self, question: str) -> Prediction:
        return self.answer(question=question)


def test_sub_modules_come_by_path_the_program_itself_as_self() -> None:
    program = Two()
    found = dict(program.named_sub_modules())
    assert list(found) == ["self", "inner", "inner.answer", "several.0", "several.1.x"]
    assert found["self"] is program
    assert [name for name, _ in program.named_sub_modules(Retrieve)] == ["several.1.x"]
    program.inner.frozen = True
    assert [name for name, _ in program.named_sub_modules(skip_compiled=True)] == [
        "self", "inner", "several.0", "several.1.x",
    ]  # fmt: skip


def test_parameters_are_the_predictors_that_are_not_frozen() -> None:
    program = Two()
    assert program.named_parameters() == program.named_predictors()
    program.inner.freeze()
    assert [name for name, _ in program.named_parameters()] == ["several.0"]
    assert [name for name, _ in program.named_predictors()] == ["inner.answer", "several.0"]
    assert program.deepcopy().parameters() != program.parameters()
    assert [name for name, _ in program.deepcopy().named_parameters()] == ["several.0"]
    program.unfreeze()
    assert program.parameters() == program.predictors()


def test_a_part_that_is_shared_with_a_frozen_module_is_frozen() -> None:
    program = Two()
    program.again = program.inner.answer  # type: ignore[attr-defined]
    program.inner.freeze()
    assert [name for name, _ in program.named_parameters()] == ["several.0"]


def test_a_reset_copy_leaves_what_is_frozen() -> None:
    program = Two()
    for predictor in program.predictors():
        predictor.demos = [Example(question="q")]
    program.inner.freeze()
    reset = program.reset_copy()
    assert [len(predictor.demos) for predictor in reset.predictors()] == [1, 0]
    assert [len(predictor.demos) for predictor in program.predictors()] == [1, 1]


OPTIMIZERS: list[Callable[[], Optimizer]] = [
    lambda: LabeledFewShot(k=2),
    lambda: BootstrapFewShot(max_bootstrapped_demos=2, max_labeled_demos=3, max_rounds=1),
    lambda: KNNFewShot(k=2),
    lambda: BootstrapFewShotWithRandomSearch(num_candidate_programs=8, max_labeled_demos=2, max_rounds=1),
]


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("frozen", ["generate_answer", "generate_query.0", "self"])
def test_no_optimizer_touches_what_is_frozen(
    make: Callable[[], Optimizer], frozen: str, world: Any, oracle: Scripted, retriever: Any
) -> None:
    program = MultiHop(k=2)
    for predictor in program.predictors():
        predictor.demos = [Example(question="mine", answer="own", search_query="own")]
    dict(program.named_sub_modules())[frozen].freeze()
    before = program.dump_state()
    with dsp.context(lm=oracle, rm=retriever):
        optimizer = make()
        result = optimizer.run(program, trainset=world.examples[:4], valset=world.examples[4:])
        tried = [result.program, *(candidate.program for candidate in result.candidates)]
    for each in tried:
        after = {name.removeprefix("program."): state for name, state in each.dump_state().items()}
        kept = list(before) if frozen == "self" else [frozen]
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert program.dump_state() == before


def test_a_frozen_predictor_inside_nearest_demos_shows_all_its_demonstrations() -> None:
    lm = Scripted(["a"])
    program = dsp.NearestDemos(Predict("question -> answer", lm=lm), k=1)
    program.program.demos = [Example(question=f"q{number}", answer="a") for number in range(3)]  # type: ignore[attr-defined]
    program.program.freeze()
    program(question="q0")
    assert all(f"q{number}" in str(lm.requests[0].messages) for number in range(3))


def test_get_lm_gives_the_one_that_all_use() -> None:
    program, lm = Two(), Scripted([])
    assert program.get_lm() is None
    program.set_lm(lm)
    assert program.get_lm() is lm
    program.inner.set_lm(Scripted([], name="another"))
    with pytest.raises(InputError, match=r"its predictors use another, scripted"):
        program.get_lm()


def test_set_retriever_reaches_every_module_that_keeps_one(make_retriever: Callable[[Sequence[Any]], Any]) -> None:
    program, retriever = Two(), make_retriever([])
    program.set_retriever(retriever)
    assert program.several[1]["x"].retriever is retriever  # type: ignore[index]
    program.set_retriever(None)
    assert program.several[1]["x"].retriever is None  # type: ignore[index]
    hops = MultiHop()
    hops.set_retriever(retriever)
    assert hops.retriever is retriever


def test_set_retriever_where_nothing_keeps_one_says_what_to_say_instead(make_retriever: Any) -> None:
    with pytest.raises(InputError, match=r"Inner has none; say dsp.configure\(rm=…\)"):
        Inner().set_retriever(make_retriever([]))
    Inner().set_retriever(None)


def test_a_program_saved_with_frozen_parts_comes_back_with_them(tmp_path: Any) -> None:
    program = Two()
    program.inner.freeze()
    program.inner.answer.demos = [Example(question="q", answer="a")]
    program.save(tmp_path / "p.json")
    loaded = Two()
    loaded.load(tmp_path / "p.json")
    assert [name for name, _ in loaded.named_parameters()] == ["several.0"]
    assert loaded.dump_state() == program.dump_state()
