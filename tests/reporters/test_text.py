"""Text for people. The expected sizes and times are what Newman 6.2.2 prints for the same numbers."""

from __future__ import annotations

import pytest

from runner.reporters.text import body_text, clean, clean_line, duration, filesize, shorten, wrap


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0B"), (1, "1B"), (666, "666B"), (999, "999B"), (1000, "1kB"), (1005, "1kB"), (1140, "1.14kB"),
        (9999, "10kB"), (12345, "12.35kB"), (99999, "100kB"), (999994, "999.99kB"), (999995, "1MB"),
        (1000000, "1MB"), (1500000, "1.5MB"), (123456789, "123.46MB"), (10**9, "1GB"), (1500 * 10**9, "1.5TB"),
        (2**60, "1.15EB"),
    ],
)  # fmt: skip
def test_filesize(size: int, expected: str) -> None:
    assert filesize(size) == expected


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (0, "0µs"), (0.2, "200µs"), (0.4178, "417µs"), (0.9999, "999µs"), (1, "1ms"), (24.9, "24ms"),
        (1000, "1000ms"), (1997.9, "1997ms"), (1998, "1.9s"), (2000, "2s"), (2050, "2s"), (2500, "2.5s"),
        (59999, "59.9s"), (60000, "1m"), (60001, "1m"), (61000, "1m 1s"), (3599999, "59m 59.9s"),
        (3723004, "1h 2m 3s"), (86400000, "1d"), (90061001, "1d 1h 1m 1s"), (31536000000, "1y"),
    ],
)  # fmt: skip
def test_duration(ms: float, expected: str) -> None:
    assert duration(ms) == expected


@pytest.mark.parametrize(
    ("hostile", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("bell\x07 null\x00 delete\x7f", "bell\\x07 null\\x00 delete\\x7f"),
        ("\x9b2J is a C1 escape", "\\x9b2J is a C1 escape"),
        ("back\rover", "back\\x0dover"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("line\u2028separator", "line\\u2028separator"),
        ("half \ud83d of a pair", "half \\ud83d of a pair"),
        ("žluť 😀 is fine", "žluť 😀 is fine"),
        ("a\ttab", "a   tab"),
    ],
)
def test_what_moves_a_terminal_is_made_visible(hostile: str, expected: str) -> None:
    assert clean(hostile) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("a ##vso[task.setvariable variable=PATH]x", "a \\x23#vso[task.setvariable variable=PATH]x"),
        ("##teamcity[buildStop]", "\\x23#teamcity[buildStop]"),
        ("##[add-path]/evil", "\\x23#[add-path]/evil"),
        ("ok\n \u00a0::set-env name=x::y", "ok\n \u00a0\\x3a:set-env name=x::y"),
        ("## Heading, a::b, :: c", "## Heading, a::b, :: c"),
    ],
)
def test_what_a_ci_system_would_obey_is_made_visible(command: str, expected: str) -> None:
    assert clean(command) == expected


def test_lines_are_kept_or_folded() -> None:
    assert clean("a\r\nb\nc") == "a\nb\nc"
    assert clean_line("a\r\nb\nc") == "a\\nb\\nc"


def test_shorten_keeps_to_its_limit() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abc..."


def test_wrap_breaks_anywhere_and_drops_blank_lines() -> None:
    assert wrap("abcdefg\n\n  \nhi", 3) == ["abc", "def", "g", "hi"]
    assert wrap("abcdefg\n\nhi", None) == ["abcdefg", "hi"]
    assert wrap("", 10) == [""]


def test_bodies_are_text_where_they_can_be() -> None:
    assert body_text(None, 10) == ""
    assert body_text("žluť".encode(), 100) == "žluť"
    assert body_text(b"caf\xe9", 100) == "café"
    assert body_text(b"\x89PNG\x00\x01" + b"x" * 994, 100) == "(binary, 1kB)"
    assert body_text(b"a" * 3000, 2048) == "a" * 2048 + "\n(showing 2.05kB/3kB)"


def test_a_character_cut_in_two_does_not_make_a_body_binary() -> None:
    assert body_text("ž".encode() * 10, 5) == "žž\n(showing 5B/20B)"
