"""Inventory, fault and burn-hour files of lighting management systems, CSV or XLSX, by a mapping.

Every row that cannot be read is told with its row and column; the others are taken.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.opening import open_tables
from canopy.assets.mapping.values import as_text, is_unknown
from canopy.errors import BadMapping, BadSource, LimitExceeded, Refused
from canopy.iot.lighting.clock import Clock, Round
from canopy.iot.lighting.regimes import regime_of

MAX_ROWS = 1_000_000
MAX_FILE_CHARS = 200_000
MAX_TEXT = 200
FAULTS = (
    "lamp-failure", "day-burner", "on-wrongly", "off-wrongly", "no-contact", "gateway-silent",
    "supply", "control-gear", "cycling", "column", "other",
)  # fmt: skip
"""Kinds of faults; a system's own codes are mapped to them."""
_BRITISH = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
System = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class InventoryColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Headings of an inventory. Positions are eastings and northings in the storage CRS, or
    degrees."""

    unit: Name
    column_ref: Name | None = None
    street: Name | None = None
    gateway: Name | None = None
    lamp_w: Name | None = None
    regime: Name | None = None
    easting: Name | None = None
    northing: Name | None = None
    longitude: Name | None = None
    latitude: Name | None = None


class FaultColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Headings of a file of faults."""

    unit: Name
    code: Name
    begun: Name
    ended: Name | None = None
    detail: Name | None = None


class BurnColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Headings of a file of burn hours; without `begins` they are a counter's."""

    unit: Name
    ends: Name
    hours: Name
    begins: Name | None = None


class LightingMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the files of one system are read. `codes` are its faults' codes, by kind.

    time_zone: of times without an offset, which are refused where it is not declared.
    repeated_hour: which of two a time is that clocks show twice; refused where not declared.
    """

    system: System
    time_zone: str | None = None
    repeated_hour: Round | None = None
    encoding: str | None = None
    sheet: str | None = None
    inventory: InventoryColumns | None = None
    faults: FaultColumns | None = None
    burn_hours: BurnColumns | None = None
    codes: dict[str, str] = {}

    def __post_init__(self) -> None:
        wrong = sorted(set(self.codes.values()) - set(FAULTS))
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no kind of fault; they are {', '.join(FAULTS)}")
        try:
            self.clock()
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.time_zone!r}") from None

    def clock(self) -> Clock:
        """How times without an offset are read."""
        zone = None if self.time_zone is None else ZoneInfo(self.time_zone)
        return Clock(zone, self.repeated_hour)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A row of an inventory. easting, northing [m] or longitude, latitude [degrees]."""

    ref: str
    column_ref: str = ""
    street: str = ""
    gateway: str = ""
    lamp_w: float | None = None
    regime: str | None = None
    easting_m: float | None = None
    northing_m: float | None = None
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault of a unit."""

    unit_ref: str
    code: str
    kind: str
    detail: str
    begun_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FaultEnd:
    """The end of a fault whose start is in an earlier file. `row` is where it stands."""

    unit_ref: str
    code: str
    ended_at: datetime
    row: int


@dataclass(frozen=True, slots=True)
class BurnRow:
    """Hours that a unit burned, to the end of a day; a counter without `begins_on`."""

    unit_ref: str
    begins_on: date | None
    ends_on: date
    hours: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a row was not taken."""

    row: int
    column: str
    reason: str

    def sentence(self) -> str:
        """In words."""
        return f"row {self.row}, column {self.column}: {self.reason}"


class _Wrong(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def read_mapping(path: Path) -> LightingMapping:
    """The mapping of a TOML file. Raises BadMapping with what is wrong."""
    try:
        written = path.read_text(encoding="utf-8")
        if len(written) > MAX_FILE_CHARS:
            raise BadMapping(f"{path.name} has over {MAX_FILE_CHARS:,} characters")
        return msgspec.convert(tomllib.loads(written), LightingMapping)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMapping(f"{path} cannot be read: {error}") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"{path.name} cannot be used: {error}") from error


def inventory_rows(path: Path, mapping: LightingMapping) -> Iterator[UnitRow | Failed]:
    """The units of an inventory. Raises BadMapping and BadSource."""
    columns = _needed(mapping.inventory, "inventory")
    for number, values in _rows(path, mapping, columns):
        try:
            yield UnitRow(
                ref=_text(values, columns.unit, needed=True),
                column_ref=_text(values, columns.column_ref),
                street=_text(values, columns.street),
                gateway=_text(values, columns.gateway),
                lamp_w=_number(values, columns.lamp_w, 0, 2_000),
                regime=_regime(values, columns.regime),
                easting_m=_number(values, columns.easting, -1e7, 1e7),
                northing_m=_number(values, columns.northing, -1e7, 1e7),
                longitude=_number(values, columns.longitude, -180, 180),
                latitude=_number(values, columns.latitude, -90, 90),
            )
        except _Wrong as error:
            yield Failed(number, error.column, error.reason)


def fault_rows(path: Path, mapping: LightingMapping) -> Iterator[FaultRow | Failed]:
    """The faults of a file. Raises BadMapping and BadSource."""
    columns, clock = _needed(mapping.faults, "faults"), mapping.clock()
    kinds = {code.lower(): kind for code, kind in mapping.codes.items()}
    for number, values in _rows(path, mapping, columns):
        try:
            code = _text(values, columns.code, needed=True)
            begun = _moment(values, columns.begun, clock)
            ended = _moment(values, columns.ended, clock) if columns.ended else None
            if begun is None:
                raise _Wrong(columns.begun, "is empty")
            if ended is not None and ended < begun:
                raise _Wrong(columns.ended or "", "is before the fault began")
            detail = _text(values, columns.detail)
            unit = _text(values, columns.unit, needed=True)
            yield FaultRow(unit, code, kinds.get(code.lower(), "other"), detail, begun, ended)
        except _Wrong as error:
            yield Failed(number, error.column, error.reason)


