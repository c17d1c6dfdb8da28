"""What a data product may be: pure checks of what somebody says of one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from canopy.errors import Refused
from canopy.iot import privacy

RAW = "raw"
SECONDS: Mapping[str, int] = {"15min": 900, "hour": 3_600, "day": 86_400}
"""Aggregations, and how long their spans are [s]."""
AGGREGATIONS = (RAW, *SECONDS)
OGL = "OGL-UK-3.0"
PRICED = "priced"
LICENCES = (OGL, PRICED)
OGL_ADDRESS = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
MOST_STREAMS = 2_000
MAX_TEXT = 4_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_MOST_GBP = Decimal(1_000_000)
_TARIFF = ("per_month_gbp", "per_1000_rows_gbp", "vat_percent", "free_rows")

Box = tuple[float, float, float, float]
"""West, south, east, north [degrees, WGS 84]."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a priced product costs a key.

    per_month_gbp: for each month in which the key could be used [GBP]. per_1000_rows_gbp: for
    the rows above `free_rows` of a month, by the row [GBP per 1,000]. vat_percent: of the sum;
    both prices are without it.
    """

    per_month_gbp: Decimal
    per_1000_rows_gbp: Decimal
    vat_percent: Decimal
    free_rows: int = 0

    def stored(self) -> dict[str, str]:
        """As it is kept: decimals as text."""
        return {name: str(getattr(self, name)) for name in _TARIFF}


def tariff_of(given: Mapping[str, object]) -> Tariff:
    """A tariff from texts. Raises Refused with the field."""
    return Tariff(
        _amount(given, "per_month_gbp", _MOST_GBP), _amount(given, "per_1000_rows_gbp", _MOST_GBP),
        _amount(given, "vat_percent", Decimal(100)),
        int(_amount({"free_rows": "0", **given}, "free_rows", Decimal(10**12), places=0)),
    )  # fmt: skip


def _amount(given: Mapping[str, object], name: str, most: Decimal, places: int = 4) -> Decimal:
    if given.get(name) is None:
        raise Refused(f"{name} must be given; 0 where there is none.")
    try:
        value = Decimal(str(given[name]))
    except InvalidOperation:
        raise Refused(f"{name}: {str(given[name])[:40]!r} is no number.") from None
    exponent = value.as_tuple().exponent
    if not value.is_finite() or not 0 <= value <= most:
        raise Refused(f"{name} is from 0 to {most:,}.")
    if isinstance(exponent, int) and exponent < -places:
        raise Refused(f"{name} has at most {places} decimal places.")
    return value


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to publish. `streams` are numbers of datastreams."""

    name: str
    title: str
    description: str
    streams: tuple[int, ...]
    aggregation: str
    licence: str = OGL
    added_value: str = ""
    area: Box | None = None
    tariff: Tariff | None = None


def require_sound(draft: Draft) -> None:
    """Raises Refused with everything that is wrong in what is said."""
    wrong = list(_wrong(draft))
    if wrong:
        raise Refused(f"The product cannot be published: {'; '.join(wrong)}.")


def _wrong(draft: Draft) -> Iterator[str]:
    if not _NAME.fullmatch(draft.name):
        yield f"name: {draft.name[:70]!r} is not 2 to 63 of a-z 0-9 -"
    for field in ("title", "description"):
        if not getattr(draft, field).strip():
            yield f"{field} must be given"
    for field in ("title", "description", "added_value"):
        if len(getattr(draft, field)) > MAX_TEXT:
            yield f"{field} has over {MAX_TEXT:,} characters"
    if draft.aggregation not in AGGREGATIONS:
        yield f"aggregation: {draft.aggregation!r} is none of {', '.join(AGGREGATIONS)}"
    if draft.licence not in LICENCES:
        yield f"licence: {draft.licence!r} is none of {', '.join(LICENCES)}"
    if not 1 <= len(draft.streams) <= MOST_STREAMS:
        yield f"streams: 1 to {MOST_STREAMS:,} of them"
    if draft.area is not None and not _is_box(draft.area):
        yield "area: west, south, east, north in degrees, west before east, south before north"
    yield from _wrong_price(draft)


def _is_box(area: Box) -> bool:
    west, south, east, north = area
    in_range = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return all(math.isfinite(each) for each in area) and in_range


def _wrong_price(draft: Draft) -> Iterator[str]:
    if draft.licence != PRICED:
        if draft.tariff is not None:
            yield f"tariff: a product under {OGL} is free"
        return
    if draft.tariff is None:
        yield "tariff must be given for a priced product"
    if draft.aggregation == RAW:
        yield "aggregation: single readings are free at their own address and carry no price"
    if not draft.added_value.strip():
        yield "added_value must say what the product adds to the free raw data"


def require_publishable(draft: Draft, streams: Iterable[tuple[str, str | None]]) -> None:
    """Raises Refused naming each stream, by (name, class), that may not be in such a product."""
    wrong = [
        f"{name} {reason}"
        for name, data_class in streams
        if (reason := _why_not(draft, data_class)) is not None
    ]
    if wrong:
        more = f"; and {len(wrong) - 10:,} more" if len(wrong) > 10 else ""
        raise Refused(f"The product cannot be published: {'; '.join(wrong[:10])}{more}.")


def _why_not(draft: Draft, data_class: str | None) -> str | None:
    if draft.licence == PRICED:
        return privacy.why_no_price(data_class)
    if data_class == privacy.OPEN:
        return None
    if data_class == privacy.PERSONAL_RISK:
        enough = SECONDS.get(draft.aggregation, 0) >= privacy.LEAST_S
        return None if enough else "is of personal risk: it is summed up by the hour or day"
    return "is not open: what is published is"
