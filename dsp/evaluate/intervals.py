"""How sure a mean is: bootstrap intervals over examples, for one run and for the change between two.

The percentile bootstrap (Efron 1979; Efron & Tibshirani 1993, ch. 13): draw n examples with replacement,
many times, and take the quantiles of the means, moved out for small n (Hesterberg 2015). With fewer than
ten examples it is Student's t instead. It cannot see what the sample lacks: where all values are
equal it would claim to be certain. There the interval is an exact binomial bound instead (Clopper &
Pearson 1934): in n examples without an exception, exceptions may still make up a share of e = 1 -
(alpha/2)^(1/n), and each may be as bad, or as good, as the scale allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsp.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DRAWS_AT_ONCE = 2_000_000
FEW = 10  # of fewer examples, resamples look too much alike to be told from


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over n examples and the interval that holds the true mean at the chosen level."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether a mean of nothing, or a change of nothing, is ruled out."""
        return self.low > 0 or self.high < 0

    def to_dict(self) -> dict[str, float | int]:
        """The JSON object that the command line prints."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "n": self.n}

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_interval(
    values: Sequence[float],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    scale: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """The mean of the values with its percentile bootstrap interval; equal arguments give equal intervals.

    `scale` is the least and the greatest value possible. Values that are all equal (a single one, too)
    get the bound described above; no values at all give mean 0, the whole scale and n = 0. The mean is
    summed in the values' order, as HotpotQA's script does it, so that the two agree to the last digit.

    Raises InputError for a level outside (0, 1), resamples < 1, or values that are not finite.
    """
    _check(level, resamples)
    scores = [float(value) for value in values]
    if not all(math.isfinite(score) for score in scores):
        raise InputError("every score must be a finite number, but got nan or infinity; look at the metric")
    mean = mean_in_order(scores)
    if not scores:
        return Interval(0.0, scale[0], scale[1], 0)
    if min(scores) == max(scores):
        unseen = 1 - ((1 - level) / 2) ** (1 / len(scores))
        low, high = min(scale[0], mean), max(scale[1], mean)
        return Interval(mean, mean - unseen * (mean - low), mean + unseen * (high - mean), len(scores))
    if len(scores) < FEW:
        low, high = _student(scores, mean, level, scale)
    else:
        low, high = _quantiles(scores, level, resamples, seed)
    return Interval(mean, low, high, len(scores))


def paired_interval(
    before: Sequence[float],
    after: Sequence[float],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The mean change, after - before, over the same examples in the same order, with its interval.

    Examples are resampled, each with both its scores, so that what makes a question hard cancels out. The
    scores lie between 0 and 1. Raises InputError as `bootstrap_interval` does, and where the lengths
    differ."""
    if len(before) != len(after):
        raise InputError(
            f"a paired interval needs both scores of every example, but got {len(before)} before and "
            f"{len(after)} after; score the same examples twice"
        )
    changes = [float(new) - float(old) for old, new in zip(before, after, strict=True)]
    return bootstrap_interval(changes, level=level, resamples=resamples, seed=seed, scale=(-1.0, 1.0))


def mean_in_order(values: Sequence[float]) -> float:
    """The mean by plain addition from left to right; 0 for none.

    `sum` compensates rounding since Python 3.12 and numpy adds in pairs: either may differ in the last digit.
    """
    total = 0.0
    for value in values:
        total += value
    return total / len(values) if values else 0.0


def _quantiles(scores: list[float], level: float, resamples: int, seed: int) -> tuple[float, float]:
    """The expanded percentile interval (Hesterberg 2015, section 5.3): the bootstrap knows nothing of how few examples
    there are, so its tails are moved out by as much as Student's t goes beyond the normal distribution."""
    import numpy as np
    from scipy.special import ndtr, stdtrit

    n, tail = len(scores), (1 - level) / 2
    expanded = float(ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, tail)))
    low, high = np.quantile(_resampled_means(np.array(scores), resamples, seed), [expanded, 1 - expanded])
    return float(low), float(high)


def _student(scores: list[float], mean: float, level: float, scale: tuple[float, float]) -> tuple[float, float]:
    """Student's t interval, kept within the scale."""
    from scipy.special import stdtrit

    n = len(scores)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in scores) / (n - 1) / n)
    reach = -float(stdtrit(n - 1, (1 - level) / 2)) * deviation
    return max(min(scale[0], mean), mean - reach), min(max(scale[1], mean), mean + reach)


def _resampled_means(scores: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """Means of resamples, float64 [resamples]; memory stays bounded whatever n is.

    Scores take few distinct values as a rule; drawing how often each appears is the same bootstrap as drawing
    examples, and far less work.
    """
    import numpy as np

    random = np.random.Generator(np.random.PCG64(seed))
    distinct, counts = np.unique(scores, return_counts=True)
    few = len(distinct) * 8 <= len(scores)
    rows = max(1, _DRAWS_AT_ONCE // (len(distinct) if few else len(scores)))
    means = []
    for start in range(0, resamples, rows):
        now = min(rows, resamples - start)
        if few:
            drawn = random.multinomial(len(scores), counts / len(scores), size=now)
            means.append(drawn @ distinct / len(scores))
        else:
            means.append(scores[random.integers(0, len(scores), size=(now, len(scores)))].mean(axis=1))
    return np.concatenate(means)


def _check(level: float, resamples: int) -> None:
    if not 0 < level < 1:
        raise InputError(f"the level must lie between 0 and 1, but got {level}; 0.95 is usual")
    if resamples < 1:
        raise InputError(f"resamples must be at least 1, but got {resamples}; 10000 is usual")
