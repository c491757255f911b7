"""Which names are taken for slips of one another."""

from __future__ import annotations

import pytest

from runner.check.names import misspelt


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("user_idd", "user_id"), ("usre_id", "user_id"), ("user_d", "user_id"), ("user_ix", "user_id"),
        ("userId", "user_id"), ("USER-ID", "user_id"), ("user id", "user_id"), (" user_id", "user_id"), ("ID", "id"),
    ],
)  # fmt: skip
def test_a_slip(written: str, known: str) -> None:
    assert misspelt(written, [known]) == known


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("user1", "user2"), ("user_id1", "user_id"), ("users", "user"), ("cat", "cut"), ("puser", "user"),
        ("order_id", "user_id"), ("user_id", "user_id"), ("a1_url", "a_url"), ("muser_id", "luser_id"),
    ],
)  # fmt: skip
def test_another_name(written: str, known: str) -> None:
    assert misspelt(written, [known]) is None
