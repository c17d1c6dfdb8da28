"""Candidates to staged rows: identity, record, hash, place and geometry of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import CANDIDATE_COLUMNS, CandidateBatch
from canopy.assets.identity import new_asset_ids
from canopy.assets.intake import copy_text
from canopy.assets.places import Places
from canopy.assets.record import documents_of, position_keys, record_hashes, with_geometry
from canopy.db import gpkg_geometry


@dataclass(frozen=True, slots=True)
class StagedRows:
    """A batch as its database takes it, of `columns` of `queries.STAGE_COLUMNS`.

    `rows` are tuples for SQLite, or one text in PostgreSQL's COPY format. Columns in
    which nothing is known are left out.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]] | bytes


class RowStager:
    """Turns batches into staged rows for one database and one source."""

    def __init__(self, *, srid: int, gpkg: bool, authority: str | None, places: Places) -> None:
        self._srid = srid
        self._gpkg = gpkg
        self._authority = authority
        self._places = places

    def stage(self, batch: CandidateBatch, first_ordinal: int) -> StagedRows:
        """A batch, ready to be staged; its rows are numbered from `first_ordinal`."""
        columns = self._columns(batch, first_ordinal)
        staged = {name: values for name, values in columns.items() if _has_values(values)}
        if self._gpkg:
            return StagedRows(tuple(staged), list(zip(*staged.values(), strict=True)))
        return StagedRows(tuple(staged), copy_text.lines(list(staged.values())))

    def _columns(self, batch: CandidateBatch, first: int) -> dict[str, Sequence[object]]:
        count = len(batch)
        geometries = batch.geometries
        attributes = [_json_text(each) if each else "{}" for each in batch.attributes]
        documents = documents_of(batch, self._authority, attributes)
        positions = position_keys(geometries)
        wkb = [body.hex() for body in shapely.to_wkb(geometries, byte_order=1, output_dimension=2)]
        staged: dict[str, Sequence[object]] = {
            "ordinal": range(first, first + count),
            "file_row": batch.row_numbers,
            "asset_id": new_asset_ids(count),
            "kind": batch.kinds,
            "authority": [self._authority] * count,
            **{name: _stored(name, batch.columns[name]) for name in CANDIDATE_COLUMNS},
            "ward": self._places.wards(geometries),
            "designations": _designations(self._places, geometries),
            "attributes": attributes,
            "record": with_geometry(documents, wkb),
            "record_hash": record_hashes(documents, positions),
            "position_hash": record_hashes([""] * count, positions),
        }
        if self._gpkg:
            staged["geom"] = gpkg_geometry.encode(geometries, self._srid)
            box = zip(  # for the R*Tree
                ("min_x", "min_y", "max_x", "max_y"), shapely.bounds(geometries).T, strict=True
            )
            staged.update({name: values.tolist() for name, values in box})
        else:
            staged["geom"] = _ewkb(wkb, self._srid)
        return staged


def _ewkb(wkb_hex: Sequence[str], srid: int) -> list[str]:
    """Little-endian 2D WKB with the SRID put in, as PostGIS writes it.

    Source: the PostGIS manual, §4.1.2 (EWKB): flag 0x20000000 in the type, SRID after it.
    """
    number = srid.to_bytes(4, "little").hex()
    return [f"{body[:8]}20{number}{body[10:]}" for body in wkb_hex]


def _has_values(values: Sequence[object]) -> bool:
    return values.count(None) != len(values)


def _stored(name: str, values: Sequence[object]) -> Sequence[object]:
    if name == "observed_on":
        return [None if value is None else str(value) for value in values]
    return values


def _designations(places: Places, geometries: NDArray[np.object_]) -> Sequence[object]:
    found = places.designations(geometries)
    return [_json_text(kinds) if kinds else None for kinds in found]


def _json_text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
