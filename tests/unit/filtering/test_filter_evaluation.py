"""Filters evaluated on batches, beside an evaluation that reads like the standard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from filter_oracle import holds
from hypothesis import given, settings
from random_filters import assets, batch_of_assets, filters, flat_assets

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.filtering import FieldFinder, evaluate, parse_filter
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy

GRID = "EPSG:27700"
ADMIN = Principal(Role.admin, "admin")


def truths(node: Any, batch: AssetBatch, principal: Principal) -> list[bool | None]:
    """What the evaluator says of every asset of a redacted batch."""
    finder = FieldFinder(tuple(KINDS), principal, SensitivityPolicy())
    language = "cql2-text" if isinstance(node, str) else "cql2-json"
    found = evaluate(parse_filter(node, language, GRID, GRID).resolved(finder), batch)
    assert not (found.true & found.false).any()
    return [True if t else False if f else None
            for t, f in zip(found.true, found.false, strict=True)]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(found=assets(), node=filters(hidden=False))
@pytest.mark.parametrize("principal", [PUBLIC, ADMIN], ids=lambda p: p.name)
def test_evaluation_is_the_oracle_s(
    principal: Principal, found: list[dict[str, Any]], node: Any
) -> None:
    """Whole columns give, asset by asset, the truth value that the plain reading gives."""
    batch = SensitivityPolicy().redact(batch_of_assets(found), principal)
    expected = [holds(node, asset) for asset in flat_assets(batch)]
    assert truths(node, batch, principal) == expected


def one(**asset: Any) -> AssetBatch:
    """A batch of one lamppost."""
    known = dict(kind="lamppost", geometry=None, attributes={}, designations=())
    return batch_of_assets([{**dict.fromkeys(COMMON_COLUMNS), **known, **asset}])


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True), (True, False, False, True), (False, True, False, True),
        (False, False, False, False), (True, None, None, True), (False, None, False, None),
        (None, True, None, True), (None, False, False, None), (None, None, None, None),
    ],
)  # fmt: skip
def test_truth_table_of_the_standard(
    left: bool | None, right: bool | None, both: bool | None, either: bool | None
) -> None:
    """AND and OR follow the table of OGC 21-065r2, 6.2, row by row."""
    batch = one(attributes={})
    words = {True: "1 = 1", False: "1 = 2", None: "height_m > 1"}
    text = f"({words[left]}) {{}} ({words[right]})"
    assert truths(text.format("AND"), batch, ADMIN) == [both]
    assert truths(text.format("OR"), batch, ADMIN) == [either]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("height_m > 5", True),
        ("height_m + 2 * 3 = 12", True),
        ("(height_m + 2) * 3 = 24", True),
        ("height_m - 1 - 1 = 4", True),
        ("height_m ^ 2 = 36", True),
        ("height_m div 4 = 1", True),
        ("height_m % 4 = 2", True),
        ("height_m / 0 > 1", None),
        ("NOT height_m / 0 > 1", None),
        ("street LIKE 'Hi%'", True),
        ("street LIKE 'hi%'", False),
        ("CASEI(street) LIKE casei('HI%')", True),
        ("ACCENTI(street) = ACCENTI('High Stréet')", True),
        (r"street LIKE 'High\_Street'", False),
        ("street LIKE 'High_Street'", True),
        ("street NOT LIKE '%x%'", True),
        ("street = 'O''Hara'", False),
        ("name IS NULL AND street IS NOT NULL", True),
        ("name = 'x' OR name <> 'x'", None),
        ("heritage", True),
        ("NOT heritage", False),
        ("height_m IN (5, 6)", True),
        ("height_m NOT IN (5, 6)", False),
        ("observed_on > DATE('2024-01-01')", True),
        ("T_DURING(observed_on, INTERVAL('2024-01-01', '2024-12-31'))", True),
        ("T_AFTER(DATE('2024-12-31'), observed_on)", True),
        ("created_at = DATE('2024-01-01')", True),
        ("created_at > DATE('2024-01-01')", False),
        ("created_at <= TIMESTAMP('2024-01-01T13:00:00+01:00')", True),
        ("T_INTERSECTS(INTERVAL(created_at, '..'), INTERVAL('2025-01-01', '..'))", True),
        ("A_CONTAINS(designations, ('sssi'))", True),
        ("A_EQUALS(designations, ('sssi', 'green_belt'))", False),
        ("A_OVERLAPS(designations, ('sssi', 'green_belt'))", True),
        ("A_CONTAINEDBY(designations, ('sssi', 'green_belt'))", True),
    ],
)
def test_meaning_of_operators(text: str, expected: bool | None) -> None:
    """Each operator means what the standard says of it."""
    batch = one(
        height_m=6.0,
        street="High Street",
        observed_on=date(2024, 6, 1),
        created_at=datetime(2024, 1, 1, 12, tzinfo=UTC),
        designations=("sssi",),
        attributes={"heritage": True},
    )
    assert truths(text, batch, ADMIN) == [expected]


def test_nothing_is_evaluated_on_an_empty_batch() -> None:
    """A batch without assets gives no truth values."""
    batch = AssetBatch({}, [], np.empty(0, dtype=object))
    assert truths("height_m > 1 AND street LIKE 'a%'", batch, ADMIN) == []