def burn_rows(path: Path, mapping: LightingMapping) -> Iterator[BurnRow | Failed]:
    """The burn hours of a file. Raises BadMapping and BadSource."""
    columns, clock = _needed(mapping.burn_hours, "burn_hours"), mapping.clock()
    for number, values in _rows(path, mapping, columns):
        try:
            ends = _moment(values, columns.ends, clock)
            begins = _moment(values, columns.begins, clock) if columns.begins else None
            hours = _number(values, columns.hours, 0, 1e6)
            if ends is None or hours is None:
                raise _Wrong(columns.ends if ends is None else columns.hours, "is empty")
            begins_on = None if begins is None else begins.astimezone(clock.zone or UTC).date()
            ends_on = ends.astimezone(clock.zone or UTC).date()
            if begins_on is not None and begins_on > ends_on:
                raise _Wrong(columns.begins or "", "is after the end")
            if begins is not None:
                _require_possible(hours, ends - begins, columns.hours)
            unit = _text(values, columns.unit, needed=True)
            yield BurnRow(unit, begins_on, ends_on, hours)
        except _Wrong as error:
            yield Failed(number, error.column, error.reason)


def _require_possible(hours: float, span: timedelta, column: str) -> None:
    """No lamp burns for longer than the time is; an hour more is let pass, for rounding."""
    most = max(span / timedelta(hours=1), 24.0) + 1
    if hours > most:
        raise _Wrong(column, f"is {hours:g} hours, and from begin to end there are {most - 1:g}")


Columns = InventoryColumns | FaultColumns | BurnColumns
ColumnsT = TypeVar("ColumnsT", InventoryColumns, FaultColumns, BurnColumns)


def _needed(columns: ColumnsT | None, name: str) -> ColumnsT:
    if columns is None:
        raise BadMapping(f"The mapping has no table [{name}] that names the columns.")
    return columns


def _rows(
    path: Path, mapping: LightingMapping, columns: Columns
) -> Iterator[tuple[int, Mapping[str, object]]]:
    tables = open_tables(path, layer=mapping.sheet, encoding=mapping.encoding)
    if len(tables) != 1:
        names = ", ".join(repr(each.name) for each in tables)
        raise BadSource(f"{path.name} has several tables; name one as `sheet`: {names}.")
    own = _own_headings(tables[0], columns, path.name)
    count = 0
    for batch in tables[0].batches():
        if batch.rejects:
            raise BadSource(f"{path.name}: {batch.rejects[0].message}")
        for index, number in enumerate(batch.row_numbers):
            count += 1
            if count > MAX_ROWS:
                raise LimitExceeded(f"{path.name} has more than {MAX_ROWS:,} rows")
            yield number, {name: batch.columns[column][index] for name, column in own.items()}


def _own_headings(table: SourceTable, columns: Columns, name: str) -> dict[str, str]:
    """The file's own headings by those of the mapping; case and spaces about them are nothing."""
    there = {heading.strip().lower(): heading for heading in table.columns}
    wanted = [value for field in columns.__struct_fields__ if (value := getattr(columns, field))]
    missing = [each for each in wanted if each.strip().lower() not in there]
    if missing:
        raise BadMapping(
            f"{name} has no column {missing[0]!r}; it has {', '.join(table.columns)[:300]}."
        )
    return {each: there[each.strip().lower()] for each in wanted}


def _text(values: Mapping[str, object], column: str | None, *, needed: bool = False) -> str:
    value = None if column is None else values[column]
    text = "" if is_unknown(value) else as_text(value).strip()
    if needed and not text:
        raise _Wrong(column or "", "is empty")
    if len(text) > MAX_TEXT or not text.isprintable():
        raise _Wrong(column or "", f"is no text of up to {MAX_TEXT} printable characters")
    return text


def _number(
    values: Mapping[str, object], column: str | None, low: float, high: float
) -> float | None:
    text = _text(values, column).replace(",", "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise _Wrong(column or "", f"{text[:40]!r} is no number") from None
    if not math.isfinite(number) or not low <= number <= high:
        raise _Wrong(column or "", f"{number:g} is not {low:g} to {high:g}")
    return number


def _regime(values: Mapping[str, object], column: str | None) -> str | None:
    text = _text(values, column)
    if not text:
        return None
    try:
        regime_of(text)
    except Refused as error:
        raise _Wrong(column or "", error.detail) from None
    return text


def _moment(values: Mapping[str, object], column: str | None, clock: Clock) -> datetime | None:
    """A time in UTC. One without an offset is refused where what it means is not declared."""
    value = None if column is None else values[column]
    if is_unknown(value):
        return None
    moment = value if isinstance(value, datetime) else _parsed(as_text(value).strip())
    if moment is None:
        told = f"{as_text(value)[:40]!r} is no time; write 2026-04-01T12:00Z or 01/04/2026 12:00"
        raise _Wrong(column or "", told)
    if moment.tzinfo is None:
        try:
            moment = clock.moment(moment)
        except ValueError as error:
            raise _Wrong(column or "", str(error)) from None
    return moment.astimezone(UTC)


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
