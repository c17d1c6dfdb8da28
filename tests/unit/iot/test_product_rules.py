"""What a data product may be, and what a month of it costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.errors import Refused
from canopy.iot.products.files import csv_parts
from canopy.iot.products.money import charge
from canopy.iot.products.rules import (
    PRICED,
    Draft,
    Tariff,
    require_publishable,
    require_sound,
    tariff_of,
)

TARIFF = Tariff(Decimal("25.00"), Decimal("0.125"), Decimal(20), 1_000)
FREE = Draft("air", "Air", "Air of the town", (1, 2), "hour")
SOLD = replace(FREE, licence=PRICED, tariff=TARIFF, added_value="Gaps are marked")


@pytest.mark.parametrize("draft", [FREE, replace(FREE, aggregation="raw"), SOLD])
def test_sound_products_are_taken(draft: Draft) -> None:
    """Raw or summed up where it is free; summed up where it is sold."""
    require_sound(draft)
    require_publishable(draft, [("a/b (1)", "open")])


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (replace(SOLD, aggregation="raw"), "free at their own address"),
        (replace(SOLD, added_value=" "), "added_value must say"),
        (replace(SOLD, tariff=None), "tariff must be given"),
        (replace(FREE, tariff=TARIFF), "is free"),
        (replace(FREE, name="Air Data"), "name:"),
        (replace(FREE, aggregation="week"), "aggregation: 'week' is none of raw"),
        (replace(FREE, licence="CC"), "licence:"),
        (replace(FREE, streams=()), "streams:"),
        (replace(FREE, area=(1.0, 52.0, 0.0, 53.0)), "area:"),
        (replace(FREE, title=""), "title must be given"),
    ],
)
def test_what_is_wrong_with_a_product_is_named(draft: Draft, said: str) -> None:
    """The field, and the way out."""
    with pytest.raises(Refused, match=said):
        require_sound(draft)


@pytest.mark.parametrize(
    ("draft", "data_class", "said"),
    [
        (SOLD, "personal-risk", r"meter/kwh \(7\) is of personal risk: nothing derived"),
        (SOLD, "council", r"meter/kwh \(7\) is not open"),
        (FREE, "council", r"meter/kwh \(7\) is not open"),
        (replace(FREE, aggregation="15min"), "personal-risk", "by the hour or day"),
        (replace(FREE, aggregation="raw"), "personal-risk", "by the hour or day"),
        (FREE, "", r"meter/kwh \(7\) is not open"),
    ],
)
def test_a_stream_that_may_not_be_in_it_is_named(draft: Draft, data_class: str, said: str) -> None:
    """No price on anything derived from personal risk, and nothing that is not open."""
    with pytest.raises(Refused, match=said):
        require_publishable(draft, [("air/pm10 (1)", "open"), ("meter/kwh (7)", data_class)])


def test_a_month_costs_its_price_and_the_rows_above_the_free_ones() -> None:
    """£25 a month and 12.5p per 1,000 rows above 1,000, with 20 % VAT.

    26,000 charged rows at £0.125 per 1,000 are £3.25; £28.25 and £5.65 VAT are £33.90.
    """
    cost = charge(TARIFF, 27_000, in_force=True)
    assert (cost.charged_rows, cost.month_gbp, cost.rows_gbp) == (
        26_000, Decimal("25.00"), Decimal("3.25"),
    )  # fmt: skip
    assert (cost.net_gbp, cost.vat_gbp, cost.gross_gbp) == (
        Decimal("28.25"), Decimal("5.65"), Decimal("33.90"),
    )  # fmt: skip


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_rows_never_cost_less(rows: int, more: int) -> None:
    """Within the free ones nothing but the month's price."""
    low = charge(TARIFF, rows, in_force=True)
    high = charge(TARIFF, rows + more, in_force=True)
    assert low.gross_gbp <= high.gross_gbp
    assert low.gross_gbp == low.net_gbp + low.vat_gbp
    assert charge(None, rows, in_force=True).gross_gbp == 0


@pytest.mark.parametrize(
    ("given_values", "said"),
    [
        ({"per_month_gbp": "1", "per_1000_rows_gbp": "1"}, "vat_percent must be given"),
        ({"per_month_gbp": "x", "per_1000_rows_gbp": "1", "vat_percent": "20"}, "is no number"),
        ({"per_month_gbp": "NaN", "per_1000_rows_gbp": "1", "vat_percent": "20"}, "from 0 to"),
        ({"per_month_gbp": "-1", "per_1000_rows_gbp": "1", "vat_percent": "20"}, "from 0 to"),
        ({"per_month_gbp": "1", "per_1000_rows_gbp": "0.00001", "vat_percent": "20"}, "4 decimal"),
    ],
)
def test_a_tariff_states_exact_amounts_and_its_vat(given_values: dict[str, str], said: str) -> None:
    """Decimals, and VAT said even where it is 0."""
    with pytest.raises(Refused, match=said):
        tariff_of(given_values)
    assert tariff_of(TARIFF.stored()) == TARIFF


def test_a_text_is_no_formula_for_a_spreadsheet() -> None:
    """A reading of a text cannot run anything where the file is opened."""
    rows: list[tuple[object, ...]] = [(1, '=HYPERLINK("x")'), (2, -4.5)]
    heading, part = csv_parts(("stream", "result"), [rows])
    assert heading == (0, b"stream,result\r\n")
    assert part == (2, b'1,"\'=HYPERLINK(""x"")"\r\n2,-4.5\r\n')
