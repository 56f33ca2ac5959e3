"""Mean recall: which share of the gold passages was retrieved?"""

from __future__ import annotations

from dsp.evaluate.metrics.supports import SupportMetric


class MeanRecall(SupportMetric):
    """The share of the gold titles that are among the context's titles."""

    name = "mean_recall"

    def score(self, found: int, wanted: int) -> float:
        return found / wanted


mean_recall = MeanRecall()
