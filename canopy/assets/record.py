"""An asset as one JSON record: the form that revisions keep and hashes are taken of.

A record holds only what is known (no nulls): the common columns a source or an officer
can set, ``attributes``, and ``geom`` as WKB in hex, in the storage CRS. Derived columns
(`ward`, `designations`) and Canopy's own (`version`, times) are not part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def documents_of(
    batch: CandidateBatch, authority: str | None, attributes: Sequence[str]
) -> list[str]:
    """One JSON object a row, without geometry, keys sorted; `attributes` are JSON texts too.

    Joined from fragments of columns: most columns repeat few values, and each is written once.
    """
    count = len(batch)
    columns: dict[str, Sequence[str]] = {
        name: _fragments(name, batch.columns[name])
        for name in CANDIDATE_COLUMNS
        if _any_known(batch.columns[name])
    }
    columns["kind"] = _fragments("kind", batch.kinds)
    columns["attributes"] = [f'"attributes":{a}' if a != "{}" else "" for a in attributes]
    if authority is not None:
        columns["authority"] = _fragments("authority", [authority]) * count
    rows = zip(*(columns[name] for name in sorted(columns)), strict=True)
    return ["{" + ",".join(filter(None, row)) + "}" for row in rows]


def _fragments(name: str, values: Sequence[object]) -> list[str]:
    """``"name":value`` for each value, nothing for None."""
    if len(set(map(type, values)) - {type(None)}) > 1:  # 1 and True are one key
        return [_fragment(name, value) for value in values]
    written = {value: _fragment(name, value) for value in set(values)}
    return [written[value] for value in values]


def _fragment(name: str, value: object) -> str:
    return "" if value is None else f'"{name}":{orjson.dumps(value).decode()}'


def _any_known(values: Sequence[object]) -> bool:
    return values.count(None) != len(values)


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


def record_hashes(documents: Sequence[str], positions: Sequence[bytes]) -> list[int]:
    """64-bit signed hashes of what a source says of each asset, position included."""
    digests = b"".join(
        blake2b(document.encode() + position, digest_size=8).digest()
        for document, position in zip(documents, positions, strict=True)
    )
    hashes: list[int] = np.frombuffer(digests, dtype="<i8").tolist()
    return hashes


def with_geometry(documents: Sequence[str], wkb_hex: Sequence[str]) -> list[str]:
    """Documents with ``geom`` put in, ready to store."""
    return [
        f'{document[:-1]},"geom":"{geom}"}}'
        for document, geom in zip(documents, wkb_hex, strict=True)
    ]
