"""Candidate sites on assets of the catalogue, as one principal sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from canopy.access.rules import Principal
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.filtering import parse_filter
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.provenance import provenance
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.coverage.files.provenance import Input
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.technology import Technology
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.geo import transformer
from canopy.plan.coverage.site_files import SitesFound
from canopy.plan.coverage.sources import ROOFED, AssetSource

SOURCE = "catalogue"
ASSUMED = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "pattern")
"""What every candidate has assumed: a catalogue knows what stands there, not what may."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Where assets are read, and for whose eyes: no run shows more than its audience may see."""

    database: Database
    principal: Principal


def selection_of(
    source: AssetSource, storage_crs: str, within: tuple[Box, int] | None = None
) -> Selection:
    """What is asked of the catalogue, near the box `within` of a CRS where that is given.

    Raises BadFilter for text that is no CQL2.
    """
    written = source.filter
    return Selection(
        kinds=source.kinds,
        area=None if within is None else _in_storage(*within, storage_crs),
        filter=None if written is None else parse_filter(written, "cql2-text", storage_crs),
    )


def _in_storage(box: Box, epsg: int, storage_crs: str) -> shapely.Geometry:
    west, south, east, north = box
    outline = shapely.segmentize(shapely.box(*box), max(east - west, north - south) / 32)
    move = transformer(f"EPSG:{epsg}", storage_crs)
    (moved,) = move.geometries(np.array([outline], dtype=object))
    return moved


def candidate_sites(
    source: AssetSource, chosen: Technology, catalogue: Catalogue | None, within: Box, epsg: int
) -> SitesFound:
    """A site on each of the assets in the box `within` (west, south, east, north) of `epsg`.

    The antenna stands at the top of a column or mast, or `source.above_roof_m` over a roof; an
    asset's own height of the antenna comes first. Roofs without a height are left out and
    counted: nobody knows where the antenna would be.

    Raises Refused where there is no catalogue or no asset, BadFilter as `stream` does.
    """
    if catalogue is None:
        raise Refused("candidates on assets need a catalogue: none is open here")
    database, principal, policy = catalogue.database, catalogue.principal, SensitivityPolicy()
    selection = selection_of(source, database.storage_crs, (within, epsg))
    placing = _Placing(source, chosen, epsg, database.storage_crs)
    with database.reading() as session:
        origin = provenance(session, selection, principal, policy)
        for batch in stream(session, selection, principal, policy, database.srid):
            placing.add(batch, within)
    who = principal.role
    if not placing.sites:
        raise Refused(
            f"the catalogue has no {' or '.join(source.kinds)} near the area that {who} may see "
            f"and an antenna could stand on{placing.left_out()}"
        )
    named = Input(
        f"catalogue: {', '.join(source.kinds)} as {who} sees them",
        placing.sha256(),
        "; ".join(origin.licences),
        "; ".join(origin.attributions),
    )
    note = (
        f"{len(placing.sites):,} assets ({selection.sentence()}) are candidates, as {who} sees "
        f"them, each with the power of a {source.site_class} of {chosen.technology_id}"
        f"{placing.left_out()}."
    )
    return SitesFound(tuple(placing.sites), (named,), (note,))


class _Placing:
    """Sites so far, and what kept assets from becoming one."""

    def __init__(
        self, source: AssetSource, chosen: Technology, epsg: int, storage_crs: str
    ) -> None:
        self.sites: list[RadioSite] = []
        self._source, self._chosen = source, chosen
        self._move = transformer(storage_crs, f"EPSG:{epsg}")
        self._without_position = self._without_height = 0
        self._digest = hashlib.sha256()

    def add(self, batch: AssetBatch, within: Box) -> None:
        """The sites of a batch's assets that lie in the box."""
        west, south, east, north = within
        for row, x, y in self._positions(batch):
            if not (west <= x <= east and south <= y <= north):
                continue
            height = self._antenna_m(batch, row)
            if height is None:
                self._without_height += 1
                continue
            site = self._site(batch, row, (x, y), height)
            told = f"{site.asset_id} {x:.3f} {y:.3f} {height[0]:.3f}\n"
            self._digest.update(told.encode())
            self.sites.append(site)

    def sha256(self) -> str:
        """Of identity, position and height of all candidates, in the order they were added."""
        return self._digest.hexdigest()

    def left_out(self) -> str:
        """What became of the others, as a clause."""
        return "".join(
            f"; {many:,} without {what} are left out"
            for many, what in (
                (self._without_position, "a position that may be seen"),
                (self._without_height, "the height of their roof"),
            )
            if many
        )

    def _positions(self, batch: AssetBatch) -> Iterator[tuple[int, float, float]]:
        shapes = batch.geometries
        there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
        self._without_position += len(shapes) - len(there)
        places = shapely.point_on_surface(shapes[there])
        x, y = self._move.xy(shapely.get_x(places), shapely.get_y(places))
        yield from zip(there.tolist(), x.tolist(), y.tolist(), strict=True)

    def _antenna_m(self, batch: AssetBatch, row: int) -> tuple[float, bool] | None:
        """Height above the ground [m], and whether it is assumed; None where it is not known."""
        own = batch.attributes[row].get("antenna_height_m")
        if isinstance(own, int | float) and own > 0:
            return float(own), False
        told = batch.columns.get("height_m", [None] * len(batch))[row]
        height = float(told) if isinstance(told, int | float) and told > 0 else None
        if Kind(str(batch.columns["kind"][row])) in ROOFED:
            return None if height is None else (height + self._source.above_roof_m, False)
        if height is not None:
            return height, False
        assumed = self._source.height_m
        defaults = self._chosen.defaults(self._source.site_class)
        return (defaults.antenna_height_m if assumed is None else assumed), True

    def _site(
        self, batch: AssetBatch, row: int, place: tuple[float, float], height: tuple[float, bool]
    ) -> RadioSite:
        chosen, source = self._chosen, self._source
        asset_id = str(batch.columns["asset_id"][row])
        cell = batch.columns.get(GENERALISED_COLUMN, [None] * len(batch))[row]
        rough = float(cell) if isinstance(cell, int | float) else None
        assumed = ("antenna_height_m", *ASSUMED) if height[1] else ASSUMED
        return RadioSite(
            site_id=asset_id,
            operator=source.operator,
            technology=chosen.technology_id,
            easting_m=place[0],
            northing_m=place[1],
            antenna_height_m=height[0],
            frequency_mhz=chosen.frequency_mhz,
            bandwidth_mhz=chosen.bandwidth_mhz,
            eirp_dbm=chosen.defaults(source.site_class).eirp_dbm,
            source=SOURCE,
            estimated=rough is not None,
            position_uncertainty_m=rough,
            assumed=assumed,
            asset_id=asset_id,
        )
