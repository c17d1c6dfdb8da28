"""Which datastreams and Things a rule is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.assets.filtering import parse_filter
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import areas
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.db.engine import Database
from canopy.geo.crs import WGS84
from canopy.geo.transforming import transformer
from canopy.iot.privacy import leaves_raw
from canopy.iot.rules import queries
from canopy.iot.rules.conditions import Fence, Ingestion, Rate, Ring, Threshold
from canopy.iot.rules.rule import Rule, Select

_CHUNK = 100
_WATCHER = Principal(Role.admin, "canopy:watch")
"""Rules see every asset: which ones a rule is about is not told."""


class Candidate(NamedTuple):
    """A datastream as rules select it. `place`: of its Thing, WGS 84."""

    stream_id: int
    stream: str
    unit: str | None
    data_class: str
    since: datetime
    thing_id: int
    thing: str
    source: str
    asset_id: str | None
    asset_kind: str | None
    property: str
    definition: str
    place: BaseGeometry | None


class Subject(NamedTuple):
    """What an alarm is about. `since`: silence is not reckoned from before. `is_personal`: its
    values are for nobody, so none is kept with the alarm."""

    key: str
    thing: str = ""
    stream: str = ""
    unit: str | None = None
    is_personal: bool = False
    datastream_id: int | None = None
    thing_id: int | None = None
    asset_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """Subjects of a rule by key, and by datastream which one hears it. `problem`: why none."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    heard_by: dict[int, str] = field(default_factory=dict)
    fence: BaseGeometry | None = None
    other_unit: int = 0
    """Streams that were left out because their unit is another."""
    problem: str = ""


def named_areas(session: Session, name: str) -> list[BaseGeometry]:
    """Geometries of the areas of that name or code, in the storage CRS."""
    return [each.geometry for each in areas(session) if name in (each.name, each.code)]


def candidates(session: Session, database: Database) -> list[Candidate]:
    """Every datastream that rules may select, with its Thing's place and kind of asset."""
    rows = queries.selectable(session)
    spots: dict[int, BaseGeometry | None] = {each[0]: each[1] for each in queries.places(session)}
    asset_ids = sorted({row.asset_id for row in rows if row.asset_id is not None})
    standing = dict(_assets(session, database, asset_ids))
    nowhere: tuple[str | None, BaseGeometry | None] = (None, None)
    found, shapes = [], []
    for row in rows:
        kind, position = standing.get(row.asset_id, nowhere)
        shapes.append(spots.get(row.thing_id) or position)
        found.append(
            Candidate(
                row.id, row.name or row.stream, row.unit_ucum, row.data_class, row.created_at,
                row.thing_id, row.thing, row.source, row.asset_id, kind, row.property,
                row.definition, None,
            )
        )  # fmt: skip
    placed = _in_degrees(shapes, database.storage_crs)
    return [one._replace(place=each) for one, each in zip(found, placed, strict=True)]


def select(
    session: Session, database: Database, rule: Rule, among: Sequence[Candidate]
) -> Selected:
    """What a rule is about, of these candidates; no stream, where it is about ingestion."""
    if isinstance(rule.when, Ingestion):
        return Selected()
    fence = None
    if isinstance(rule.when, Fence):
        fence = _area(session, database, rule.when.area, rule.when.polygon)
        if fence is None:
            return Selected(problem=f"the area {rule.when.area!r} is not in the catalogue")
    inside = None
    if rule.select.area is not None or rule.select.polygon is not None:
        inside = _area(session, database, rule.select.area, rule.select.polygon)
        if inside is None:
            return Selected(problem=f"the area {rule.select.area!r} is not in the catalogue")
    fits = [each for each in among if _fits(rule.select, each, inside)]
    unit = rule.when.unit if isinstance(rule.when, Threshold | Rate) else None
    same = [each for each in fits if unit is None or each.unit == unit]
    subjects: dict[str, Subject] = {}
    heard_by: dict[int, str] = {}
    for each in same:
        subject = _subject(each, of_thing=isinstance(rule.when, Fence))
        subjects.setdefault(subject.key, subject)
        heard_by[each.stream_id] = subject.key
    return Selected(subjects, heard_by, fence, len(fits) - len(same))


def _subject(each: Candidate, *, of_thing: bool) -> Subject:
    named = Subject(
        f"stream:{each.stream_id}", each.thing, each.stream, each.unit,
        not leaves_raw(each.data_class, Role.estates), each.stream_id, each.thing_id, each.asset_id,
        each.since,
    )  # fmt: skip
    if not of_thing:
        return named
    return named._replace(key=f"thing:{each.thing_id}", stream="", unit=None, datastream_id=None)


def _fits(asked: Select, each: Candidate, inside: BaseGeometry | None) -> bool:
    if asked.property is not None and asked.property not in (each.property, each.definition):
        return False
    names = (str(each.thing_id), each.source, each.thing)
    if asked.things and not any(name in asked.things for name in names if name):
        return False
    if asked.asset_kinds and each.asset_kind not in asked.asset_kinds:
        return False
    if inside is None:
        return True
    return each.place is not None and bool(shapely.intersects(inside, each.place))


def _area(
    session: Session, database: Database, name: str | None, ring: Ring | None
) -> BaseGeometry | None:
    """An area in WGS 84, ready to be asked often; None where there is none of that name."""
    if ring is not None:
        found: BaseGeometry | None = shapely.make_valid(shapely.Polygon(ring))
    else:
        shapes = named_areas(session, name or "")
        merged = [shapely.union_all(shapes)] if shapes else []
        found = next(iter(_in_degrees(merged, database.storage_crs)), None)
    if found is not None:
        shapely.prepare(found)
    return found


def _in_degrees(
    shapes: Sequence[BaseGeometry | None], storage_crs: str
) -> Iterable[BaseGeometry | None]:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    moved: Iterable[BaseGeometry | None] = transformer(storage_crs, WGS84).geometries(held)
    return moved


def _assets(
    session: Session, database: Database, ids: Sequence[str]
) -> Iterable[tuple[str, tuple[str, BaseGeometry | None]]]:
    for start in range(0, len(ids), _CHUNK):
        wanted: dict[str, object] = {
            "op": "in", "args": [{"property": "asset_id"}, list(ids[start : start + _CHUNK])],
        }  # fmt: skip
        asked = Selection(filter=parse_filter(wanted, "cql2-json", database.storage_crs))
        for batch in stream(session, asked, _WATCHER, SensitivityPolicy(), database.srid):
            named = zip(
                batch.columns["asset_id"], batch.columns["kind"], batch.geometries, strict=True
            )
            for asset_id, kind, shape in named:
                yield str(asset_id), (str(kind), shape)
