"""Which of a question's gold passages a prediction's context holds: the ground of the recall metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.types.example import Example
from indexes.passage import Hit, Passage


def gold_titles(example: Mapping[str, Any]) -> list[str]:
    """The distinct titles of the passages that answer the question; none where nobody said which they are."""
    return list(dict.fromkeys(example.get("gold_titles") or ()))


def found_titles(golds: Sequence[str], prediction: Mapping[str, Any]) -> list[str]:
    """Those gold titles that stand in the prediction's `context`, in gold order.

    The context is a list of `Hit`s, `Passage`s or strings `Title | text`; titles are compared as they are
    written. A prediction without context found none. Raises InputError where the context is something else.
    """
    context = prediction.get("context")
    if context is None:
        return []
    if isinstance(context, str) or not isinstance(context, Sequence):
        raise InputError(
            "recall needs the prediction's context as a list of passages, "
            f"but got {type(context).__name__}; let the program return the passages themselves"
        )
    titles: set[str] = set()
    texts: list[str] = []
    for passage in context:
        if isinstance(passage, Hit | Passage):
            titles.add(passage.title)
        elif isinstance(passage, str):
            texts.append(passage)
        else:
            raise InputError(
                "a passage of the context must be a Hit, a Passage or a string `Title | text`, "
                f"but got {type(passage).__name__}"
            )
    return [gold for gold in golds if gold in titles or any(_is_titled(text, gold) for text in texts)]


class SupportMetric(ABC):
    """A metric over gold titles. It does not apply to a question that names none.

    Laws: `applies_to(example)` is False where there are no gold titles, and then a call raises InputError: an
    evaluator leaves such questions out of this metric's mean and of its n.
    """

    name = "support"

    def applies_to(self, example: Example) -> bool:
        return bool(gold_titles(example))

    def __call__(self, example: Example, prediction: Example, trace: Any = None) -> float:
        golds = gold_titles(example)
        if not golds:
            raise InputError(
                f"{self.name} needs an example with gold_titles, but got one with the fields "
                f"{', '.join(example) or 'none'}; ask applies_to(example) first, or choose another metric"
            )
        return self.score(len(found_titles(golds, prediction)), len(golds))

    @abstractmethod
    def score(self, found: int, wanted: int) -> float:
        """The metric itself: how good it is to have found so many of so many."""

    def __repr__(self) -> str:
        return f"<metric {self.name}>"


def _is_titled(text: str, title: str) -> bool:
    return text.strip() == title or text.lstrip().startswith(f"{title} | ")
