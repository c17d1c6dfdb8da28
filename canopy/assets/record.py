"""An asset as one JSON record: the form that revisions keep and hashes are taken of.

A record holds only what is known (no nulls): the common columns a source or an officer
can set, ``attributes``, and ``geom`` as WKB in hex, in the storage CRS. Derived columns
(`ward`, `designations`) and Canopy's own (`version`, times) are not part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import CANDIDATE_COLUMNS, CandidateBatch

RECORD_COLUMNS: tuple[str, ...] = ("kind", "authority", *CANDIDATE_COLUMNS)
SAME_POSITION_M = 1e-4
"""Coordinates closer than this are one position: transformations agree far better, and
no survey does [m]."""

Record = dict[str, object]


def records_of(batch: CandidateBatch, authority: str | None) -> list[Record]:
    """One record a row, without geometry."""
    names = [name for name in CANDIDATE_COLUMNS if _any_known(batch.columns[name])]
    columns = [batch.columns[name] for name in names]
    shared: Record = {} if authority is None else {"authority": authority}
    rows = zip(*columns, strict=True) if columns else [()] * len(batch)
    records: list[Record] = []
    for kind, attributes, values in zip(batch.kinds, batch.attributes, rows, strict=True):
        record: Record = {"kind": kind, **shared}
        for name, value in zip(names, values, strict=True):
            if value is not None:
                record[name] = value
        if attributes:
            record["attributes"] = attributes
        records.append(record)
    return records


def _any_known(values: Sequence[object]) -> bool:
    return values.count(None) != len(values)


def to_json(record: Mapping[str, object]) -> bytes:
    """Compact JSON with sorted keys; dates as ISO text."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a record")


def position_keys(geometries: NDArray[np.object_]) -> list[bytes]:
    """Bytes that are equal where geometries are, to `SAME_POSITION_M`."""
    kinds = shapely.get_type_id(geometries)
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    rounded = np.round(coordinates / SAME_POSITION_M).astype(np.int64)
    if (kinds == 0).all() and len(owner) == len(geometries):
        flat = rounded.tobytes()
        return [flat[i : i + 16] for i in range(0, len(flat), 16)]
    ends = np.searchsorted(owner, np.arange(len(geometries) + 1))
    return [
        bytes([int(kind) & 0xFF]) + rounded[start:end].tobytes()
        for kind, start, end in zip(kinds, ends[:-1], ends[1:], strict=True)
    ]


def record_hashes(documents: Sequence[bytes], positions: Sequence[bytes]) -> list[int]:
    """64-bit signed hashes of what a source says of each asset, position included."""
    digests = b"".join(
        blake2b(document + position, digest_size=8).digest()
        for document, position in zip(documents, positions, strict=True)
    )
    hashes: list[int] = np.frombuffer(digests, dtype="<i8").tolist()
    return hashes


def with_geometry(documents: Sequence[bytes], wkb_hex: Sequence[str]) -> list[str]:
    """Documents with ``geom`` put in, ready to store."""
    return [
        f'{document[:-1].decode()},"geom":"{geom}"}}'
        for document, geom in zip(documents, wkb_hex, strict=True)
    ]
