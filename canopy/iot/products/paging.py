"""Pages of a product's rows: each goes on where the last one ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from canopy.errors import Refused
from canopy.iot.products.contents import Member, Row, rows_in, windows
from canopy.iot.products.tables import DataProduct

MOST = 10_000
"""Rows of one page."""
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows, and where the next page begins; None where there is none."""

    rows: list[Row]
    next: str | None


def page(
    readings: Session,
    product: DataProduct,
    members: Sequence[Member],
    span: tuple[datetime, datetime],
    now: datetime,
    limit: int,
    after: str | None,
) -> RowPage:
    """A page of a span. Raises Refused for an `after` that is none of ours."""
    begin, skip = _read(after)
    found: list[Row] = []
    for window in windows(product, *span):
        if begin is not None and window < begin:
            continue
        rows = rows_in(readings, product, members, window, span, now)
        skipped = skip if window == begin else 0
        room = limit - len(found)
        taken = list(islice(rows, skipped, skipped + room + 1))
        found += taken[:room]
        if len(taken) > room:
            return RowPage(found, f"{window:%Y-%m-%dT%H:%M:%SZ}.{skipped + room}")
    return RowPage(found, None)


def _read(after: str | None) -> tuple[datetime | None, int]:
    if after is None:
        return None, 0
    known = _CURSOR.fullmatch(after)
    if known is None:
        raise Refused("after is the `next` of the page before.")
    try:
        return datetime.fromisoformat(known[1]), int(known[2])
    except ValueError:
        raise Refused("after is the `next` of the page before.") from None
