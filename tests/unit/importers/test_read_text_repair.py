"""Mojibake: repaired where it is one, left alone where it is not."""

from __future__ import annotations

import pytest

from canopy.assets.importers.mojibake import repair_columns, repaired


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("CafÃ© Row", "Café Row"),
        ("St Johnâ€™s Wood", "St John’s Wood"),
        ("TillabÃ©ri", "Tillabéri"),
        ("Â£500", "£500"),
        ("KÃ¶ln â€“ Mitte", "Köln – Mitte"),
    ],
)
def test_mojibake_is_repaired(broken: str, meant: str) -> None:
    """UTF-8 that was read as Windows-1252 becomes what it was."""
    assert repaired(broken) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Café Row",
        "Llŷn",
        "Ynys Môn",
        "Île",
        "ÂNGELA",
        "25° N",
        "£500",
        "naïve – “quoted”",
        "Ça và",
        "東京",
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    """Accents, quotes and other scripts are no mojibake."""
    assert repaired(text) is None


def test_each_repaired_cell_is_named() -> None:
    """Warnings name row, column, and both texts; other cells stay the same objects."""
    columns: dict[str, list[object]] = {
        "street": ["Mill Lane", "CafÃ©", None, 5],
        "h": [1, 2, 3, 4],
    }
    warnings = repair_columns(columns, [2, 3, 4, 5])
    assert columns["street"] == ["Mill Lane", "Café", None, 5]
    assert [(w.row, w.code, w.column) for w in warnings] == [(3, "mojibake", "street")]
