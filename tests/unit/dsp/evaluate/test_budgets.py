"""When a budget is spent, work stops and what was finished is handed back."""

import pytest

from dsp.configuration import context
from dsp.evaluate.evaluator import Evaluate
from dsp.evaluate.results import compare
from dsp.execution.sequential import Sequential
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.budgeted import Budget, budgeted
from dsp.lms.scripted import Scripted
from dsp.modules.predict import Predict
from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch
from dsp.types.example import Example

EXAMPLES = [Example(id=str(n), question=f"q{n}", answer="yes").with_inputs("question") for n in range(20)]


def answering(calls):
    return budgeted(Scripted(lambda request: "[[ ## answer ## ]]\nyes"), Budget(calls=calls))


@pytest.mark.parametrize("executor", [Sequential(), Threads(4), Tasks(4)])
def test_an_evaluation_holds_what_was_finished_and_says_what_stopped_it(executor):
    with context(lm=answering(calls=7)):
        evaluation = Evaluate(EXAMPLES, metrics=("em",), executor=executor)(Predict("question -> answer"))
    assert len(evaluation) == 7
    assert evaluation.mean("em") == 1.0
    assert not evaluation.failures
    assert "7 of 7 calls" in evaluation.stopped
    assert evaluation.to_dict()["stopped"] == evaluation.stopped


def test_an_evaluation_that_had_enough_was_not_stopped():
    with context(lm=answering(calls=20)):
        evaluation = Evaluate(EXAMPLES, metrics=("em",), executor=Sequential())(Predict("question -> answer"))
    assert len(evaluation) == 20
    assert evaluation.stopped == ""
    assert "stopped" not in evaluation.to_dict()


def test_a_stopped_evaluation_is_compared_on_the_examples_that_both_finished():
    program, evaluate = Predict("question -> answer"), Evaluate(EXAMPLES, metrics=("em",), executor=Sequential())
    with context(lm=answering(calls=20)):
        whole = evaluate(program)
    with context(lm=answering(calls=5)):
        part = evaluate(program)
    assert compare(whole, part)["em"].n == 5


def test_compiling_hands_back_the_best_so_far():
    program = Predict("question -> answer")
    optimizer = BootstrapFewShotWithRandomSearch(executor=Sequential(), num_candidate_programs=6)
    with context(lm=answering(calls=90)):
        result = optimizer.run(program, trainset=EXAMPLES[:10], valset=EXAMPLES[10:])
    assert result.program.dump_state()["self"]["signature"] == program.dump_state()["self"]["signature"]
    assert 1 <= len(result.candidates) < 6
    assert all(candidate.evaluation and not candidate.evaluation.stopped for candidate in result.candidates)
