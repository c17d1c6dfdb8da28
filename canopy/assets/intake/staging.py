"""Candidates to staged columns: identity, record, hash, place and geometry of each row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import CANDIDATE_COLUMNS, CandidateBatch
from canopy.assets.identity import new_asset_ids
from canopy.assets.places import Places
from canopy.assets.record import position_keys, record_hashes, records_of, to_json, with_geometry
from canopy.db import gpkg_geometry

StagedColumns = dict[str, Sequence[object]]
"""Columns of `queries.STAGE_COLUMNS`, equally long; those without any value are left out."""


class RowStager:
    """Turns batches into staged columns for one database and one source."""

    def __init__(self, *, srid: int, gpkg: bool, authority: str | None, places: Places) -> None:
        self._srid = srid
        self._gpkg = gpkg
        self._authority = authority
        self._places = places
        self._ordinal = 0

    def columns(self, batch: CandidateBatch) -> StagedColumns:
        """A batch, ready to be staged."""
        count = len(batch)
        geometries = batch.geometries
        documents = [to_json(record) for record in records_of(batch, self._authority)]
        positions = position_keys(geometries)
        wkb = shapely.to_wkb(geometries, byte_order=1, output_dimension=2)
        bounds = shapely.bounds(geometries).T
        first = self._ordinal + 1
        self._ordinal += count
        staged: StagedColumns = {
            "ordinal": range(first, first + count),
            "file_row": batch.row_numbers,
            "asset_id": new_asset_ids(count),
            "kind": batch.kinds,
            "authority": [self._authority] * count,
            **{name: _stored(name, batch.columns[name]) for name in CANDIDATE_COLUMNS},
            "ward": self._places.wards(geometries),
            "designations": _designations(self._places, geometries),
            "attributes": _attributes(batch.attributes),
            "record": with_geometry(documents, [body.hex() for body in wkb]),
            "record_hash": record_hashes(documents, positions),
            "position_hash": record_hashes([b""] * count, positions),
            "geom": self._encoded(geometries),
        }
        if self._gpkg:  # for the R*Tree
            for name, values in zip(("min_x", "min_y", "max_x", "max_y"), bounds, strict=True):
                staged[name] = values.tolist()
        return {name: values for name, values in staged.items() if _has_values(values)}

    def _encoded(self, geometries: NDArray[np.object_]) -> Sequence[object]:
        if self._gpkg:
            return gpkg_geometry.encode(geometries, self._srid)
        placed = shapely.set_srid(geometries, self._srid)
        encoded: list[object] = shapely.to_wkb(placed, hex=True, include_srid=True).tolist()
        return encoded


def _has_values(values: Sequence[object]) -> bool:
    return values.count(None) != len(values)


def _stored(name: str, values: Sequence[object]) -> Sequence[object]:
    if name == "observed_on":
        return [None if value is None else str(value) for value in values]
    return values


def _designations(places: Places, geometries: NDArray[np.object_]) -> list[object]:
    return [_json_text(kinds) if kinds else None for kinds in places.designations(geometries)]


def _attributes(attributes: Sequence[dict[str, object]]) -> list[object]:
    return [_json_text(each) if each else "{}" for each in attributes]


def _json_text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
