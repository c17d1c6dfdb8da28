"""Words for columns: a catalogue name such as ``height_m`` as people read it."""

from __future__ import annotations

UNITS: dict[str, str] = {
    "m": "m",
    "m2": "m²",
    "m3": "m³",
    "mm": "mm",
    "km": "km",
    "aod": "m above Ordnance Datum",
    "kg": "kg",
    "l": "l",
    "w": "W",
    "kw": "kW",
    "kva": "kVA",
    "a": "A",
    "v": "V",
    "kpa": "kPa",
    "knm": "kNm",
    "kn": "kN",
    "kwh": "kWh",
    "mbps": "Mbit/s",
    "mhz": "MHz",
    "ghz": "GHz",
    "dbm": "dBm",
    "dbi": "dBi",
    "dbw": "dBW",
    "db": "dB",
    "deg": "°",
    "pct": "%",
    "years": "years",
    "y": "years",
    "months": "months",
    "db_a": "dB(A)",
    "u": "U",
    "k": "K",
    "c": "°C",
    "lm": "lm",
}
"""Units by the suffix with which names end (`docs/glossary.md`)."""

_WORDS: dict[str, str] = {
    "asset_id": "Canopy identifier",
    "ref": "Reference",
    "authority": "Authority",
    "uprn": "UPRN",
    "usrn": "USRN",
    "pos_accuracy_m": "Position accuracy",
    "pos_method": "Position method",
    "position_generalised_m": "Position generalised to",
    "backhaul_dist_m": "Distance to backhaul",
    "observed_on": "Observed on",
    "created_at": "First recorded",
    "updated_at": "Last changed",
    "withdrawn_at": "Withdrawn",
    "version": "Version of the record",
}
_ACRONYMS = {
    "cctv", "cms", "dpia", "dno", "eirp", "ip", "led", "mpan", "pfi", "poe", "ptz", "ssid",
    "uprn", "usrn", "ups", "url", "utc", "dc", "ac", "agl", "ews1", "icnirp", "nuar", "id",
    "sssi", "aonb", "4g", "5g", "gps",
}  # fmt: skip


def split_unit(name: str) -> tuple[str, str | None]:
    """``height_m`` → (``height``, ``m``); the unit is None where the name has none."""
    stem, _, suffix = name.rpartition("_")
    unit = UNITS.get(suffix.lower()) if stem else None
    return (stem, unit) if unit else (name, None)


def column_label(name: str) -> str:
    """``sensor_height_m`` → ``Sensor height``; the unit is told by `split_unit`."""
    if name in _WORDS:
        return _WORDS[name]
    words = split_unit(name)[0].split("_")
    shown = [word.upper() if word in _ACRONYMS else word for word in words if word]
    sentence = " ".join(shown) or name
    return sentence[0].upper() + sentence[1:]
