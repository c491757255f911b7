"""Whether response times have changed, or only seem to: a rank test, which supposes nothing of how they are spread."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt
from statistics import median

from runner.model.records import dataclass

#: Responses on each side below which nothing can be said.
ENOUGH = 5
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Latency:
    """Response times before and after, in ms.

    Attributes:
        p: of the difference, as if this were the only comparison; None: there are too few.
        slower: the share of pairs, one from before and one from after, in which the later one took longer.
    """

    count_before: int
    count_after: int
    before: float  #: median
    after: float  #: median
    p: float | None
    slower: float

    @property
    def change(self) -> float:
        """0.2 is 20 % slower."""
        return self.after / self.before - 1 if self.before > 0 else 0.0

    def __str__(self) -> str:
        times = f"{_ms(self.before)} -> {_ms(self.after)} ({self.change:+.0%})"
        counts = f"{self.count_before} and {self.count_after} responses"
        if self.p is None:
            return f"{times}; {counts}, too few for a test"
        p = f"p = {self.p:.4f}" if self.p >= 0.0001 else "p < 0.0001"
        return f"{times}; {counts}, {p}, a later one is slower in {self.slower:.0%} of pairs"


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def compared(before: Sequence[float], after: Sequence[float]) -> Latency | None:
    """None if there are no times on one side."""
    if not before or not after:
        return None
    slower, p = mann_whitney(before, after)
    enough = min(len(before), len(after)) >= ENOUGH
    return Latency(len(before), len(after), median(before), median(after), p if enough else None, slower)


def mann_whitney(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """The U of ``after`` as a share of all pairs (0.5: no difference), and the two-sided p of it.

    By the normal approximation with corrections for ties and for continuity: Mann and Whitney, On a test of whether
    one of two random variables is stochastically larger than the other (1947).
    """
    ordered = sorted(before)
    u = sum((bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in after)
    pairs, whole = len(before) * len(after), len(before) + len(after)
    ties = sum(count**3 - count for count in Counter((*before, *after)).values())
    variance = pairs / 12 * (whole + 1 - ties / (whole * (whole - 1)))
    if variance <= 0:
        return u / pairs, 1.0
    z = max(0.0, abs(u - pairs / 2) - 0.5) / sqrt(variance)
    return u / pairs, erfc(z / sqrt(2))


def significant(found: Sequence[Latency]) -> list[bool]:
    """Which of several differences are significant together, by Holm's method: with a hundred requests, five would
    seem slower by chance alone."""
    tested = sorted((one.p, at) for at, one in enumerate(found) if one.p is not None)
    result = [False] * len(found)
    for rank, (p, at) in enumerate(tested):
        if p > ALPHA / (len(tested) - rank):
            break
        result[at] = True
    return result
