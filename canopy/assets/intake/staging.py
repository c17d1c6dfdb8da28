"""Candidates to staging rows: identity, record, hash, place and geometry of each."""

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


class RowStager:
    """Turns batches into staging rows for one database and one source."""

    def __init__(self, *, srid: int, gpkg: bool, authority: str | None, places: Places) -> None:
        self._srid = srid
        self._gpkg = gpkg
        self._authority = authority
        self._places = places
        self._ordinal = 0

    def rows(self, batch: CandidateBatch) -> list[tuple[object, ...]]:
        """Rows in the order of `queries.STAGE_COLUMNS`."""
        count = len(batch)
        geometries = batch.geometries
        documents = [to_json(record) for record in records_of(batch, self._authority)]
        positions = position_keys(geometries)
        columns = [self._stored(name, batch.columns[name]) for name in CANDIDATE_COLUMNS]
        bounds = shapely.bounds(geometries).T
        hexes = shapely.to_wkb(geometries, hex=True, byte_order=1).tolist()
        first = self._ordinal + 1
        self._ordinal += count
        return list(
            zip(
                range(first, first + count),
                batch.row_numbers,
                new_asset_ids(count),
                batch.kinds,
                [self._authority] * count,
                *columns,
                self._places.wards(geometries),
                [_json_text(list(kinds)) if kinds else None
                 for kinds in self._places.designations(geometries)],
                [_json_text(attributes) for attributes in batch.attributes],
                with_geometry(documents, hexes),
                record_hashes(documents, positions),
                record_hashes([b""] * count, positions),
                bounds[0].tolist(),
                bounds[2].tolist(),
                bounds[1].tolist(),
                bounds[3].tolist(),
                self._encoded(geometries),
                strict=True,
            )
        )  # fmt: skip

    def _stored(self, name: str, values: Sequence[object]) -> Sequence[object]:
        if name == "observed_on":
            return [None if value is None else str(value) for value in values]
        return values

    def _encoded(self, geometries: NDArray[np.object_]) -> Sequence[object]:
        if self._gpkg:
            return gpkg_geometry.encode(geometries, self._srid)
        placed = shapely.set_srid(geometries, self._srid)
        encoded: list[object] = shapely.to_wkb(placed, hex=True, include_srid=True).tolist()
        return encoded


def _json_text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
