"""What a map asks of a finished run, as the wire has it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["known", "unknown", "none", "beyond"]
"""Whether there is a value: `none` where no site reaches, `beyond` outside the run's area."""


class ScaleOut(BaseModel):
    """What the numbers of a tile of values stand for.

    From `first` on: offset + (number - first) * step, in the layer's unit, rounded down. The
    greatest number also stands for more, the first also for less.
    """

    offset: float
    step: float
    beyond: int
    unknown: int
    none: int
    first: int


class TileSetOut(BaseModel):
    """The tiles of one layer."""

    layer: str
    title: str
    unit: str
    operators: list[str]
    """To choose one of by `operator`; empty where the layer is over all of them."""
    compares: bool
    """Whether `minus` may name another run."""
    values: ScaleOut | None
    """None where there are pictures only."""
    href: str
    """With {z}, {y} and {x} to fill in."""


class TileSetsOut(BaseModel):
    """All that can be drawn of a run."""

    run_id: str
    bounds: list[float]
    """West, south, east, north [degrees, CRS84]: there is no tile that does not touch them."""
    min_zoom: int
    max_zoom: int
    indicative: bool
    attribution: list[str]
    tilesets: list[TileSetOut]


class ReadingOut(BaseModel):
    """A layer's value at a place."""

    layer: str
    title: str
    unit: str
    state: State
    value: float | None


class OperatorOut(BaseModel):
    """One operator at a place."""

    operator: str
    state: State
    level_dbm: float | None
    probability: float | None
    """That a place in the cell is at or above the threshold, 0 to 1."""
    covers: bool | None
    """Null where it is not known."""


class ServerOut(BaseModel):
    """One site at a place."""

    number: int
    site_id: str
    operator: str
    position: list[float]
    """Longitude and latitude [degrees]."""
    antenna_height_m: float
    frequency_mhz: float
    estimated: bool
    distance_m: float
    level_dbm: float | None
    """Null where a height on the path is not known."""
    probability: float | None
    covers: bool | None


class ServersOut(BaseModel):
    """Every site that is heard at a place, strongest first, computed anew by the run's method.

    `state`: `current`; `stale` where inputs are not those of the run any more, and nothing is
    computed; `busy` while the service computes runs.
    """

    state: Literal["current", "stale", "busy"]
    reason: str
    servers: list[ServerOut]
    in_reach: int | None
    complete: bool | None
    """Whether no site left out can be stronger than the last one told."""
    differs_db: float | None
    """The strongest level less the one that the run stored; null where either has none."""


class PlaceOut(BaseModel):
    """What a run says of one place."""

    run_id: str
    lon: float
    lat: float
    easting_m: float
    northing_m: float
    """Of the middle of the cell, in the run's CRS."""
    cell_m: float
    epsg: int
    technology: str
    threshold_dbm: float
    indicative: bool
    attribution: list[str]
    trust: str
    """`in_range`, `extrapolated`, `refused`, `unknown` or `outside`."""
    status: str | None
    """`total`, `partial`, `unknown`, `at_least_one` or `full`; null outside the area."""
    server: str | None
    """The strongest site's id as the run stored it."""
    second_server: str | None
    readings: list[ReadingOut]
    operators: list[OperatorOut]
    servers: ServersOut


class PointOut(BaseModel):
    """A point of a path; heights are above the datum, null where not known."""

    distance_m: float
    ground_m: float | None
    bulge_m: float
    ray_m: float | None
    fresnel_m: float
    clearance_m: float | None
    clearance_ratio: float | None


class ObstructionOut(BaseModel):
    """A stretch with less than 60 % of the first Fresnel zone free."""

    model_config = ConfigDict(from_attributes=True)

    from_m: float
    to_m: float
    worst_m: float
    clearance_m: float
    clearance_ratio: float


class ProfileOut(BaseModel):
    """A path between two places."""

    run_id: str
    start: Annotated[list[float], Field(alias="from")]
    end: Annotated[list[float], Field(alias="to")]
    from_height_m: float
    to_height_m: float
    frequency_mhz: float
    k_factor: float
    length_m: float
    verdict: Literal["clear", "obstructed", "blocked", "unknown"]
    sentence: str
    visible: bool | None
    clear: bool | None
    least_clearance_m: float | None
    least_clearance_ratio: float | None
    points_looked_at: int
    points: list[PointOut]
    obstructions: list[ObstructionOut]
    terrain_of_run: bool
    """Whether the heights are, byte for byte, those that the run was computed from."""
    notes: list[str]
    attribution: list[str]
