"""Where the stored readings of a meter are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from canopy.concessions.fields import CLOSED, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterStream:
    """The Datastream that a meter is read by, as its messages name it.

    Attributes:
        source: the device.
        stream: what it tells, such as `active_energy`.
        tells: "register" is how the meter's register stood at a moment. "energy" is the energy
            of an interval; where a reading has no end, it is of the time up to it, as long as
            the Datastream's interval.
    """

    __pydantic_config__: ClassVar = CLOSED

    source: Text
    stream: Text
    tells: Literal["register", "energy"]
