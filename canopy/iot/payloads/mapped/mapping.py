"""A mapping of plain JSON, as it stands in TOML."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from canopy.iot.payloads.mapped.paths import Path

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
TimeFormat = Literal["iso", "unix-s", "unix-ms", "unix-us", "unix-ns"]


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where one result stands.

    Attributes:
        value: path of the result within a record.
        unit: its UCUM code, for numbers.
        scale, offset: result = value × scale + offset, for numbers.
        numeric_text: whether numbers are written as text.
    """

    stream: Text
    value: Text
    unit: Text | None = None
    scale: float = 1.0
    offset: float = 0.0
    numeric_text: bool = False


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How plain JSON is read.

    Attributes:
        records: path of the records; the whole document is one where not given.
        source: path of the device's id in a record; or
        source_level: the level of the topic that names it, from 1.
        time, time_format: path of the time, and how it is written. Its size is never guessed from.
        time_zone: of times without an offset.
        key: path of the device's counter or message id.
        longitude, latitude: paths of a position [degrees, WGS 84].
    """

    name: Name
    streams: Annotated[tuple[Stream, ...], msgspec.Meta(min_length=1, max_length=200)]
    records: Text | None = None
    source: Text | None = None
    source_level: Annotated[int, msgspec.Meta(ge=1, le=20)] | None = None
    time: Text | None = None
    time_format: TimeFormat = "iso"
    time_zone: Text | None = None
    key: Text | None = None
    longitude: Text | None = None
    latitude: Text | None = None

    def __post_init__(self) -> None:
        if (self.source is None) == (self.source_level is None):
            raise ValueError(f"{self.name}: give either source or source_level")
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError(f"{self.name}: give longitude and latitude together")
        named = [each.stream for each in self.streams]
        if len(set(named)) != len(named):
            raise ValueError(f"{self.name}: a stream is there twice")
        if self.time_zone is not None:
            zone_of(self.time_zone)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name. Raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}") from None


class Compiled:
    """A mapping with its paths read. Raises ValueError where one cannot be used."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.zone = None if mapping.time_zone is None else zone_of(mapping.time_zone)
        self.records = None if mapping.records is None else Path(mapping.records)
        self.source = _single(mapping.source)
        self.time = _single(mapping.time)
        self.key = _single(mapping.key)
        self.longitude = _single(mapping.longitude)
        self.latitude = _single(mapping.latitude)
        self.streams = [(each, _needed(each.value)) for each in mapping.streams]


def _single(written: str | None) -> Path | None:
    return None if written is None else _needed(written)


def _needed(written: str) -> Path:
    path = Path(written)
    if not path.finds_one:
        raise ValueError(f"{written} may find several values; only `records` may")
    return path
