"""``--shard 2/3``: a share of what would run. All shares together are the whole, and no request is in two of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.errors import UsageError
from runner.model.records import dataclass

_SHARD = re.compile(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*")


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th (from 1) of ``count``."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def parse_shard(text: str) -> Shard:
    """``2/3``.

    Raises:
        UsageError: it is none.
    """
    match = _SHARD.fullmatch(text)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.number <= shard.count:
        raise UsageError(f"--shard takes a number and how many there are, as 1/3, 2/3 and 3/3, not {text!r}")
    return shard


def shard_of(weights: Sequence[int], count: int) -> list[int]:
    """The number (from 1) of the shard of each unit. Neighbours stay together, since requests mostly need what those
    right before them have set; each shard gets about the same weight.

    Args:
        weights: of the units in their order, 0 or more; only their proportions count.
    """
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    found, before = [], 0
    for weight in weights:
        middle = 2 * before + weight  # twice the middle of the unit: whole numbers, so that all shards cut alike
        found.append(min(count, middle * count // (2 * total) + 1))
        before += weight
    return found
