"""What a file of past readings looks like, as it stands in TOML."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from canopy.errors import BadMapping
from canopy.iot.payloads.mapped.mapping import Mapping, Text, TimeFormat, zone_of
from canopy.iot.payloads.mapped.mapping import Stream as MappedStream

MAX_FILE_CHARS = 200_000
MAX_MOVE_M = 100_000.0
SOURCE = "@source"
"""Stands for a column in which the device is named that a file is of."""
Column = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column that holds results.

    Attributes:
        column: its heading.
        stream: of the datastream; the heading where it is not given.
        unit: UCUM code.
        scale, offset: result = value × scale + offset.
        is_text: whether results are words, not numbers.
        saturated_from: a result from here on is the end of the instrument's range, and flagged.
    """

    column: Column
    stream: Text | None = None
    unit: Text | None = None
    scale: float = 1.0
    offset: float = 0.0
    is_text: bool = False
    saturated_from: float | None = None

    @property
    def stream_name(self) -> str:
        """The stream's name."""
        return self.stream or self.column


class HistoryMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file is read.

    Attributes:
        format: ``sensor-community`` knows its columns itself; ``columns`` is told them here.
        time_zone: of times without an offset, which are refused where it is not declared.
        delimiter, encoding: of the file.
        moves_m: how far a device must be from where it was to have moved [m].
        source: heading of the column that names the device; or
        source_is: the device itself, where the file is of one.
        time, time_format: heading of the time, and how it is written.
        key: heading of the device's own counter or message id.
        longitude, latitude: headings of a position [degrees, WGS 84].
        values: columns that hold results.
    """

    format: Literal["sensor-community", "columns"]
    time_zone: str | None = None
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] | None = None
    encoding: str = "utf-8"
    moves_m: Annotated[float, msgspec.Meta(ge=1, le=MAX_MOVE_M)] = 25.0
    source: Column | None = None
    source_is: Text | None = None
    time: Column | None = None
    time_format: TimeFormat = "iso"
    key: Column | None = None
    longitude: Column | None = None
    latitude: Column | None = None
    values: Annotated[tuple[Value, ...], msgspec.Meta(max_length=200)] = ()

    def __post_init__(self) -> None:
        if self.time_zone is not None:
            zone_of(self.time_zone)
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"there is no encoding {self.encoding!r}") from None
        told = [self.source, self.source_is, self.time, self.key, self.longitude, self.latitude]
        if self.format == "sensor-community":
            if self.values or any(each is not None for each in told):
                raise ValueError("sensor-community has its own columns; leave those out")
            return
        if self.time is None or not self.values:
            raise ValueError("give `time` and at least one of `[[values]]`")
        if (self.source is None) == (self.source_is is None):
            raise ValueError("give either `source` or `source_is`")
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("give `longitude` and `latitude` together")

    @property
    def zone(self) -> ZoneInfo | None:
        """The declared time zone."""
        return None if self.time_zone is None else zone_of(self.time_zone)

    @property
    def separator(self) -> str:
        """What stands between cells."""
        return self.delimiter or (";" if self.format == "sensor-community" else ",")

    def headings(self) -> tuple[str, ...]:
        """The columns that must be there; those that the format itself fixes are its decoder's."""
        named = (self.source, self.time, self.key, self.longitude, self.latitude)
        return (*(each for each in named if each), *(each.column for each in self.values))

    def as_json(self) -> Mapping:
        """The mapping of plain JSON that reads a row as an object of its cells."""
        return Mapping(
            name="history",
            source=path_of(self.source or SOURCE),
            time=None if self.time is None else path_of(self.time),
            time_format=self.time_format,
            time_zone=self.time_zone,
            key=None if self.key is None else path_of(self.key),
            longitude=None if self.longitude is None else path_of(self.longitude),
            latitude=None if self.latitude is None else path_of(self.latitude),
            streams=tuple(
                MappedStream(
                    stream=each.stream_name, value=path_of(each.column), unit=each.unit,
                    scale=each.scale, offset=each.offset, numeric_text=not each.is_text,
                )
                for each in self.values
            ),
        )  # fmt: skip


def path_of(heading: str) -> str:
    """The JSONPath of a cell."""
    escaped = heading.replace("\\", "\\\\").replace("'", "\\'")
    return f"$['{escaped}']"


def read_mapping(path: Path) -> HistoryMapping:
    """The mapping of a file. Raises BadMapping with what is wrong."""
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path} cannot be read: {error}") from error
    return loads(written, path.name)


def loads(written: str, name: str = "the mapping") -> HistoryMapping:
    """The mapping of a TOML text. Raises BadMapping with what is wrong."""
    if len(written) > MAX_FILE_CHARS:
        raise BadMapping(f"{name} has over {MAX_FILE_CHARS:,} characters")
    try:
        return msgspec.convert(tomllib.loads(written), HistoryMapping)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{name} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"{name} cannot be used: {error}") from error
