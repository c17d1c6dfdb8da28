"""What somebody says of a datastream when it is registered, checked by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import msgspec

from canopy.iot import privacy
from canopy.iot.things.registry import ANY, CATEGORY, COUNT, MEASUREMENT, TRUTH

OBSERVATION_TYPES: Mapping[str, str] = {
    "number": MEASUREMENT, "count": COUNT, "truth": TRUTH, "text": CATEGORY, "any": ANY,
}  # fmt: skip
"""Words for what a stream's results are, and the types of OGC 18-088 that they stand for."""
MAX_TEXT = 1_000
MAX_RETENTION_DAYS = 36_600
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_UCUM = re.compile(r"[!-~]{1,64}")
_WRITTEN_OTHERWISE = {"°c": "Cel", "degc": "Cel", "c": "Cel", "µg/m3": "ug/m3", "kwh": "kW.h"}


class StreamEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One datastream, with the Thing and the asset that it is on.

    asset: UUID, ref or ``source:ref``. source, stream: how messages name it. thing: the Thing's
    name; the source's, or the stream's, where it is empty. unit: UCUM code. low, high: what the
    instrument can measure. expected_low, expected_high: what is likely. longitude, latitude:
    where the Thing is [degrees], where that is not its asset's position. gateway: who alone may
    publish it.
    """

    asset: str
    stream: str
    observed_property: str
    definition: str
    source: str = ""
    thing: str = ""
    name: str = ""
    sensor: str = ""
    sensor_metadata: str = ""
    result: str = "number"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    interval_s: int | None = None
    purpose: str | None = None
    lawful_basis: str | None = None
    data_class: str = "council"
    retention_days: int | None = None
    owner: str | None = None
    gateway: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    height_m: float | None = None

    @property
    def thing_name(self) -> str:
        """The Thing's name."""
        return self.thing or self.source or self.stream


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field. `row` is 0 where there is no file."""

    row: int
    column: str
    rule: str

    def sentence(self) -> str:
        """In words."""
        place = f"row {self.row}, column {self.column}" if self.row else self.column
        return f"{place}: {self.rule}"


def faults_of(entry: StreamEntry, row: int = 0) -> list[Fault]:
    """What is wrong with an entry, each with its field."""
    return [Fault(row, column, rule) for column, rule in _wrong(entry)]


def _wrong(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    yield from _wrong_texts(entry)
    if entry.result not in OBSERVATION_TYPES:
        yield "result", f"{entry.result!r} is none of {', '.join(OBSERVATION_TYPES)}"
    yield from _wrong_unit(entry)
    yield from _wrong_range("low", entry.low, "high", entry.high)
    yield from _wrong_range(
        "expected_low", entry.expected_low, "expected_high", entry.expected_high
    )
    if entry.interval_s is not None and not 1 <= entry.interval_s <= 366 * 86_400:
        yield "interval_s", "must be 1 second to a year"
    if entry.retention_days is not None and not 1 <= entry.retention_days <= MAX_RETENTION_DAYS:
        yield "retention_days", f"must be 1 to {MAX_RETENTION_DAYS:,}"
    yield from _wrong_position(entry)
    yield from _wrong_privacy(entry)


def _wrong_texts(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    for column in ("asset", "stream", "observed_property", "definition"):
        if not getattr(entry, column):
            yield column, "must be given"
    for column in entry.__struct_fields__:
        value = getattr(entry, column)
        if isinstance(value, str) and (len(value) > MAX_TEXT or not value.isprintable()):
            yield column, f"must be at most {MAX_TEXT:,} printable characters on one line"
    if entry.definition and not _URI.fullmatch(entry.definition):
        yield (
            "definition",
            "must be a URI that says what is observed, such as "
            "http://qudt.org/vocab/quantitykind/Temperature",
        )


def _wrong_unit(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    if entry.unit is None:
        return
    if entry.result not in ("number", "count", "any"):
        yield "unit", f"a {entry.result} has no unit; leave it empty"
    better = _WRITTEN_OTHERWISE.get(entry.unit.lower()) if entry.unit != "C" else None
    if better is not None:
        yield "unit", f"{entry.unit!r} is no UCUM code; write {better}"
    elif not _UCUM.fullmatch(entry.unit):
        yield "unit", f"{entry.unit!r} is no UCUM code, such as Cel, % or ug/m3"


def _wrong_range(
    low_name: str, low: float | None, high_name: str, high: float | None
) -> Iterator[tuple[str, str]]:
    for name, value in ((low_name, low), (high_name, high)):
        if value is not None and not math.isfinite(value):
            yield name, "must be a finite number"
    if low is not None and high is not None and low > high:
        yield high_name, f"{high:g} is below {low_name}, which is {low:g}"


def _wrong_position(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    if (entry.longitude is None) != (entry.latitude is None):
        missing = "longitude" if entry.longitude is None else "latitude"
        yield missing, "must be given where the other is"
    if entry.longitude is not None and not -180 <= entry.longitude <= 180:
        yield "longitude", "must be -180 to 180 degrees"
    if entry.latitude is not None and not -90 <= entry.latitude <= 90:
        yield "latitude", "must be -90 to 90 degrees"
    if entry.height_m is not None and not -500 <= entry.height_m <= 9_000:
        yield "height_m", "must be -500 to 9,000 m"


def _wrong_privacy(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    yield from privacy.faults(
        entry.data_class, entry.purpose, entry.lawful_basis, entry.retention_days, entry.owner
    )
