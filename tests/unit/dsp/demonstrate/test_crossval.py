"""`crossval`: no subset judges itself, the best one wins."""

import pytest

from dsp.demonstrate.crossval import crossval
from dsp.errors import InputError
from dsp.types.example import Example

TRAIN = [Example(question=str(number), worth=number) for number in range(12)]


def test_the_subset_with_the_best_score_wins():
    seen = []

    def worth(demos, rest):
        score = sum(demo.worth for demo in demos)
        seen.append(score)
        return score

    best = crossval(TRAIN, n=8, k=3, seed=5)(worth)
    assert len(best) == 3
    assert sum(demo.worth for demo in best) == max(seen)
    assert len(seen) == 8


def test_every_subset_is_scored_on_exactly_the_rest():
    def check(demos, rest):
        both = sorted(example.worth for example in [*demos, *rest])
        assert both == list(range(12))
        return 0.0

    crossval(TRAIN, n=4, k=5)(check)


def test_ties_go_to_the_subset_drawn_first():
    drawn = []
    best = crossval(TRAIN, n=4, k=2, seed=1)(lambda demos, rest: drawn.append(demos) or 0.0)
    assert best == drawn[0]


@pytest.mark.parametrize(("n", "k"), [(0, 2), (2, 0), (2, 12), (2, 13)])
def test_sizes_that_leave_nothing_to_do_or_to_score_are_refused(n, k):
    with pytest.raises(InputError, match="k"):
        crossval(TRAIN, n=n, k=k)
