"""Citation faithfulness: do the citations stand where they are said to stand?"""

from __future__ import annotations

from typing import Any

from dsp.evaluate.metrics.citing import citations_of
from dsp.types.example import Example


def citation_faithfulness(example: Example, prediction: Example, trace: Any = None) -> float:
    """The share of the text's quotations and marks that check out word for word; 0 where it has none.

    Intrinsic: it needs no labels. DSPy Assertions (arXiv 2312.13382, section 5) asks an LM whether a citation is
    faithful; here the words themselves are looked up.
    """
    citations = citations_of(prediction)
    bad = len(citations.missing) + len(citations.dangling)
    said = len(citations.found) + bad
    return (said - bad) / said if said else 0.0
