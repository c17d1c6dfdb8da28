"""Readings of meters in CSV or XLSX: energy by interval, or how registers stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.values import as_text, is_unknown
from canopy.concessions.exchange.reading import open_register
from canopy.concessions.metering.intervals import (
    EnergyInterval,
    MeterEnergy,
    RegisterRead,
    between_reads,
    meter_energy,
)
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import MeteredPower
from canopy.errors import BadSource, LimitExceeded, Refused

MAX_READINGS = 1_000_000
HEADINGS: dict[str, tuple[str, ...]] = {
    "meter": ("meter", "mpan", "meter id", "meter number", "meter serial number"),
    "start": ("start", "from", "period start", "interval start"),
    "end": ("end", "to", "period end", "interval end"),
    "kwh": ("kwh", "energy kwh", "consumption kwh", "consumption", "usage kwh"),
    "read_at": ("read at", "read time", "reading time", "read date", "reading date"),
    "register_kwh": ("register kwh", "register", "reading kwh", "meter reading", "reading"),
    "quality": ("quality", "reading type", "read type", "status", "estimated"),
}
MEASURED = ("", "a", "actual", "measured", "valid", "no")
ESTIMATED = ("e", "estimated", "estimate", "yes")
_SURE = 0.9
_BRITISH = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y")


@dataclass(frozen=True, slots=True)
class MeterFile:
    """What a file holds, by meter; times are UTC."""

    name: str
    intervals: dict[str, list[EnergyInterval]] = field(default_factory=dict)
    reads: dict[str, list[RegisterRead]] = field(default_factory=dict)

    @property
    def meters(self) -> list[str]:
        return sorted({*self.intervals, *self.reads})


def read_meter_file(path: Path, time_zone: str | None, sheet: str | None = None) -> MeterFile:
    """The readings of a file with the columns meter, start, end and kwh, or meter, read_at and
    register_kwh; `quality` may say that one is estimated.

    Times are ISO (2026-04-01T00:30Z) or British (01/04/2026 00:30); a day alone is the midnight
    it begins with. Those without an offset are of `time_zone`. A row without energy is left out:
    its time has no reading then. Raises BadSource, naming row, column and value, for anything
    that cannot be read, and LimitExceeded beyond a million rows.
    """
    table = open_register(path, sheet)
    columns = _columns(path.name, table.columns)
    found, count = MeterFile(path.name), 0
    zone = None if time_zone is None else ZoneInfo(time_zone)
    for batch in table.batches():
        if batch.rejects:
            raise BadSource(f"{path.name}: {batch.rejects[0].message}")
        for index, number in enumerate(batch.row_numbers):
            count += 1
            if count > MAX_READINGS:
                raise LimitExceeded(f"{path.name} has more than {MAX_READINGS:,} rows")
            values = {name: batch.columns[own][index] for name, own in columns.items()}
            _add(found, _Reading(values, f"{path.name}: row {number}", zone))
    return found


def meters_of(agreement: Agreement, file: MeterFile) -> Mapping[str, MeterEnergy]:
    """The energy of each meter that a charge or cost names.

    Raises Refused where the file has none of them, and as the readings themselves do.
    """
    charges = [
        each for each in (*agreement.charges, *agreement.costs) if isinstance(each, MeteredPower)
    ]
    if not charges:
        raise Refused(f"{agreement.ref} has no charge of the type metered-power to read a meter by")
    found: dict[str, MeterEnergy] = {}
    for charge in charges:
        name = charge.meter
        if name not in file.meters:
            raise Refused(
                f"{charge.name}: {file.name} has no reading of the meter {name}; it has "
                f"{', '.join(file.meters[:20]) or 'none'}"
            )
        between = between_reads(name, file.reads.get(name, []), charge.register_digits)
        intervals = [*file.intervals.get(name, []), *between]
        found[name] = meter_energy(name, intervals, f"readings of {file.name}")
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """One row: values by the names of columns, and where it stands."""

    values: Mapping[str, object]
    place: str
    zone: ZoneInfo | None

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if is_unknown(value) else as_text(value).strip()

    def refuse(self, name: str, told: str) -> BadSource:
        return BadSource(f"{self.place}: {name} {self.text(name)!r} {told}")

    def kwh(self, name: str) -> Decimal | None:
        """None where there is no energy in the row."""
        text = self.text(name).replace(",", "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self.refuse(name, "is no number") from None
        if not number.is_finite() or number < 0:
            raise self.refuse(name, "is not 0 or more")
        return number

    def is_estimated(self) -> bool:
        word = self.text("quality").lower()
        if word not in (*MEASURED, *ESTIMATED):
            raise self.refuse("quality", "is neither actual nor estimated")
        return word in ESTIMATED

    def moment(self, name: str) -> datetime:
        text = self.text(name)
        moment = _parsed(text)
        if moment is None:
            raise self.refuse(name, "is no time; write one as 2026-04-01T00:30Z")
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if self.zone is None:
            raise self.refuse(name, "has no offset from UTC: say of which time zone it is")
        local = moment.replace(tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != moment:
            raise self.refuse(name, f"is skipped by the clocks of {self.zone.key}")
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            raise self.refuse(
                name, f"is two moments in {self.zone.key}: write times in UTC, or with their offset"
            )
        return local.astimezone(UTC)


def _add(found: MeterFile, row: _Reading) -> None:
    meter = row.text("meter")
    if not meter:
        raise row.refuse("meter", "is needed")
    column = "kwh" if "kwh" in row.values else "register_kwh"
    kwh, estimated = row.kwh(column), row.is_estimated()
    if column == "kwh":
        start, end = row.moment("start"), row.moment("end")
        if end <= start:
            raise row.refuse("end", f"is not after start {row.text('start')!r}")
        mine = found.intervals.setdefault(meter, [])
        if kwh is not None:
            mine.append(EnergyInterval(start, end, kwh, estimated))
    else:
        at = row.moment("read_at")
        reads = found.reads.setdefault(meter, [])
        if kwh is not None:
            reads.append(RegisterRead(at, kwh, estimated))


def _columns(name: str, present: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field_name, headings in HEADINGS.items():
        free = [own for own in present if own not in found.values()]
        scored = [(heading_score(own, headings), own) for own in free]
        score, own = max(scored, default=(0.0, ""), key=lambda each: each[0])
        if score >= _SURE:
            found[field_name] = own
    wanted = ("start", "end", "kwh") if "kwh" in found else ("read_at", "register_kwh")
    missing = [each for each in ("meter", *wanted) if each not in found]
    if missing:
        raise BadSource(
            f"{name} has no column {', '.join(missing)}: it needs meter, start, end and kwh, or "
            "meter, read_at and register_kwh"
        )
    return found


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _BRITISH:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
    return None
