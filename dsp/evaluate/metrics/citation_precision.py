"""Citation precision: which share of the cited passages are gold ones?"""

from __future__ import annotations

from dsp.evaluate.metrics.citing import CitationMetric


class CitationPrecision(CitationMetric):
    """The share of the cited titles that are gold ones; 0 where nothing is cited."""

    name = "citation_precision"

    def out_of(self, cited_titles: int, golds: int) -> int:
        return cited_titles


citation_precision = CitationPrecision()
