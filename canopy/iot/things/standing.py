"""The assets that Things stand on, as whoever registers them may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.filtering import parse_filter
from canopy.assets.offers.writing.importing import one_asset_id
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused

_CHUNK = 100


class Standing(NamedTuple):
    """An asset and its position, in the storage CRS."""

    asset_id: str
    geometry: BaseGeometry | None


def assets_of(
    session: Session, database: Database, references: Iterable[str], principal: Principal
) -> tuple[dict[str, Standing], dict[str, str]]:
    """Assets by the references that name them, and why the other references name none.

    A reference is a UUID, a ref or ``source:ref``.
    """
    ids: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for reference in dict.fromkeys(references):
        try:
            ids[reference] = _id_of(session, reference)
        except (NotFound, Refused) as error:
            wrong[reference] = error.detail
    seen = dict(_seen(session, database, sorted(set(ids.values())), principal))
    for reference, asset_id in ids.items():
        if asset_id not in seen:
            wrong[reference] = (
                f"The asset {reference!r} has been withdrawn, or is not for you to see."
            )
    return {name: seen[each] for name, each in ids.items() if each in seen}, wrong


def asset_of(
    session: Session, database: Database, reference: str, principal: Principal
) -> Standing:
    """The asset that a reference names. Raises NotFound, or Refused for several."""
    found, wrong = assets_of(session, database, [reference], principal)
    if reference in wrong:
        raise NotFound(wrong[reference])
    return found[reference]


def _id_of(session: Session, reference: str) -> str:
    source, colon, ref = reference.partition(":")
    try:
        return one_asset_id(session, f"{source}/{ref}" if colon else reference)
    except NotFound:
        if not colon:
            raise
    return one_asset_id(session, reference)  # a ref may have a colon of its own


def _seen(
    session: Session, database: Database, ids: list[str], principal: Principal
) -> Iterator[tuple[str, Standing]]:
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        wanted = parse_filter(
            {"op": "in", "args": [{"property": "asset_id"}, chunk]},
            "cql2-json",
            database.storage_crs,
        )
        selection = Selection(filter=wanted)
        for batch in stream(session, selection, principal, SensitivityPolicy(), database.srid):
            for asset_id, shape in zip(batch.columns["asset_id"], batch.geometries, strict=True):
                yield str(asset_id), Standing(str(asset_id), shape)
