"""Citation recall: which share of the gold passages does the text cite?"""

from __future__ import annotations

from dsp.evaluate.metrics.citing import CitationMetric


class CitationRecall(CitationMetric):
    """The share of the gold titles that are cited."""

    name = "citation_recall"

    def out_of(self, cited_titles: int, golds: int) -> int:
        return golds


citation_recall = CitationRecall()
