"""Words for columns: a catalogue name such as ``height_m`` as people read it."""

from __future__ import annotations

from canopy.assets.kinds import COMMON_FIELDS, Kind, attribute_fields

UNIT_SUFFIXES: dict[str, str] = {
    "m": "m", "m2": "m²", "m3": "m³", "mm": "mm", "kg": "kg", "l": "l", "w": "W", "kw": "kW",
    "va": "VA", "kva": "kVA", "a": "A", "v": "V", "kpa": "kPa", "knm": "kNm", "kn": "kN",
    "mhz": "MHz", "ghz": "GHz", "dbm": "dBm", "dbi": "dBi", "deg": "°", "pct": "%", "y": "years",
    "months": "months", "minutes": "min", "u": "U",
}  # fmt: skip
"""Unit by the suffix with which a name ends (`docs/glossary.md`)."""

_TWO_PART_SUFFIXES = {"gbit_s": "Gbit/s", "mbit_s": "Mbit/s"}

_WORDS = {
    "asset_id": "Canopy identifier",
    "ref": "Reference",
    "backhaul_dist_m": "Distance to backhaul",
    "created_at": "First recorded",
    "ground_m_aod": "Ground level above Ordnance Datum",
    "observed_on": "Observed on",
    "pos_accuracy_m": "Position accuracy",
    "pos_method": "Position method",
    "position_generalised_m": "Position generalised to",
    "updated_at": "Last changed",
    "version": "Version of the record",
    "withdrawn_at": "Withdrawn",
}
_WRITTEN = {
    "wifi": "Wi-Fi",
    **{word: word.upper() for word in (
        "4g 5g ac agl aonb cctv cms dc dno dpia eirp ews1 gps icnirp id ip led mpan nuar pfi poe "
        "ptz ssid sssi ups uprn url usrn utc"
    ).split()},
}  # fmt: skip


def column_label(name: str) -> str:
    """``sensor_height_m`` → ``Sensor height``; `column_unit` tells the unit."""
    if name in _WORDS:
        return _WORDS[name]
    stem, _ = _split(name)
    sentence = " ".join(_WRITTEN.get(word, word) for word in stem.split("_") if word)
    return sentence[:1].upper() + sentence[1:]


def column_unit(kind: str, name: str) -> str | None:
    """The unit of a column of `kind` as the kind's model states it, else by its name's suffix.

    None where it has neither.
    """
    fields = {**COMMON_FIELDS, **attribute_fields(Kind(kind))}
    stated = fields[name].unit if name in fields else None
    return stated or _split(name)[1]


def reading_order(kind: str) -> list[str]:
    """The attributes of `kind` in the order in which its model lists them."""
    return list(attribute_fields(Kind(kind)))


def _split(name: str) -> tuple[str, str | None]:
    for suffix, unit in _TWO_PART_SUFFIXES.items():
        if name.endswith(f"_{suffix}"):
            return name.removesuffix(f"_{suffix}"), unit
    stem, _, last = name.rpartition("_")
    known = UNIT_SUFFIXES.get(last) if stem else None
    return (stem, known) if known else (name, None)
