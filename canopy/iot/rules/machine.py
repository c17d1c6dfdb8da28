"""Whether an alarm stands, step by step over numbers in the order of their times.

Pure. A number is beyond its limit, or back, or between the two, where nothing changes. What is
raised too often in a short time flutters: it is cleared only when it has been back for a while.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MINUTE_US = 60_000_000
FLUTTER_RAISES = 3
"""An alarm that is raised so often within `FLUTTER_US` flutters."""
FLUTTER_US = 60 * MINUTE_US
CALM_US = 30 * MINUTE_US
"""How long one that flutters must be back before it is cleared."""
LEAST_GAP_US = 60 * MINUTE_US
"""What holds is interrupted by a silence of so long, or of twice its own duration."""

Phase = Literal["ok", "pending", "raised"]
Became = Literal["pending", "dropped", "raised", "cleared"]


class Limit(msgspec.Struct, frozen=True):
    """Beyond `raises` (above it) for `for_us`, the alarm is raised; at or below `clears` for
    `clear_for_us` it is cleared. Limits below which something is wrong have their sign turned."""

    raises: float
    clears: float
    for_us: int = 0
    clear_for_us: int = 0


class Change(msgspec.Struct, frozen=True):
    """What became of it, when, since when it had held, and by which number."""

    became: Became
    at_us: int
    since_us: int
    value: float | None


class Machine(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where it stands. Times are microseconds since 1970."""

    phase: Phase = "ok"
    since_us: int = 0
    """Since when it has been beyond its limit, where it is not ok."""
    back_us: int | None = None
    """Since when it has been back, where it is raised."""
    at_us: int | None = None
    """The time of the last number."""
    raised: tuple[int, ...] = ()
    """When it was raised lately."""
    flutters: bool = False


def step(
    machine: Machine, limit: Limit, at_us: int, number: float, *, is_open: bool = True
) -> tuple[Machine, Change | None]:
    """The machine after a number, and what changed. `is_open`: whether it may be raised now."""
    if machine.phase == "raised":
        return _while_raised(machine, limit, at_us, number)
    is_beyond = number > limit.raises and is_open
    if not is_beyond:
        calm = _moved(machine, at_us, phase="ok", since_us=0)
        if machine.phase == "ok":
            return calm, None
        return calm, Change("dropped", at_us, machine.since_us, number)
    goes_on = machine.phase == "pending" and not _is_interrupted(machine, limit, at_us)
    since_us = machine.since_us if goes_on else at_us
    if at_us - since_us >= limit.for_us:
        return _raised(machine, at_us, since_us), Change("raised", at_us, since_us, number)
    waiting = _moved(machine, at_us, phase="pending", since_us=since_us)
    if machine.phase == "pending":
        return waiting, None
    return waiting, Change("pending", at_us, since_us, number)


def settle(machine: Machine, limit: Limit, now_us: int) -> tuple[Machine, Change | None]:
    """What the clock alone changes: one that flutters and fell silent is cleared in time."""
    if machine.phase != "raised" or not machine.flutters or machine.back_us is None:
        return machine, None
    due_us = machine.back_us + _calm_us(machine, limit)
    return _cleared(machine, due_us, None) if now_us >= due_us else (machine, None)


def _while_raised(
    machine: Machine, limit: Limit, at_us: int, number: float
) -> tuple[Machine, Change | None]:
    if number > limit.clears:
        return _moved(machine, at_us, back_us=None), None
    back_us = at_us if machine.back_us is None else machine.back_us
    if at_us - back_us >= _calm_us(machine, limit):
        return _cleared(machine, at_us, number)
    return _moved(machine, at_us, back_us=back_us), None


def _cleared(machine: Machine, at_us: int, number: float | None) -> tuple[Machine, Change | None]:
    calm = msgspec.structs.replace(
        machine, phase="ok", since_us=0, back_us=None, at_us=at_us, flutters=False
    )
    return calm, Change("cleared", at_us, machine.since_us, number)


def _raised(machine: Machine, at_us: int, since_us: int) -> Machine:
    lately = (*(each for each in machine.raised if at_us - each <= FLUTTER_US), at_us)
    return Machine(
        "raised", since_us, None, at_us, lately[-FLUTTER_RAISES:], len(lately) >= FLUTTER_RAISES
    )


def _calm_us(machine: Machine, limit: Limit) -> int:
    return max(limit.clear_for_us, CALM_US) if machine.flutters else limit.clear_for_us


def _is_interrupted(machine: Machine, limit: Limit, at_us: int) -> bool:
    longest_us = max(LEAST_GAP_US, 2 * limit.for_us)
    return machine.at_us is not None and at_us - machine.at_us > longest_us


def _moved(machine: Machine, at_us: int, **fields: object) -> Machine:
    return msgspec.structs.replace(machine, at_us=at_us, **fields)
