"""`majority`: the answer that most completions give (self-consistency, Wang et al. 2022)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.types.example import Example
from dsp.types.prediction import Completions, Prediction


def normalized(value: Any) -> str:
    """A value as votes are counted: compatibility form, lower case, single spaces, no end punctuation."""
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    return " ".join(text.split()).strip(" .,:;!?\"'`")


def majority(
    completions: Completions | Prediction | Sequence[Example],
    field: str | None = None,
    *,
    normalize: Callable[[Any], str] = normalized,
) -> Prediction:
    """The first completion whose field has the value that most completions give.

    `field` is by default the last one. Values are compared normalised; blank ones don't vote unless all are blank;
    a tie goes to the value seen first. Raises InputError for no completions.
    """
    items = completions.completions if isinstance(completions, Prediction) else completions
    if not items:
        raise InputError("a vote needs at least one completion, but got none")
    key = field or next(reversed(list(items[0])), "")
    if not any(key in item for item in items):
        raise InputError(f'a vote needs a field of the completions ({", ".join(items[0]) or "none"}), but got "{key}"')
    votes = [normalize(item.get(key, "")) for item in items]
    counts = Counter(vote for vote in votes if vote) or Counter(votes)
    winner = max(counts, key=lambda vote: counts[vote])
    kept = items if isinstance(items, Completions) else Completions(list(items))
    return Prediction(items[votes.index(winner)], completions=kept)
