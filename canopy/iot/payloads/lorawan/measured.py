"""What uplinks of every network server share: decoded values, the raw frame, the radio link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.leaves import leaves
from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Hint, Position, Reading
from canopy.iot.payloads.unreadable import Unreadable
from canopy.iot.payloads.values import array, number, number_hints, position_or_hint, result, text

FRAME = "frm_payload"
"""Stream of an uplink that the network server did not decode: its bytes, in base64."""
RSSI, SNR = "link.rssi", "link.snr"


class Uplink(msgspec.Struct, frozen=True, kw_only=True):
    """What the readings of one uplink have in common."""

    source: str
    at: datetime
    source_key: str
    position: Position | None = None
    hints: tuple[Hint, ...] = ()

    def reading(
        self, stream: str, value: object, limits: Limits, unit: str | None = None
    ) -> Reading:
        """One result of the uplink."""
        return Reading(
            source=self.source,
            stream=text(stream, "the name of a value", limits.name_chars),
            at=self.at,
            result=result(value, stream[:40], limits),
            unit=unit,
            source_key=self.source_key,
            position=self.position,
            hints=self.hints + number_hints(value),
        )


def add_values(found: Collector, uplink: Uplink, decoded: object, limits: Limits) -> None:
    """A reading for every number, truth and text of a decoded payload, however it is nested."""
    for name, value in leaves(decoded):
        if value is None:
            continue
        with found.part(name):
            found.add(uplink.reading(name, value, limits))


def add_frame(found: Collector, uplink: Uplink, frame: object, limits: Limits) -> None:
    """The raw bytes as they came, to be decoded later."""
    raw = msgspec.structs.replace(uplink, hints=(*uplink.hints, "raw-frame", "base64"))
    found.add(raw.reading(FRAME, text(frame, "the frame", limits.text_chars), limits))


def add_link(found: Collector, uplink: Uplink, receptions: object, limits: Limits) -> None:
    """Level and signal-to-noise ratio at the gateway that heard the uplink best."""
    heard: list[tuple[float, float]] = []
    for each in array(receptions, "the list of gateways"):
        if isinstance(each, dict) and "rssi" in each:
            with found.part("gateway"):
                heard.append(_levels(each))
    if heard:
        snr_db, rssi_dbm = max(heard)
        found.add(uplink.reading(RSSI, rssi_dbm, limits, "dB{mW}"))
        found.add(uplink.reading(SNR, snr_db, limits, "dB"))


def decoded_position(decoded: object) -> tuple[Position | None, tuple[Hint, ...]]:
    """The position that a device's own receiver put among the decoded values."""
    if not isinstance(decoded, dict) or not {"latitude", "longitude"} <= decoded.keys():
        return None, ()
    return position_or_hint(
        decoded["longitude"], decoded["latitude"], _height(decoded.get("altitude"))
    )


def counter(value: object, what: str) -> str:
    """A frame counter as part of a key. Protobuf's JSON leaves zeros out."""
    if value is None:
        return "0"
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise Unreadable("wrong-shape", f"{what} is no frame counter")
    return str(value)


def _levels(reception: dict[str, Any]) -> tuple[float, float]:
    snr_db = number(reception.get("snr", reception.get("lsnr", 0)), "snr")
    return snr_db, number(reception["rssi"], "rssi")


def _height(value: object) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
