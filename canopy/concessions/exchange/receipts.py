"""Receipts of a ledger in CSV or XLSX, by the headings that ledgers have."""

from __future__ import annotations

from pathlib import Path

from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.values import Unreadable, as_text, is_unknown
from canopy.concessions.exchange import cells
from canopy.concessions.exchange.reading import MAX_ROWS, open_register
from canopy.concessions.schedule.ledger import Receipt, amount_pence
from canopy.errors import BadSource, LimitExceeded

HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("date", "date received", "receipt date", "posting date", "transaction date"),
    "agreement": ("agreement", "agreement ref", "lease ref", "contract ref", "account ref"),
    "invoice": ("invoice", "invoice number", "invoice ref", "invoice no"),
    "amount": ("amount", "amount received", "receipt amount", "gross amount", "value", "gross"),
}
_SURE = 0.9


def read_receipts(path: Path, sheet: str | None = None) -> list[Receipt]:
    """Receipts of a file with the columns date, amount, and agreement or invoice or both.

    Dates are ISO (2026-04-01) or British (01/04/2026). Raises BadSource, naming row, column and
    value, for anything that cannot be read, and LimitExceeded beyond 100,000 rows.
    """
    table = open_register(path, sheet)
    columns = _columns(path, table.columns)
    receipts: list[Receipt] = []
    for batch in table.batches():
        if batch.rejects:
            raise BadSource(f"{path.name}: {batch.rejects[0].message}")
        for index, row in enumerate(batch.row_numbers):
            if len(receipts) == MAX_ROWS:
                raise LimitExceeded(f"{path.name} has more than {MAX_ROWS:,} rows")
            values = {name: batch.columns[own][index] for name, own in columns.items()}
            receipts.append(_receipt(values, row, path.name))
    return receipts


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


def _receipt(values: dict[str, object], row: int, file_name: str) -> Receipt:
    def text(name: str) -> str:
        return "" if is_unknown(values.get(name)) else as_text(values.get(name))

    received = cells.day(values["date"], "dd/mm/yyyy")
    if received is None or isinstance(received, Unreadable):
        told = "is needed" if received is None else f"is {received.reason}"
        raise BadSource(f"{file_name}: row {row}: date {text('date')!r} {told}")
    amount = amount_pence(text("amount"))
    if amount is None:
        raise BadSource(f"{file_name}: row {row}: amount {text('amount')!r} is none")
    return Receipt(row, received, text("agreement"), text("invoice"), amount)
