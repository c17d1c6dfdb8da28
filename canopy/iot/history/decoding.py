"""A row as a message: read by the same decoders as what comes from a broker."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import msgspec

from canopy.iot.history.files import Row
from canopy.iot.history.mapping import SOURCE, HistoryMapping
from canopy.iot.history.repeated import RepeatedHours
from canopy.iot.payloads import sensor_community
from canopy.iot.payloads.mapped import decoding as mapped
from canopy.iot.payloads.mapped.mapping import Compiled
from canopy.iot.payloads.reading import Decoded, Message, Outcome, Reading, Undecodable

TOPIC = "history/"
"""Dead letters of files have a topic that begins so, and goes on with the file's name."""
_MOST_NAME = 200


class RowDecoder:
    """Decodes rows, in their order, as a mapping says; readings are marked as historical."""

    def __init__(self, mapping: HistoryMapping) -> None:
        """Raises ValueError where a heading cannot be used as a path."""
        self._mapping = mapping
        self._zone = mapping.zone
        self._repeated = None if self._zone is None else RepeatedHours(self._zone)
        self._compiled = None if mapping.format != "columns" else Compiled(mapping.as_json())
        self._columns = {each.stream_name: each.column for each in mapping.values}
        self._numbers = {each for each in (mapping.longitude, mapping.latitude) if each} | (
            {mapping.time} if mapping.time and mapping.time_format != "iso" else set()
        )
        self._saturated = {
            each.stream_name: each.saturated_from
            for each in mapping.values
            if each.saturated_from is not None
        }

    def message(self, row: Row, arrived_at: datetime) -> Message:
        """The row below its headings, as it stands in the file."""
        written = io.StringIO()
        is_plain = self._mapping.format == "sensor-community"
        writer = csv.writer(
            written, delimiter=self._mapping.separator, lineterminator="\n",
            quoting=csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL,
            quotechar=None if is_plain else '"',
        )  # fmt: skip
        writer.writerow(row.headings)
        writer.writerow(row.cells)
        return Message(
            body=written.getvalue().encode("utf-8", "surrogateescape"),
            topic=TOPIC + row.file[-_MOST_NAME:],
            arrived_at=arrived_at,
            content_type="text/csv",
        )

    def decode(self, row: Row, message: Message) -> Outcome:
        """What a row holds."""
        if self._compiled is None:
            outcome = sensor_community.decode_csv(message, self._zone)
        else:
            if len(row.cells) != len(row.headings):
                told = f"{len(row.cells)} cells for {len(row.headings)} headings"
                return Undecodable(kind="wrong-shape", reason=told)
            body = json.dumps(self._cells(row), ensure_ascii=False).encode()
            as_json = msgspec.structs.replace(message, body=body)
            outcome = mapped.decode(as_json, self._compiled)
        if not isinstance(outcome, Decoded) or not outcome.readings:
            return outcome
        readings = tuple(self._marked(each) for each in outcome.readings)
        if self._repeated is not None:
            readings = self._repeated.read(row.file, readings)
        return msgspec.structs.replace(outcome, readings=readings)

    @property
    def second_times(self) -> int:
        """Readings of the second time round of an hour that clocks show twice, so far."""
        return 0 if self._repeated is None else self._repeated.second

    def column(self, part: str, kind: str) -> str:
        """The column that a part of a row, as decoders name it, stands in; empty where none."""
        if kind in ("bad-time", "naive-time"):
            return self._mapping.time or "timestamp"
        if kind == "no-source":
            return self._mapping.source or ""
        if self._compiled is None:
            return part.partition(", ")[2] if part.startswith("line ") else part
        return self._columns.get(part, part)

    def _cells(self, row: Row) -> dict[str, str | float | None]:
        found: dict[str, str | float | None] = {SOURCE: self._mapping.source_is}
        for heading, cell in zip(row.headings, row.cells, strict=True):
            text = cell.strip()
            found[heading] = None if not text else self._cell(heading, text)
        return found

    def _cell(self, heading: str, text: str) -> str | float:
        if heading not in self._numbers:
            return text
        try:
            return int(text) if text.lstrip("+-").isdecimal() else float(text)
        except ValueError:
            return text  # the decoder says what is wrong with it

    def _marked(self, reading: Reading) -> Reading:
        hints = reading.hints
        ceiling = self._saturated.get(reading.stream)
        if (
            ceiling is not None
            and isinstance(reading.result, float)
            and reading.result >= ceiling
            and "saturated" not in hints
        ):
            hints = (*hints, "saturated")
        return msgspec.structs.replace(reading, hints=(*hints, "historical"))
