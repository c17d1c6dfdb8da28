"""Offers from a CSV file: all of it, or nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.editing.writing.queries import locked_asset
from canopy.assets.offers.fields import SET_BY_OFFICERS
from canopy.assets.offers.tables import Offer
from canopy.assets.offers.texts import read_texts
from canopy.assets.offers.writing import queries
from canopy.assets.offers.writing.writer import OfferPen
from canopy.assets.queries import ChangeNote
from canopy.assets.reading.queries import find_keys
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import BadSource, CanopyError, ImportRefused, LimitExceeded, NotFound, Refused

ASSET = "asset"
"""The column that names the offered asset: its id, its ref, or ``source/ref``."""
COLUMNS = (ASSET, *SET_BY_OFFICERS)
MAX_ROWS = 200_000
"""Offers of one file."""
MOST_TOLD = 20
"""Wrong rows that a refusal quotes; it counts all."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A line of the file: where it begins, the asset it names, and texts by field."""

    line: int
    asset: str
    texts: Mapping[str, str]


@dataclass(slots=True)
class OfferReport:
    """What became of the rows."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    is_dry: bool = False
    lines: dict[int, int] = field(default_factory=dict)
    """The line that wrote an offer, by its number: none is written twice."""


class _OnlyTried(Exception):
    """Ends the transaction of a dry run."""


def import_offers(
    database: Database, path: Path, principal: Principal, reason: str, *, is_dry: bool = False
) -> OfferReport:
    """Offer what a file says: new offers, and new words for those there are.

    A row is of the offer of its asset that has the same technologies and the same first
    day, where there is one; what the row does not say becomes unknown there. Raises
    BadSource for a file that cannot be read, ImportRefused with every wrong row.
    """
    content = _content(path)
    rows = list(_rows(content, path.name))
    note = ChangeNote(
        author=principal.name, reason=reason, origin="import", file_name=path.name,
        file_sha256=sha256(content.encode()).hexdigest(),
    )  # fmt: skip
    reconcile(database)
    report = OfferReport(is_dry=is_dry)
    try:
        with database.writing() as session:
            _write(session, OfferPen(session, note), rows, report)
            if is_dry:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return report


def one_asset_id(session: Session, reference: str) -> str:
    """The id of the asset that a reference names. Raises NotFound, or Refused for several."""
    found = find_keys(session, reference)
    if not found:
        raise NotFound(f"There is no asset {reference[:60]!r}.")
    if len(found) > 1:
        choices = ", ".join(each.asset_id for each in found[:10])
        raise Refused(f"{len(found)} assets have the ref {reference!r}; name one by id: {choices}.")
    return found[0].asset_id


def _content(path: Path) -> str:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSource(
            f"{path.name} is not UTF-8 (byte {error.start:,}); save it as CSV in UTF-8."
        ) from error
    if "\x00" in content:
        raise BadSource(f"{path.name} holds null characters, which no text has; save it as CSV.")
    return content


def _rows(content: str, name: str) -> Iterator[OfferRow]:
    lines = csv.reader(content.splitlines(keepends=True), strict=True)
    try:
        heads = [each.strip().lower() for each in next(lines, [])]
        _require_heads(heads, name)
        for count, cells in enumerate(_filled(lines), start=1):
            if count > MAX_ROWS:
                raise LimitExceeded(f"{name} has more than {MAX_ROWS:,} rows; split it.")
            if len(cells) != len(heads):
                raise BadSource(
                    f"{name}, line {lines.line_num}: {len(cells)} values stand under "
                    f"{len(heads)} headings."
                )
            texts = dict(zip(heads, cells, strict=True))
            yield OfferRow(lines.line_num, texts.pop(ASSET).strip(), texts)
    except csv.Error as error:
        raise BadSource(f"{name}, line {lines.line_num}: {error}.") from error


def _filled(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    return (cells for cells in lines if any(cell.strip() for cell in cells))


def _require_heads(heads: list[str], name: str) -> None:
    unknown = [each for each in heads if each not in COLUMNS]
    twice = sorted({each for each in heads if heads.count(each) > 1})
    missing = [each for each in (ASSET, "technologies", "available_from") if each not in heads]
    for told, wrong in (("unknown", unknown), ("twice", twice), ("missing", missing)):
        if wrong:
            raise BadSource(
                f"{name}: {told} in the first line: {', '.join(wrong)[:200]}. The columns of a "
                f"file of offers, separated by commas, are {', '.join(COLUMNS)}; the first, "
                "technologies and available_from are needed."
            )


def _write(session: Session, pen: OfferPen, rows: list[OfferRow], report: OfferReport) -> None:
    wrong: list[str] = []
    for row in rows:
        report.read += 1
        try:
            _write_row(session, pen, row, report)
        except CanopyError as error:
            if error.status >= 500:
                raise
            wrong.append(f"line {row.line}, asset {row.asset[:60]!r}: {error.detail}")
    if wrong:
        told = "\n".join(wrong[:MOST_TOLD])
        more = f"\nand {len(wrong) - MOST_TOLD:,} more" if len(wrong) > MOST_TOLD else ""
        raise ImportRefused(
            f"{len(wrong):,} of {len(rows):,} rows are wrong:\n{told}{more}", rows=wrong[:1_000]
        )


def _write_row(session: Session, pen: OfferPen, row: OfferRow, report: OfferReport) -> None:
    values = {"status": "draft", **read_texts(row.texts)}
    asset = locked_asset(session, one_asset_id(session, row.asset))
    if asset is None or asset.withdrawn_at is not None:
        raise NotFound("The asset is withdrawn.")
    offer = _offer_for(session, asset, values)
    if offer is None:
        offer = pen.create(asset, values)
        report.created += 1
    elif offer.fid in report.lines:
        raise Refused(f"line {report.lines[offer.fid]} says the same offer already.")
    elif pen.change(offer, asset, values):
        report.updated += 1
    else:
        report.unchanged += 1
    report.lines[offer.fid] = row.line


def _offer_for(session: Session, asset: Asset, values: Mapping[str, object]) -> Offer | None:
    technologies = values.get("technologies")
    wanted = set(technologies) if isinstance(technologies, list) else set()
    for offer in queries.offers_of_asset(session, asset.fid):
        is_same = set(offer.technologies) == wanted
        if is_same and offer.available_from.isoformat() == values.get("available_from"):
            return offer
    return None
