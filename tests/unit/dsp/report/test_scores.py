from __future__ import annotations

from typing import Any

from dsp.report.scores import changes_text, interval_text, name_of, scores_text, usage_text


def interval(mean: float, low: float, high: float) -> dict[str, float]:
    return {"mean": mean, "low": low, "high": high, "n": 100}


def metrics(**values: dict[str, float]) -> dict[str, Any]:
    return {"metrics": values}


def test_no_mean_is_shown_without_its_interval() -> None:
    text = scores_text(metrics(em=interval(0.5, 0.4, 0.6), mine=interval(1, 0.9, 1)))
    assert text.splitlines() == [
        "  exact match          0.500 [0.400, 0.600]",
        "  mine                 1.000 [0.900, 1.000]",
    ]


def test_a_change_is_shown_between_before_and_after_and_a_clear_one_is_marked() -> None:
    text = changes_text(
        metrics(em=interval(0.5, 0, 1), f1=interval(0.25, 0, 1)),
        metrics(em=interval(0.6, 0, 1), f1=interval(0.125, 0, 1)),
        {"em": interval(0.1, 0.05, 0.15), "f1": interval(-0.125, -0.3, 0.05)},
    ).splitlines()
    assert text[1] == "  exact match             0.500    0.600   +0.100 [+0.050, +0.150]  *"
    assert text[2] == "  answer F1               0.250    0.125   -0.125 [-0.300, +0.050]"
    assert len(text) == 4


def test_a_clear_loss_is_marked_as_a_clear_gain_is() -> None:
    both = metrics(em=interval(0.5, 0, 1))
    assert changes_text(both, both, {"em": interval(-0.2, -0.3, -0.1)}).splitlines()[1].endswith("*")


def test_usage_says_what_was_asked_what_came_from_the_cache_and_what_it_cost() -> None:
    usage: dict[str, Any] = {"calls": 1200, "cached_calls": 0, "prompt_tokens": 10, "completion_tokens": 5, "usd": 0.0}
    assert usage_text(usage) == "1,200 LM calls, 15 tokens, $0.00"
    assert usage_text({**usage, "cached_calls": 7}) == "1,200 LM calls, 7 from the cache, 15 tokens, $0.00"
    assert usage_text({**usage, "usd": None}) == "1,200 LM calls, 15 tokens, unknown cost"


def test_metrics_without_a_longer_name_go_by_their_own() -> None:
    assert name_of("support_recall") == "all supports found"
    assert name_of("mine") == "mine"
    assert interval_text(interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
