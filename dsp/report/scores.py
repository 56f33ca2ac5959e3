"""Scores with their intervals, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {
    "em": "exact match",
    "f1": "answer F1",
    "support_recall": "all supports found",
    "mean_recall": "supports found",
}


def scores_text(evaluation: Mapping[str, Any]) -> str:
    """One line a metric, `mean [low, high]`, from an evaluation's JSON."""
    return "\n".join(f"  {name_of(key):<20} {interval_text(value)}" for key, value in evaluation["metrics"].items())


def changes_text(before: Mapping[str, Any], after: Mapping[str, Any], change: Mapping[str, Any]) -> str:
    """One line a metric: before, after, and the paired change with its interval."""
    lines = [f"  {'':<20} {'before':>8} {'after':>8}   change, paired"]
    for key, difference in change.items():
        old, new = before["metrics"][key]["mean"], after["metrics"][key]["mean"]
        clear = "" if difference["low"] <= 0 <= difference["high"] else "  *"
        lines.append(f"  {name_of(key):<20} {old:>8.3f} {new:>8.3f}   {interval_text(difference, '+')}{clear}")
    return "\n".join([*lines, "  * the 95% interval excludes zero"])


def differences_text(change: Mapping[str, Any]) -> str:
    """One line a metric: the paired change with its interval."""
    return "\n".join(f"  {name_of(key):<20} {interval_text(value, '+')}" for key, value in change.items())


def interval_text(value: Mapping[str, Any], sign: str = "") -> str:
    return f"{value['mean']:{sign}.3f} [{value['low']:{sign}.3f}, {value['high']:{sign}.3f}]"


def usage_text(usage: Mapping[str, Any]) -> str:
    cost = "unknown cost" if usage["usd"] is None else f"${usage['usd']:.2f}"
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    cached = f", {usage['cached_calls']:,} from the cache" if usage.get("cached_calls") else ""
    return f"{usage['calls']:,} LM calls{cached}, {tokens:,} tokens, {cost}"


def name_of(metric: str) -> str:
    return NAMES.get(metric, metric)
