from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import InputError
from dsp.evaluate.results import compare
from dsp.execution.sequential import Sequential
from dsp.modules.multi_hop import MultiHop
from dsp.optimize.labeled_few_shot import LabeledFewShot
from dsp.optimize.measured import compile_measured, split
from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch


@given(st.integers(1, 60), st.floats(0, 0.99), st.integers())
def test_a_split_shares_out_all_examples_the_same_way_for_a_seed(count: int, share: float, seed: int) -> None:
    if round(count * share) >= count:
        with pytest.raises(InputError, match="leaves nothing to select on"):
            split(count, share, seed)
        return
    selecting, held_out = split(count, share, seed)
    assert sorted((*selecting, *held_out)) == list(range(count))
    assert selecting
    assert len(held_out) == round(count * share)
    assert (list(selecting), list(held_out)) == (sorted(selecting), sorted(held_out))
    assert split(count, share, seed) == (selecting, held_out)


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=f"must be from 0 up to .* 1, but got {share}"):
        split(10, share, 0)


@pytest.mark.usefixtures("in_context")
def test_it_scores_compiles_and_scores_again_and_shows_each_part(world: Any) -> None:
    told: list[tuple[str, str]] = []
    optimizer = BootstrapFewShotWithRandomSearch(num_candidate_programs=10, max_rounds=1, max_bootstrapped_demos=2)
    measured = compile_measured(
        MultiHop(k=2),
        optimizer,
        trainset=world.examples[:4],
        devset=world.examples[4:],
        executor=Sequential(),
        done=lambda stage, result: told.append((stage, result.id)),
    )
    dev = [example.id for example in world.examples[4:]]
    assert told == [("before", name) for name in dev] + [("after", name) for name in dev]
    assert (measured.before.mean("em"), measured.after.mean("em")) == (0.0, 1.0)
    found = measured.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["before"] == measured.before.part(range(4)).to_dict()
    assert found["change"] == {name: each.to_dict() for name, each in compare(measured.before, measured.after).items()}
    assert found["selected"]["after"]["n"] == found["held_out"]["after"]["n"] == 2
    assert len(found["candidates"]) <= 10
    assert measured.program is measured.result.program


@pytest.mark.usefixtures("in_context")
def test_the_held_out_part_has_no_say(world: Any) -> None:
    seen: list[str] = []

    class Spy(LabeledFewShot):
        def run(self, program: Any, *, trainset: Any, valset: Any = None) -> Any:
            seen.extend(example.id for example in valset)
            return super().run(program, trainset=trainset, valset=valset)

    measured = compile_measured(MultiHop(k=2), Spy(k=1), trainset=world.examples[:2], devset=world.examples[2:])
    dev = [example.id for example in world.examples[2:]]
    assert seen == [dev[index] for index in measured.selecting]
    assert not set(measured.selecting) & set(measured.held_out)


@pytest.mark.usefixtures("in_context")
def test_with_nothing_held_out_that_part_is_not_shown(world: Any) -> None:
    measured = compile_measured(
        MultiHop(k=2), LabeledFewShot(k=1), trainset=world.examples, devset=world.examples, held_out=0
    )
    assert "held_out" not in measured.to_dict()
    assert measured.to_dict()["selected"]["after"]["n"] == 8


@pytest.mark.usefixtures("in_context")
def test_progress_is_told_of_both_evaluations(world: Any) -> None:
    told: list[tuple[str, int, int]] = []
    compile_measured(
        MultiHop(k=2),
        LabeledFewShot(k=1),
        trainset=world.examples,
        devset=world.examples,
        held_out=0,
        progress=lambda *report: told.append(report),
    )
    assert told == [(f"score {stage}", done, 8) for stage in ("before", "after") for done in range(1, 9)]


@pytest.mark.usefixtures("in_context")
def test_a_training_question_that_stands_in_the_dev_set_is_not_learnt_from(world: Any) -> None:
    train = [*world.examples[:3], world.examples[5].copy(question=f"  {world.examples[5].question.upper()} ")]
    measured = compile_measured(MultiHop(k=2), LabeledFewShot(k=8), trainset=train, devset=world.examples[4:])
    shown = {demo.question for predictor in measured.program.predictors() for demo in predictor.demos}
    assert shown == {example.question for example in world.examples[:3]}
    assert measured.to_dict()["left_out"] == 1


@pytest.mark.usefixtures("in_context")
def test_training_on_the_dev_set_is_refused_where_a_part_is_held_out(world: Any) -> None:
    with pytest.raises(InputError, match="all 8 stand in both"):
        compile_measured(MultiHop(k=2), LabeledFewShot(k=1), trainset=world.examples, devset=world.examples)
