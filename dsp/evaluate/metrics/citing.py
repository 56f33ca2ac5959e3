"""What a prediction cites: the ground of the citation metrics."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.evaluate.metrics.supports import SupportMetric, gold_titles
from dsp.modules.citations import Citations, cited
from dsp.types.example import Example


def citations_of(prediction: Mapping[str, Any]) -> Citations:
    """The prediction's `citations`, or what its `paragraph` (else its `answer`) cites of its `context`."""
    known = prediction.get("citations")
    if known is None:
        return cited(
            str(prediction.get("paragraph") or prediction.get("answer") or ""), prediction.get("context") or []
        )
    if not isinstance(known, Citations):
        raise InputError(f"a prediction's citations must be what dsp.cited gives, but are {known!r:.80}")
    return known


class CitationMetric(SupportMetric):
    """A metric over which of the gold titles are cited, and how many titles are."""

    def __call__(self, example: Example, prediction: Example, trace: Any = None) -> float:
        super().__call__(example, prediction)  # refuses an example without gold titles
        titles, golds = citations_of(prediction).titles, gold_titles(example)
        right = sum(title in golds for title in titles)
        return self.score(right, self.out_of(len(titles), len(golds)))

    @abstractmethod
    def out_of(self, cited_titles: int, golds: int) -> int:
        """What the right ones are counted out of: of all cited (precision), or of all gold titles (recall)."""

    def score(self, found: int, wanted: int) -> float:
        return found / wanted if wanted else 0.0
