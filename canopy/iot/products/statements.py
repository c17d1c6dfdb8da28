"""Monthly statements: what each key was sent and what that costs, reconciled with the meter."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from canopy.errors import Refused
from canopy.iot.products import queries
from canopy.iot.products.metering import month_of
from canopy.iot.products.money import charge
from canopy.iot.products.rules import tariff_of
from canopy.iot.products.tables import DataProduct, ProductKey, ProductUsage

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
COLUMNS = (
    "month", "product", "key", "holder", "requests", "rows", "bytes", "free_rows", "charged_rows",
    "per_month_gbp", "per_1000_rows_gbp", "month_gbp", "rows_gbp", "net_gbp", "vat_percent",
    "vat_gbp", "gross_gbp",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """Of one month, in UTC. `lines` are texts by column, amounts exact.

    is_final: the month is over, so that it comes out the same ever after. is_reconciled: its
    requests, rows and bytes are those of the meter.
    """

    month: str
    lines: list[dict[str, str]]
    metered: tuple[int, int, int]
    is_final: bool

    @property
    def is_reconciled(self) -> bool:
        """Whether every counted row is on a line."""
        sums = tuple(
            sum(int(line[name]) for line in self.lines) for name in ("requests", "rows", "bytes")
        )
        return sums == self.metered

    @property
    def digest(self) -> str:
        """SHA-256 of its lines: the same statement has the same."""
        text = json.dumps([self.month, self.lines], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def total_gbp(self, column: str) -> Decimal:
        """The sum of a column of money."""
        return sum((Decimal(line[column]) for line in self.lines), Decimal("0.00"))

    def document(self) -> dict[str, object]:
        """As JSON has it."""
        requests, rows, sent = self.metered
        return {
            "month": self.month, "is_final": self.is_final, "is_reconciled": self.is_reconciled,
            "metered": {"requests": requests, "rows": rows, "bytes": sent}, "lines": self.lines,
            **{f"total_{name}": str(self.total_gbp(name))
               for name in ("net_gbp", "vat_gbp", "gross_gbp")},
            "sha256": self.digest,
        }  # fmt: skip

    def csv(self) -> str:
        """As CSV has it."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.lines)
        return text.getvalue()


def statement(session: Session, month: str, now: datetime) -> Statement:
    """The statement of a month such as ``2026-11``. Raises Refused for one that has not begun."""
    if not _MONTH.fullmatch(month):
        raise Refused(f"{month[:20]!r} is no month such as 2026-11.")
    if month > month_of(now):
        raise Refused(f"{month} has not begun.")
    lines = list(_lines(session, month))
    return Statement(month, lines, queries.metered(session, month), month < month_of(now))


def _lines(session: Session, month: str) -> Iterator[dict[str, str]]:
    used = queries.usage(session, month)
    for key, product in queries.keys(session):
        in_force = _was_in_force(key, product, month)
        if key.id in used or in_force:
            yield _line(month, key, product, used.get(key.id), in_force)


def _was_in_force(key: ProductKey, product: DataProduct, month: str) -> bool:
    ends = [key.expires_at, key.withdrawn_at, product.withdrawn_at]
    end = min(each for each in ends if each is not None)
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return month_of(key.created_at) <= month and end > first


def _line(
    month: str, key: ProductKey, product: DataProduct, used: ProductUsage | None, in_force: bool
) -> dict[str, str]:
    tariff = None if product.tariff is None else tariff_of(product.tariff)
    rows = 0 if used is None else used.rows_sent
    cost = charge(tariff, rows, in_force=in_force)
    values: tuple[object, ...] = (
        month, product.name, key.name, key.holder, 0 if used is None else used.requests, rows,
        0 if used is None else used.bytes_sent, 0 if tariff is None else tariff.free_rows,
        cost.charged_rows, 0 if tariff is None else tariff.per_month_gbp,
        0 if tariff is None else tariff.per_1000_rows_gbp, cost.month_gbp, cost.rows_gbp,
        cost.net_gbp, 0 if tariff is None else tariff.vat_percent, cost.vat_gbp, cost.gross_gbp,
    )  # fmt: skip
    return dict(zip(COLUMNS, map(str, values), strict=True))
