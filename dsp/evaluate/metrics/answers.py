"""DSP's measures of one answer against several gold ones, as plain functions of texts."""

from __future__ import annotations

from collections.abc import Sequence

from dsp.demonstrate.match import answer_match, token_f1, tokens
from dsp.errors import InputError
from dsp.evaluate.metrics.normalize import overlap


def EM(prediction: str, answers: Sequence[str]) -> bool:  # noqa: N802 - DSP's name
    """Whether the prediction equals one of the answers after normalisation.

    >>> EM("The Beatles.", ["beatles", "The Rolling Stones"])
    True
    """
    return answer_match(prediction, _several(answers))


def F1(prediction: str, answers: Sequence[str]) -> float:  # noqa: N802 - DSP's name
    """The best F1 of the prediction's tokens against one of the answers', 0 to 1.

    >>> F1("Jane Austen of Steventon", ["Austen", "Jane Austen"])
    0.6666666666666666
    """
    return max(token_f1(tokens(prediction), tokens(answer)) for answer in _several(answers))


def HotPotF1(prediction: str, answers: Sequence[str]) -> float:  # noqa: N802 - DSP's name
    """As `F1`, but a bare yes, no or noanswer shares nothing with anything else, as HotpotQA counts.

    >>> HotPotF1("yes, it is", ["yes"])
    0.0
    """
    return max(overlap(prediction, answer).f1 for answer in _several(answers))


def _several(answers: Sequence[str]) -> list[str]:
    if isinstance(answers, str) or not answers or not all(isinstance(answer, str) for answer in answers):
        raise InputError(f"the gold answers must be a list of texts, but got {answers!r:.80}; put one in a list")
    return list(answers)
