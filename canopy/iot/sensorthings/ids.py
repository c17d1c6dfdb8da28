"""Names of Observations: ``datastream~microseconds~key``, the parts that a row is known by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote

from canopy.db.types import EPOCH

_MICROSECOND = timedelta(microseconds=1)
_MOST_MICROSECONDS = (datetime(9999, 12, 31, tzinfo=EPOCH.tzinfo) - EPOCH) // _MICROSECOND


class ObservationId(NamedTuple):
    """What an Observation is known by."""

    datastream_id: int
    phenomenon_time: datetime
    source_key: str

    def written(self) -> str:
        """As answers and addresses have it."""
        micros = (self.phenomenon_time - EPOCH) // _MICROSECOND
        return f"{self.datastream_id}~{micros}~{quote(self.source_key, safe='')}"


def read(written: str) -> ObservationId | None:
    """The parts of a name; None where it is none."""
    stream, first, rest = written.partition("~")
    micros, second, key = rest.partition("~")
    if not (first and second and _is_whole(stream) and _is_whole(micros.removeprefix("-"))):
        return None
    number, at_us, source_key = int(stream), int(micros), unquote(key)
    if number >= 2**31 or abs(at_us) > _MOST_MICROSECONDS or "\x00" in source_key:
        return None
    return ObservationId(number, EPOCH + timedelta(microseconds=at_us), source_key)


def _is_whole(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) < 20
