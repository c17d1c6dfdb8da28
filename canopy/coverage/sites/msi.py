"""Antenna patterns in the MSI Planet format (``.msi``, ``.pln``).

Lines of a keyword and its value, then two tables of 360 lines "angle loss"::

    NAME      80010465
    FREQUENCY 1855
    GAIN      17.5 dBi
    TILT      ELECTRICAL
    HORIZONTAL 360
    0   0.0
    ...
    VERTICAL  360
    0   0.1

Losses are relative to the strongest direction, written without a sign. GAIN without a unit
is in dBd. Horizontal angles count clockwise; vertical ones downwards from the horizon, so
that an antenna with an electrical tilt of 6° is strongest at 6.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from canopy.coverage.sites.antennas import DBD_TO_DBI, Pattern, Table
from canopy.errors import BadSource

MAX_BYTES = 1_000_000
"""Largest pattern file: one has about 8 kB."""

MAX_LOSS_DB = 200.0
"""Largest loss believed; beyond it the number is no measurement."""

_CUTS = ("HORIZONTAL", "VERTICAL")


def read_msi(path: Path) -> Pattern:
    """The antenna that a file describes; BadSource, naming the line, when it cannot be read."""
    lines = _lines(path)
    told: dict[str, tuple[int, str]] = {}
    tables: dict[str, Table] = {}
    at = 0
    while at < len(lines):
        keyword, _, value = lines[at].strip().replace("\t", " ").partition(" ")
        keyword = keyword.upper()
        if keyword in _CUTS:
            if keyword in tables:
                raise _bad(path, at, f"a second {keyword} table")
            tables[keyword] = _table(path, lines, at, value.strip())
            at += 360
        elif keyword:
            told.setdefault(keyword, (at, value.strip()))
        at += 1
    for cut in _CUTS:
        if cut not in tables:
            raise BadSource(f"{path.name} has no {cut} table, so it is no whole MSI pattern")
    name = told["NAME"][1] if told.get("NAME", (0, ""))[1] else path.stem
    gain_dbi = _gain_dbi(path, told.get("GAIN"))
    return Pattern(name, tables["HORIZONTAL"], tables["VERTICAL"], gain_dbi)


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadSource(f"{path.name} is larger than {MAX_BYTES:,} bytes: no antenna pattern")
        content = path.read_bytes()
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror}") from error
    # The keywords are ASCII; makers write their names in whatever they use.
    return content.decode("latin-1").removeprefix("ï»¿").splitlines()


def _bad(path: Path, at: int, reason: str) -> BadSource:
    return BadSource(f"{path.name}, line {at + 1}: {reason}")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _table(path: Path, lines: list[str], at: int, count: str) -> Table:
    if count != "360":
        raise _bad(path, at, f"a table of {count or 'no'} values; 360, one a degree, are needed")
    losses = np.full(360, np.nan)
    for row in range(at + 1, at + 361):
        angle, loss = _pair(path, lines, row)
        if angle != int(angle) or not 0 <= angle < 360 or not math.isnan(losses[int(angle)]):
            raise _bad(path, row, f"angle {angle:g} is not a whole degree from 0 to 359, once each")
        if abs(loss) > MAX_LOSS_DB:
            raise _bad(path, row, f"a loss of {loss:g} dB is beyond {MAX_LOSS_DB:g} dB")
        losses[int(angle)] = loss
    if losses.max() <= 0:  # some makers write the sign
        losses = 0.0 - losses
    elif losses.min() < 0:
        raise _bad(path, at, "some losses have a sign and some have none")
    return losses.astype(np.float32)


def _pair(path: Path, lines: list[str], row: int) -> tuple[float, float]:
    words = lines[row].split() if row < len(lines) else []
    if len(words) == 2:
        angle, loss = _number(words[0]), _number(words[1])
        if angle is not None and loss is not None:
            return angle, loss
    shown = repr(lines[row].strip()[:40]) if row < len(lines) else "the end of the file"
    raise _bad(path, row, f"an angle and a loss were expected, not {shown}")


def _gain_dbi(path: Path, gain: tuple[int, str] | None) -> float:
    if gain is None:
        raise BadSource(f"{path.name} has no GAIN line, so its gain is unknown")
    at, text = gain
    lowered = text.lower()
    bare = lowered.removesuffix("dbi").removesuffix("dbd").strip()
    value = _number(bare)
    if value is None:
        raise _bad(path, at, f"GAIN {text[:40]!r} is no number with dBi, dBd or nothing behind it")
    return value if lowered.endswith("dbi") else value + DBD_TO_DBI
