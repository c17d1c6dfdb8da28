"""What raises an alarm, as rules say it: one shape a kind."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_WEEK_MIN = 7 * 24 * 60.0
YEAR_MIN = 366 * 24 * 60.0

Happens = Literal[
    "counter-gap", "sequence-gap", "broker-dropped", "dead-letters", "clock", "session-lost"
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[float, Field(ge=0, le=_WEEK_MIN, allow_inf_nan=False)]
Position = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
Ring = Annotated[list[Position], Field(min_length=3, max_length=2_000)]
"""Longitude and latitude of corners, WGS 84 [degrees]; it is closed by itself."""


class Part(BaseModel):
    """A part of a rule: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Lasting(Part):
    """for_min: how long it must have held before the alarm is raised [min].
    clear_for_min: how long it must be over before it is cleared [min]."""

    for_min: Minutes = 0
    clear_for_min: Minutes = 0


class Threshold(_Lasting):
    """A number beyond a limit.

    Attributes:
        above, below: the limit; one of them. The limit itself is not beyond it.
        clears_at: where it is over: at or below it for `above`, at or above it for `below`; the
            limit itself where it is not said. Between the two nothing changes.
        unit: UCUM code; streams in another unit are left out.
    """

    kind: Literal["threshold"]
    above: Finite | None = None
    below: Finite | None = None
    clears_at: Finite | None = None
    unit: Words | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give one of above and below")
        _check_clearing(self.above, self.below, self.clears_at)
        return self


class Rate(_Lasting):
    """A number that changes too fast, from one reading to the next.

    Attributes:
        above: the change in `per_min` minutes that is too much, above 0.
        per_min: that time [min].
        direction: which way it changes.
        clears_at: the change at or below which it is over; `above` where it is not said.
        unit: UCUM code; streams in another unit are left out.
    """

    kind: Literal["rate"]
    above: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    per_min: Annotated[float, Field(gt=0, le=_WEEK_MIN)] = 60
    direction: Literal["rise", "fall", "either"] = "either"
    clears_at: Finite | None = None
    unit: Words | None = None

    @model_validator(mode="after")
    def _clears_below(self) -> Self:
        _check_clearing(self.above, None, self.clears_at)
        return self


class Missing(Part):
    """No reading for some time.

    Attributes:
        silent_min: for how long [min].
        by: whether since one ``arrival``, or since the newest ``phenomenon`` time.
    """

    kind: Literal["missing"]
    silent_min: Annotated[float, Field(ge=1, le=YEAR_MIN)]
    by: Literal["arrival", "phenomenon"] = "arrival"


class Fence(_Lasting):
    """A moving Thing that is where it should not be, by the positions of its readings.

    Attributes:
        alarm: whether it must not be ``outside`` (it left) or ``inside`` (it entered).
        area: name or code of an area of the catalogue.
        polygon: an area of one's own; one of the two.
    """

    kind: Literal["fence"]
    alarm: Literal["outside", "inside"]
    area: Words | None = None
    polygon: Ring | None = None

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if (self.area is None) == (self.polygon is None):
            raise ValueError("give one of area and polygon")
        return self


class Ingestion(Part):
    """Something that was noticed about ingestion, such as a run of dead letters.

    Attributes:
        happenings: kinds, as `canopy iot happenings` names them.
        times: how often it must have happened.
        quiet_min: it is over when it has not happened for so long [min], or was seen to.
    """

    kind: Literal["ingestion"]
    happenings: Annotated[list[Happens], Field(min_length=1, max_length=10)]
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    quiet_min: Annotated[float, Field(ge=1, le=YEAR_MIN)] = 24 * 60


When = Annotated[Threshold | Rate | Missing | Fence | Ingestion, Field(discriminator="kind")]


def _check_clearing(above: float | None, below: float | None, clears_at: float | None) -> None:
    if clears_at is None:
        return
    if above is not None and clears_at > above:
        raise ValueError("clears_at: must be at or below above, or it would clear at once")
    if below is not None and clears_at < below:
        raise ValueError("clears_at: must be at or above below, or it would clear at once")
