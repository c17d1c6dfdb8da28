"""What lets one doubt an observation, as bits of one number: they are kept as they are here."""

from __future__ import annotations

from collections.abc import Iterable

FLAGS: dict[str, int] = {
    # what a payload tells (`canopy.iot.payloads.reading.Hint`)
    "ambiguous-local-time": 1 << 0,
    "arrival-time": 1 << 1,
    "bad-quality": 1 << 2,
    "base64": 1 << 3,
    "historical": 1 << 4,
    "network-time": 1 << 5,
    "no-position-fix": 1 << 6,
    "raw-frame": 1 << 7,
    "relative-time": 1 << 8,
    "rounded": 1 << 9,
    "saturated": 1 << 10,
    "simulated": 1 << 11,
    "stale": 1 << 12,
    # what is found when it is stored
    "no-time": 1 << 13,  # the payload gave none: its arrival stands for it
    "unlikely": 1 << 14,  # beyond what is expected of the stream
    "late": 1 << 15,  # over an hour old when it came
    "ahead": 1 << 16,  # its clock is over a minute ahead of ours
    "truth": 1 << 17,  # 1 and 0 stand for true and false
    # what is found by looking at its neighbours
    "spike": 1 << 18,
    "stuck": 1 << 19,
    "gap": 1 << 20,  # nothing came before it for longer than expected
    "drift": 1 << 21,
}

_DOUBTFUL = (
    "bad-quality", "saturated", "simulated", "stale", "unlikely", "spike", "stuck", "drift",
)  # fmt: skip


def bits(names: Iterable[str]) -> int:
    """The number of some flags. Raises KeyError for a name that is none."""
    total = 0
    for name in names:
        total |= FLAGS[name]
    return total


def names(flags: int) -> tuple[str, ...]:
    """The names of the flags that a number holds, in order."""
    return tuple(name for name, bit in FLAGS.items() if flags & bit)


DOUBTFUL = bits(_DOUBTFUL)
"""Flags that put a value in doubt, not only its time or what came before it: sums count these."""
DOUBTFUL_OF_METER = DOUBTFUL | bits(("no-time",))
"""Flags that a meter's reading is counted as estimated for: its time bounds what was taken."""
CHECKED = bits(("spike", "stuck", "gap", "drift"))
"""Flags that checks of a datastream set and take back."""
