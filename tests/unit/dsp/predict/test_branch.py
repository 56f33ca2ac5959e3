"""`branch`: whole pipelines, sampled."""

import pytest

from dsp.configuration import context
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.modules.predict import Predict
from dsp.predict.branch import branch


def test_each_branch_is_another_rollout_at_the_temperature_that_was_asked_for():
    lm = Scripted(lambda request: f"[[ ## answer ## ]]\n{request.rollout} at {request.temperature}")
    program = Predict("question -> answer", temperature=0.1)
    with context(lm=lm):
        branches = branch(lambda question: program(question=question).answer, n=3, temperature=0.9)("Who?")
        after = program(question="Who?")
    assert [each.value for each in branches] == ["0 at 0.9", "1 at 0.9", "2 at 0.9"]
    assert after.answer == "0 at 0.1"


def test_a_branch_knows_its_cost_and_has_no_score_where_the_lm_tells_no_probabilities():
    program = Predict("question -> answer")
    with context(lm=Scripted(lambda request: "[[ ## answer ## ]]\nyes")):
        (only,) = branch(lambda question: [program(question=question) for _ in range(2)], n=1)("Who?")
    assert only.usage.calls == 2
    assert only.score is None


@pytest.mark.parametrize(("n", "temperature"), [(0, 0.7), (-1, 0.7), (2, -0.1)])
def test_no_branches_and_negative_temperatures_are_refused(n, temperature):
    with pytest.raises(InputError, match="must be"):
        branch(lambda x: x, n=n, temperature=temperature)
