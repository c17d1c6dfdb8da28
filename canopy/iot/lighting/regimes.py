"""Switching regimes as councils write them: photocell levels, part-night, dimming profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import time

from canopy.errors import Refused

_LUX = re.compile(r"(\d{1,3}(?:\.\d)?)\s*/\s*(\d{1,3}(?:\.\d)?)")
_PART_NIGHT = re.compile(
    r"(?:part[\s-]*night|off)\D{0,12}(\d{1,2})[:.]?(\d\d)\s*(?:-|–|to)\s*(\d{1,2})[:.]?(\d\d)"
)
_STEP = re.compile(r"(\d{1,2}):(\d\d)\s*=\s*(\d{1,3})\s*%?")
_ALWAYS = frozenset({"continuous", "24 hour", "24hr", "24h", "24 hours", "always on"})
_DUSK_DAWN = re.compile(r"dusk\W*(?:to|till|-|–)?\W*dawn|all[\s-]*night|photocell|pecu|solar clock")


@dataclass(frozen=True, slots=True)
class Regime:
    """When a lamp burns, and how brightly.

    Attributes:
        on_lux, off_lux: daylight at which it is switched on at dusk and off at dawn [lux].
        is_continuous: burns day and night.
        off_from, off_to: local times between which a part-night lamp is off.
        steps: (local time, level) from which it burns at that level [%], in order of the day;
            before the first step of a night, full.
        is_assumed: whether the levels are not stated, and 70/35 is taken.
    """

    on_lux: float = 70.0
    off_lux: float = 35.0
    is_continuous: bool = False
    off_from: time | None = None
    off_to: time | None = None
    steps: tuple[tuple[time, float], ...] = ()
    is_assumed: bool = False


def regime_of(written: str) -> Regime:
    """The regime of a text such as ``35/18``, ``Continuous``, ``Dusk-Dawn``,
    ``35/18 part-night 00:00-05:30`` or ``70/35 dim 22:00=70 00:00=50 05:00=100``.

    Two levels are lux at dusk and at dawn. Raises Refused for a text that says none.
    """
    text = " ".join(written.lower().split())
    if text in _ALWAYS:
        return Regime(is_continuous=True)
    lux = _LUX.search(text)
    part = _PART_NIGHT.search(text)
    steps = tuple(_step(each) for each in _STEP.finditer(text))
    if lux is None and part is None and not steps and not _DUSK_DAWN.search(text):
        raise Refused(
            f"The switching regime {written[:60]!r} is not understood; write it as 35/18, "
            "Dusk-Dawn, Continuous, 35/18 part-night 00:00-05:30 or 35/18 dim 22:00=70 00:00=50."
        )
    regime = Regime(is_assumed=lux is None, steps=steps)
    if lux is not None:
        on, off = float(lux[1]), float(lux[2])
        if not (0 < on <= 500 and 0 < off <= 500):
            raise Refused(f"The lux levels of {written[:60]!r} must be over 0 and up to 500.")
        regime = replace(regime, on_lux=on, off_lux=off)
    if part is not None:
        off_from, off_to = _clock(part[1], part[2]), _clock(part[3], part[4])
        regime = replace(regime, off_from=off_from, off_to=off_to)
    return regime


def _step(found: re.Match[str]) -> tuple[time, float]:
    level = float(found[3])
    if level > 100:
        raise Refused(f"A dimming level is {found[3]} %, over 100.")
    return _clock(found[1], found[2]), level


def _clock(hour: str, minute: str) -> time:
    try:
        return time(int(hour) % 24, int(minute))
    except ValueError:
        raise Refused(f"{hour}:{minute} is no time of the day.") from None
