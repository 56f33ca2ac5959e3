"""Support recall: was every gold passage retrieved?"""

from __future__ import annotations

from dsp.evaluate.metrics.supports import SupportMetric


class SupportRecall(SupportMetric):
    """1 where all gold titles are among the context's titles, else 0."""

    name = "support_recall"

    def score(self, found: int, wanted: int) -> float:
        return float(found == wanted)


support_recall = SupportRecall()
