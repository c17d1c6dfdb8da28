"""Receipts of a ledger in CSV or XLSX, by the headings that ledgers have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from canopy.assets.mapping.dates import order_evidence
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.values import Unreadable, as_text, is_unknown
from canopy.concessions.exchange import cells
from canopy.concessions.exchange.reading import MAX_ROWS, open_register
from canopy.concessions.schedule.ledger import amount_pence
from canopy.concessions.schedule.receipt import Receipt
from canopy.errors import BadSource, LimitExceeded

HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("date", "date received", "receipt date", "posting date", "transaction date"),
    "agreement": ("agreement", "agreement ref", "lease ref", "contract ref", "account ref"),
    "invoice": ("invoice", "invoice number", "invoice ref", "invoice no"),
    "amount": ("amount", "amount received", "receipt amount", "gross amount", "value", "gross"),
}
_SURE = 0.9
DateFormat = Literal["dd/mm/yyyy", "mm/dd/yyyy"]
WAY_OUT = "--dates dd/mm/yyyy, or dates=dd/mm/yyyy over HTTP"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Receipts of a file; `told` says how its all-number dates were read, where that was open."""

    receipts: list[Receipt]
    told: str | None


def read_ledger(path: Path, sheet: str | None = None, dates: DateFormat | None = None) -> Ledger:
    """Receipts of a file with the columns date, amount, and agreement or invoice or both.

    dates: how all-number dates such as 03/04/2026 are meant. Where that is not given, days above
    12 in the file's other rows decide. Raises BadSource, naming row, column and value, for
    anything that cannot be read, and for dates of which nothing says what they mean; and
    LimitExceeded beyond 100,000 rows.
    """
    rows = _rows(path, sheet)
    order, told = _order([(row, values["date"]) for row, values in rows], path.name, dates)
    return Ledger([_receipt(values, row, path.name, order) for row, values in rows], told)


def _rows(path: Path, sheet: str | None) -> list[tuple[int, dict[str, object]]]:
    table = open_register(path, sheet)
    columns = _columns(path, table.columns)
    rows: list[tuple[int, dict[str, object]]] = []
    for batch in table.batches():
        if batch.rejects:
            raise BadSource(f"{path.name}: {batch.rejects[0].message}")
        for index, row in enumerate(batch.row_numbers):
            if len(rows) == MAX_ROWS:
                raise LimitExceeded(f"{path.name} has more than {MAX_ROWS:,} rows")
            rows.append((row, {name: batch.columns[own][index] for name, own in columns.items()}))
    return rows


def _order(
    days: list[tuple[int, object]], file_name: str, dates: DateFormat | None
) -> tuple[DateFormat, str | None]:
    """How all-number dates are read, and what is told of it. Raises BadSource where it is open."""
    if dates is not None:
        return dates, None
    shown: dict[str, tuple[int, object]] = {}
    counts = dict.fromkeys(("day", "month", "either"), 0)
    for row, value in days:
        for name, count in zip(counts, order_evidence([value]), strict=True):
            if count:
                counts[name] += 1
                shown.setdefault(name, (row, value))
    if counts["day"] and counts["month"]:
        raise BadSource(
            f"{file_name}: row {shown['day'][0]}: date {shown['day'][1]!r} has the day first, and "
            f"row {shown['month'][0]}: date {shown['month'][1]!r} the month: write all alike"
        )
    first = "month" if counts["month"] else "day"
    order: DateFormat = "mm/dd/yyyy" if counts["month"] else "dd/mm/yyyy"
    if not counts["either"]:
        return order, None
    row, value = shown["either"]
    if not counts[first]:
        raise BadSource(
            f"{file_name}: row {row}: date {value!r} may be day/month or month/day, and no row has "
            f"a day above 12 that shows which: say it ({WAY_OUT}), or write dates as 2026-04-01"
        )
    proof, count = shown[first], counts["either"]
    read = f"{count:,} dates such as {value!r} in row {row} are"
    if count == 1:
        read = f"the date {value!r} in row {row} is"
    return order, (
        f"{read} read with the {first} first, as {proof[1]!r} in row {proof[0]} has to be. If that "
        f"is wrong, say how dates are meant ({WAY_OUT})."
    )


def _columns(path: Path, present: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, headings in HEADINGS.items():
        scored = [(heading_score(own, headings), own) for own in present if own not in
                  found.values()]  # fmt: skip
        score, own = max(scored, default=(0.0, ""), key=lambda each: each[0])
        if score >= _SURE:
            found[name] = own
    missing = [name for name in ("date", "amount") if name not in found]
    if not {"agreement", "invoice"} & found.keys():
        missing.append("agreement")
    if missing:
        raise BadSource(f"{path.name} has no column {', '.join(missing)}")
    return found


def _receipt(values: dict[str, object], row: int, file_name: str, order: DateFormat) -> Receipt:
    def text(name: str) -> str:
        return "" if is_unknown(values.get(name)) else as_text(values.get(name))

    received = cells.day(values["date"], order)
    if received is None or isinstance(received, Unreadable):
        told = "is needed" if received is None else f"is {received.reason}"
        raise BadSource(f"{file_name}: row {row}: date {text('date')!r} {told}")
    amount = amount_pence(text("amount"))
    if amount is None:
        raise BadSource(f"{file_name}: row {row}: amount {text('amount')!r} is none")
    return Receipt(row, received, text("agreement"), text("invoice"), amount)
