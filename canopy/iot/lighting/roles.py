"""What a datastream on a lamppost tells of its lamp, by the name of its stream and its unit."""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["state", "status", "level", "power", "energy", "tilt", "vibration"]
STREAMS: dict[str, Role] = {
    "powerstate": "state", "lampstate": "state", "switchstate": "state", "lampon": "state",
    "status": "status", "lampstatus": "status", "lampfailure": "status",
    "illuminancelevel": "level", "dimlevel": "level", "dimminglevel": "level",
    "actuallightstate": "level", "level": "level",
    "activepower": "power", "power": "power", "lamppower": "power", "totalpower": "power",
    "activeenergy": "energy", "energy": "energy", "totalactiveenergy": "energy",
    "tilt": "tilt", "tiltangle": "tilt", "inclination": "tilt",
    "vibration": "vibration", "acceleration": "vibration", "accelerationrms": "vibration",
}  # fmt: skip
"""Names of streams, in lower case without signs. `powerState`, `status` and `illuminanceLevel`
are FIWARE's Streetlight, `actualLightState`, `activeEnergy` and the totals TALQ's."""
_FACTORS: dict[Role, dict[str, float]] = {
    "level": {"1": 100.0, "%": 1.0},
    "power": {"W": 1.0, "kW": 1000.0},
    "energy": {"kW.h": 1.0, "W.h": 0.001, "J": 1 / 3_600_000, "MW.h": 1000.0},
    "tilt": {"deg": 1.0, "rad": 57.29577951308232},
    "vibration": {"m/s2": 1.0, "[g]": 9.80665},
}
"""What a number is multiplied by to be in %, W, kWh, degrees and m/s², by UCUM code."""
_ON = frozenset({"on", "low", "bootingup", "true", "1"})


class Told(NamedTuple):
    """What a datastream tells, and how its numbers become the unit of the role."""

    role: Role
    factor: float


def told_by(stream: str, unit: str | None) -> Told | None:
    """What a datastream tells; None where it is of something else, or in a unit not known."""
    role = STREAMS.get(_word(stream))
    if role is None:
        return None
    if role in ("state", "status"):
        return Told(role, 1.0)
    factor = _FACTORS[role].get(unit or "")
    return None if factor is None else Told(role, factor)


def is_on(number: float | None, text: str | None) -> float:
    """1 for a state that means burning, else 0."""
    if text is not None:
        return float(_word(text) in _ON)
    return float(number is not None and number > 0)


def names_failure(number: float | None, text: str | None, words: frozenset[str]) -> bool:
    """Whether a status names a broken lamp."""
    if text is not None:
        return _word(text) in words
    return number is not None and number > 0


def _word(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())
