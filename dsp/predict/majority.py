"""`majority`: the answer that most completions give (self-consistency, Wang et al. 2022)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from dsp.errors import InputError
from dsp.types.example import Example
from dsp.types.prediction import Completions, Prediction

T = TypeVar("T")
Normalize = Callable[[Any], Any] | bool | None


def normalized(value: Any) -> str:
    """A value as votes are counted: compatibility form, lower case, single spaces, no end punctuation."""
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    return " ".join(text.split()).strip(" .,:;!?\"'`")


def most_common(values: Iterable[T], *, normalize: Normalize = normalized) -> T:
    """The value that comes most often, as it was first written.

        >>> most_common(["Lviv", "Paris", "lviv."])
        'Lviv'

    Values are compared normalised (False or None compares them as they are); blank ones don't count unless all are
    blank; a tie goes to the value seen first. Raises InputError for no values.
    """
    given = list(values)
    return given[_winner(given, normalize)]


def majority(
    completions: Completions | Prediction | Sequence[Example],
    field: str | None = None,
    *,
    normalize: Normalize = normalized,
) -> Prediction:
    """The first completion whose field has the value that most completions give.

        >>> majority([Example(answer="Lviv"), Example(answer="Paris"), Example(answer="lviv")]).answer
        'Lviv'

    `field` is by default the last one; of a program's predictions, the last that its answering predictor filled.
    Values are compared as `most_common` compares them. Raises InputError for no completions.
    """
    items = completions.completions if isinstance(completions, Prediction) else completions
    if not items:
        raise InputError("a vote needs at least one completion, but got none")
    key = field or _last_field(items[0])
    if not any(key in item for item in items):
        raise InputError(f'a vote needs a field of the completions ({", ".join(items[0]) or "none"}), but got "{key}"')
    kept = items if isinstance(items, Completions) else Completions(list(items))
    return Prediction(items[_winner([item.get(key, "") for item in items], normalize)], completions=kept)


def _last_field(item: Example) -> str:
    """A program adds fields of its own (its passages, its queries) after those that its last predictor filled."""
    filled = item.completions[0] if isinstance(item, Prediction) else item
    return next((name for name in reversed(list(filled)) if name in item), next(reversed(list(item)), ""))


def _winner(values: Sequence[Any], normalize: Normalize) -> int:
    """The place of the first of the values that come most often. Raises InputError for no values."""
    if not values:
        raise InputError("a vote needs at least one value, but got none")
    form = normalize if callable(normalize) else normalized if normalize else str
    votes = [str(form(value) or "") for value in values]
    counts = Counter(vote for vote in votes if vote.strip()) or Counter(votes)
    return votes.index(max(counts, key=lambda vote: counts[vote]))
