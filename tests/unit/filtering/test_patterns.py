"""Patterns of LIKE."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.filtering.patterns import read_pattern


@given(st.text("ab%_.", max_size=8), st.text("ab.\n", max_size=10))
def test_patterns_match_as_shell_patterns_do(pattern: str, text: str) -> None:
    """``%`` and ``_`` are ``*`` and ``?`` by other names, line ends included."""
    shell = pattern.replace("%", "*").replace("_", "?")
    assert read_pattern(pattern).matches(text) is fnmatch.fnmatchcase(text, shell)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"50\%", "50%", True), (r"50\%", "500", False), (r"a\_b", "a_b", True),
        (r"a\_b", "axb", False), (r"a\\b", "a\\b", True), ("", "", True), ("%", "", True),
        ("_", "é", True), ("a%a", "a", False), ("[a]", "[a]", True), ("[a]", "a", False),
    ],
)  # fmt: skip
def test_escapes(pattern: str, text: str, fits: bool) -> None:
    """A backslash takes the next character as it is."""
    assert read_pattern(pattern).matches(text) is fits


def test_no_pattern_runs_wild() -> None:
    """A pattern made to backtrack is told at once not to fit."""
    begun = time.perf_counter()
    assert not read_pattern("%a" * 200 + "%b").matches("a" * 2_000)
    assert time.perf_counter() - begun < 1.0
