"""Lampposts of the catalogue, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.batches import AssetBatch
from canopy.assets.filtering import parse_filter
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.db.engine import Database
from canopy.iot.lighting import queries

_CHUNK = 100
_KINDS = (str(Kind.lamppost),)


@dataclass(frozen=True, slots=True)
class Post:
    """A lamppost. geometry: in the storage CRS, None where it is not known or not shown."""

    asset_id: str
    source: str
    ref: str
    street: str
    attributes: Mapping[str, Any]
    geometry: BaseGeometry | None

    @property
    def name(self) -> str:
        """How people name it."""
        return f"{self.source}:{self.ref}" if self.ref else self.asset_id


def all_posts(session: Session, database: Database, principal: Principal) -> Iterator[Post]:
    """Every lamppost that a principal sees, in the order in which they were added."""
    selection = Selection(kinds=_KINDS)
    for batch in stream(session, selection, principal, SensitivityPolicy(), database.srid):
        yield from _posts(batch)


def posts_of(
    session: Session, database: Database, principal: Principal, asset_ids: Sequence[str]
) -> dict[str, Post]:
    """Those of some assets that are lampposts and that a principal sees."""
    found: dict[str, Post] = {}
    wanted = sorted(set(asset_ids))
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        named = parse_filter(
            {"op": "in", "args": [{"property": "asset_id"}, chunk]},
            "cql2-json",
            database.storage_crs,
        )
        selection = Selection(kinds=_KINDS, filter=named)
        for batch in stream(session, selection, principal, SensitivityPolicy(), database.srid):
            found |= {each.asset_id: each for each in _posts(batch)}
    return found


def with_things(
    database: Database, principal: Principal, at_once: int
) -> Iterator[dict[str, Post]]:
    """Lampposts on which a Thing stands, some at a time."""
    after: str | None = None
    while True:
        with database.reading() as session:
            ids = queries.assets_with_things(session, after, at_once)
            if not ids:
                return
            posts = posts_of(session, database, principal, ids)
        after = ids[-1]
        if posts:
            yield posts


def without_unit(
    session: Session, database: Database, principal: Principal, after: int, limit: int
) -> list[tuple[int, Post]]:
    """Lampposts that no listed unit is matched with, each with its place among all; from after
    a place on."""
    matched = queries.matched_ids(session)
    found: list[tuple[int, Post]] = []
    for place, post in enumerate(all_posts(session, database, principal), 1):
        if place > after and post.asset_id not in matched:
            found.append((place, post))
            if len(found) >= limit:
                break
    return found


def _posts(batch: AssetBatch) -> Iterator[Post]:
    columns = batch.columns
    for at in range(len(batch)):
        yield Post(
            str(columns["asset_id"][at]), str(columns["source"][at] or ""),
            str(columns["ref"][at] or ""), str(columns["street"][at] or ""),
            batch.attributes[at] or {}, batch.geometries[at],
        )  # fmt: skip
