"""The rank test: against SciPy's figures, and against all arrangements counted."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.comparing.latency import Latency, compared, mann_whitney, significant

TIMES = st.lists(st.integers(0, 20).map(float), min_size=1, max_size=12)
X = [210.052110, 110.190630, 307.918612]
Y = [
    436.08811482466416, 416.37397329768191, 179.96975939463582, 197.8118754228619, 34.038757281225756,
    138.54220550921517, 128.7769351470246, 265.92721427951852, 275.6617533155341, 592.34083395416258,
    448.73177590617018, 300.61495185038905, 187.97508449019588,
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "u", "p"),
    [
        # the example of scipy.stats.mannwhitneyu, and one of its tests; then some with ties, by SciPy 1.16
        ([19, 22, 16, 29, 24], [20, 11, 17, 12], 3, 0.11134688653314041),
        (X, Y, 23, 0.6865041817875919),
        ([1, 2, 2, 3, 3, 3, 4, 5], [2, 3, 4, 4, 5, 5, 6, 7, 7], 58.5, 0.03175895714806371),
        ([10, 10, 11, 12, 12], [12, 13, 13, 14, 15, 15], 29, 0.01224774559148909),
        ([3, 3, 3], [3, 3], 3, 1.0),
    ],
)
def test_published_figures(before: list[float], after: list[float], u: float, p: float) -> None:
    share, found = mann_whitney(before, after)
    assert share * len(before) * len(after) == pytest.approx(u)
    assert found == pytest.approx(p, rel=1e-9)


@settings(deadline=None)
@given(TIMES, TIMES)
def test_both_directions_say_the_same(one: list[float], other: list[float]) -> None:
    share, p = mann_whitney(one, other)
    back, same = mann_whitney(other, one)
    assert share + back == pytest.approx(1)
    assert p == pytest.approx(same)
    assert 0 <= p <= 1


def test_it_is_near_the_exact_figure() -> None:
    """Of all ways in which 12 different times can be dealt out, so many are at least as uneven."""
    every = range(12)
    after = (2, 6, 8, 9, 10, 11)
    share, p = mann_whitney([float(one) for one in every if one not in after], [float(one) for one in after])
    wanted = abs(share - 0.5)

    def uneven(dealt: tuple[int, ...]) -> float:
        pairs = sum(one > other for one in dealt for other in every if other not in dealt)
        return abs(pairs / 36 - 0.5)

    dealt = list(combinations(every, 6))
    exact = sum(uneven(one) >= wanted - 1e-9 for one in dealt) / len(dealt)
    assert p == pytest.approx(exact, abs=0.01)


def test_a_few_responses_say_nothing() -> None:
    few, enough = compared([1.0] * 4, [9.0] * 9), compared([1.0] * 5, [9.0] * 5)
    assert few is not None
    assert few.p is None
    assert "too few for a test" in str(few)
    assert enough is not None
    assert enough.p is not None
    assert compared([], [1.0]) is None


def test_of_many_differences_some_are_chance() -> None:
    def one(p: float | None) -> Latency:
        return Latency(9, 9, 1.0, 2.0, p, 0.9)

    assert significant([one(0.04)]) == [True]
    assert significant([one(0.04), one(0.03)]) == [False, False]
    assert significant([one(0.001), one(None), one(0.04), one(0.02)]) == [True, False, True, True]
    assert significant([one(0.001), one(0.03), one(0.03)]) == [True, False, False]
