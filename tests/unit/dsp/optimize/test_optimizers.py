"""What every optimizer keeps to, and what is each few-shot optimizer's own."""

from __future__ import annotations

from typing import Any

import pytest

import dsp
from dsp.errors import InputError, UnknownNameError
from dsp.execution.sequential import Sequential
from dsp.execution.threads import Threads
from dsp.modules.module import Module
from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict
from dsp.optimize.bootstrap_few_shot import BootstrapFewShot
from dsp.optimize.labeled_few_shot import LabeledFewShot
from dsp.optimize.registry import OPTIMIZERS
from dsp.types.example import Example
from dsp.types.prediction import Prediction

pytestmark = pytest.mark.usefixtures("in_context")
SMALL: dict[str, dict[str, Any]] = {"random_search": {"num_candidate_programs": 6, "max_rounds": 1}}


@pytest.fixture(params=OPTIMIZERS.names())
def make(request: pytest.FixtureRequest) -> Any:
    def made(**options: Any) -> Any:
        return OPTIMIZERS.get(request.param)(**{**SMALL.get(request.param, {}), **options})

    return made


def test_compiling_never_changes_the_program_it_was_given(make: Any, world: Any) -> None:
    program = MultiHop(k=2)
    program.generate_answer.demos = [Example(question="x", answer="y")]
    before = program.dump_state()
    compiled = make().compile(program, trainset=world.examples)
    assert compiled is not program
    assert program.dump_state() == before
    for predictor in compiled.predictors():
        predictor.demos.clear()
        predictor.config["n"] = 9
    assert program.dump_state() == before


def test_the_examples_are_left_as_they_were(make: Any, world: Any) -> None:
    train, dev = world.examples[:5], world.examples[5:]
    before = [dict(example) for example in (*train, *dev)]
    make().compile(MultiHop(k=2), trainset=train, valset=dev)
    assert [dict(example) for example in (*train, *dev)] == before


def test_equal_seeds_give_equal_programs_however_they_are_run(make: Any, world: Any) -> None:
    states = [
        make(seed=3, executor=executor).compile(MultiHop(k=2), trainset=world.examples).dump_state()
        for executor in (Sequential(), Threads(4), Threads(2))
    ]
    assert states[0] == states[1] == states[2]


def test_the_compiled_program_runs_is_saved_and_comes_back(make: Any, world: Any, tmp_path: Any) -> None:
    compiled = make().compile(MultiHop(k=2), trainset=world.examples)
    assert compiled(question=world.question("Emma")).answer == "Steventon"
    compiled.save(tmp_path / "p.json")
    back = compiled.reset_copy()
    back.load(tmp_path / "p.json")
    assert back.dump_state() == compiled.dump_state()


def test_a_program_without_predictors_is_compiled_to_itself(make: Any, world: Any) -> None:
    class Fixed(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer="Lviv")

    compiled = make().compile(Fixed(), trainset=world.examples)
    assert compiled(question="q").answer == "Lviv"
    assert compiled.predictors() == []


@pytest.mark.parametrize("name", ["bootstrap_few_shot", "random_search"])
def test_where_nothing_is_worked_out_nothing_is_shown(name: str, world: Any) -> None:
    wrong = [example.copy(answer="nowhere", gold_titles=["no such book"]) for example in world.examples[:3]]
    optimizer = OPTIMIZERS.get(name)(**SMALL.get(name, {}))
    result = optimizer.run(MultiHop(k=1), trainset=wrong, valset=world.examples)
    assert result.demonstrations == 0
    assert [demo for predictor in result.program.predictors() for demo in predictor.demos] == []


def test_progress_counts_every_step_up_to_its_total(make: Any, world: Any) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    make(progress=lambda stage, done, total: told.setdefault(stage, []).append((done, total))).compile(
        MultiHop(k=2), trainset=world.examples
    )
    for counts in told.values():
        total = counts[-1][1]
        assert counts == [(done, total) for done in range(1, total + 1)]


def test_an_unknown_optimizer_is_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownNameError, match='unknown optimizer "randomsearch": did you mean random_search'):
        OPTIMIZERS.get("randomsearch")


# labeled_few_shot


def test_labeled_few_shot_shows_k_sampled_examples_to_every_predictor_that_they_fit(world: Any) -> None:
    program = LabeledFewShot(k=3, seed=1).compile(MultiHop(), trainset=world.examples)
    demos = program.generate_answer.demos
    assert len(demos) == 3
    assert all(set(demo) == {"question", "answer", "augmented", "id"} for demo in demos)
    assert program.generate_query[0].demos == []
    others = [LabeledFewShot(k=3, seed=seed).compile(MultiHop(), trainset=world.examples) for seed in range(5)]
    assert len({tuple(demo.id for demo in each.generate_answer.demos) for each in others}) > 1


def test_labeled_few_shot_makes_no_call(world: Any, learner: Any) -> None:
    LabeledFewShot().compile(MultiHop(), trainset=world.examples)
    assert learner.requests == []


def test_labeled_few_shot_with_fewer_examples_than_k_shows_them_all(world: Any) -> None:
    assert len(LabeledFewShot(k=99).compile(MultiHop(), trainset=world.examples).generate_answer.demos) == 8
    assert LabeledFewShot().compile(MultiHop(), trainset=[]).generate_answer.demos == []
    with pytest.raises(InputError, match="k must be at least 1, but got 0"):
        LabeledFewShot(k=0)


# bootstrap_few_shot


def test_bootstrap_few_shot_shows_what_was_worked_out_up_to_its_limit(world: Any) -> None:
    program = BootstrapFewShot(max_bootstrapped_demos=2, max_rounds=1).compile(MultiHop(k=2), trainset=world.examples)
    assert len(program.generate_answer.demos) == 2
    assert {demo.id for demo in program.generate_answer.demos} <= {"Emma", "Dune", "Solaris"}
    assert all(demo.augmented for demo in program.generate_answer.demos)
    assert len(program.generate_query[0].demos) == 2


def test_bootstrap_few_shot_fills_up_with_labelled_examples(world: Any) -> None:
    program = BootstrapFewShot(max_bootstrapped_demos=2, max_labeled_demos=5, max_rounds=1).compile(
        MultiHop(k=2), trainset=world.examples
    )
    assert [demo.augmented for demo in program.generate_answer.demos] == [False] * 3 + [True] * 2
    assert [demo.augmented for demo in program.generate_query[0].demos] == [True] * 2


def test_bootstrap_few_shot_says_how_many_demonstrations_it_gave(world: Any) -> None:
    result = BootstrapFewShot(max_rounds=1).run(MultiHop(k=2), trainset=world.examples)
    assert result.demonstrations == sum(len(predictor.demos) for predictor in result.program.predictors()) == 7
    assert result.selected is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_rounds": 0}, "max_rounds must be at least 1, but got 0"),
        ({"max_bootstrapped_demos": -1}, "must be 0 or more"),
        ({"max_labeled_demos": -1}, "must be 0 or more"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        BootstrapFewShot(**options)
    with pytest.raises(InputError, match=said):
        dsp.BootstrapFewShotWithRandomSearch(**options)


@pytest.mark.parametrize("name", ["bootstrap_few_shot", "random_search"])
def test_no_training_example_is_an_error_that_says_so(name: str) -> None:
    with pytest.raises(InputError, match="needs at least one training example, but got none; give a trainset"):
        OPTIMIZERS.get(name)().compile(Predict("question -> answer"), trainset=[])
