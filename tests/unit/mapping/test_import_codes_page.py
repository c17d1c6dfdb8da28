"""The page of import codes names every code that reading values can give."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import canopy.assets.mapping as mapping

SOURCES = Path(mapping.__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "import-codes-values.md"
CODE_AT = {"reject": 1, "warn": 1, "RowIssue": 1, "Refused": 0, "Noted": 1}
"""Which argument is the code, by the name of what is called."""
IDENTIFIERS = ("uprn", "usrn", "postcode")


def codes_in(source: str) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [
        (getattr(call.func, "attr", getattr(call.func, "id", "")), call.args) for call in calls
    ]
    return {
        args[CODE_AT[name]].value
        for name, args in named
        if name in CODE_AT
        and len(args) > CODE_AT[name]
        and isinstance(args[CODE_AT[name]], ast.Constant)
    }


def test_page_lists_exactly_the_codes_that_are_used() -> None:
    """No code without its meaning and way out, and none described that does not exist."""
    used = set().union(*(codes_in(path.read_text("utf-8")) for path in SOURCES.glob("*.py")))
    used |= {"value-not-allowed", "unreadable-value", "swapped-columns", "crs-in-doubt"}
    used |= {"nan-coordinates", "zero-coordinates", "swapped-coordinates", "off-planet"}
    used |= {f"{fault}-{name}" for name in IDENTIFIERS for fault in ("bad", "repaired")}
    used -= {"repaired-postcode"}
    described = set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert described == used


def test_every_code_has_a_meaning_and_a_way_out() -> None:
    """Each line of the page has three filled cells."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]
    assert [len(row) for row in cells] == [3] * len(rows)
    assert all(all(row) for row in cells)
