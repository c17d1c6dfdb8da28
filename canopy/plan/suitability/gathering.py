"""Facts from the catalogue, as one principal sees it, and the ducts that lead to fibre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.kinds import Kind
from canopy.assets.places import DESIGNATIONS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import areas
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.db.engine import Database
from canopy.errors import LimitExceeded
from canopy.plan.suitability.fact_names import FACTS, NONE
from canopy.plan.suitability.facts import Assets, Column, Facts, Numbers, Words
from canopy.plan.suitability.queries import held_on
from canopy.plan.suitability.reading import BatchReader, Told, as_number, as_words
from canopy.plan.suitability.rules import Rules

MOST_ASSETS = 250_000
"""Assets that are scored at once; each takes about a kilobyte."""
UNDERGROUND = (Kind.duct, Kind.fibre, Kind.chamber)
_UNUSED = frozenset({"proposed", "planned", "underConstruction", "decommissioned"})
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What lies in the ground and can be seen exactly.

    Attributes:
        ducts: that a cable can go through, as far as is known.
        fibre: routes that are there.
        chambers: points or outlines.
        left_out: ducts that are full, blocked or not there.
        hidden: ducts, routes and chambers whose course is not seen.
    """

    ducts: Geometries
    fibre: Geometries
    chambers: Geometries
    left_out: int
    hidden: int


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Facts that are assets' own, and the lines.

    Attributes:
        storage_crs: of all positions, in metres.
        role: whose eyes they are for.
        day: on which ages were counted.
    """

    facts: Facts
    lines: Lines
    storage_crs: str
    role: Role
    day: date


def gather(
    session: Session, database: Database, principal: Principal, rules: Rules, day: date
) -> Gathered:
    """All that the rules' technologies can use. Raises LimitExceeded beyond `MOST_ASSETS`."""
    scored = {str(kind) for each in rules.technologies.values() for kind in each.kinds}
    wanted = sorted(scored | {str(kind) for kind in UNDERGROUND})
    held = held_on(session, day) if principal.role.reaches(Role.planner) else None
    loaded = {each.kind for each in areas(session)} & set(DESIGNATIONS)
    gathering = _Gathering(
        Told(day, principal.role, held), frozenset(scored), rules.network.full_from_pct
    )
    for batch in stream(
        session, Selection(kinds=tuple(wanted)), principal, SensitivityPolicy(), database.srid
    ):
        gathering.add(batch)
    facts = gathering.facts(frozenset(loaded | set(rules.none_here)))
    return Gathered(facts, gathering.lines(), database.storage_crs, principal.role, day)


class _Gathering:
    """Assets so far, column by column."""

    def __init__(self, told: Told, scored: frozenset[str], full_from_pct: float) -> None:
        self._told, self._scored, self._full = told, scored, full_from_pct
        self._values: dict[str, list[Any]] = {}
        self._named: dict[str, list[Any]] = {name: [] for name in _NAMES}
        self._x: list[NDArray[np.float64]] = []
        self._y: list[NDArray[np.float64]] = []
        self._shapes: dict[Kind, list[Geometries]] = {kind: [] for kind in UNDERGROUND}
        self._left_out = self._hidden = 0

    def add(self, batch: AssetBatch) -> None:
        kinds = [str(kind) for kind in batch.columns["kind"]]
        exact = _exact(batch)
        self._underground(batch, kinds, exact)
        rows = [i for i, kind in enumerate(kinds) if kind in self._scored]
        if not rows:
            return
        if len(self._named["asset_id"]) + len(rows) > MOST_ASSETS:
            raise LimitExceeded(f"more than {MOST_ASSETS:,} assets would be scored at once")
        part = AssetBatch(
            {name: [values[i] for i in rows] for name, values in batch.columns.items()},
            [batch.attributes[i] for i in rows],
            batch.geometries[rows],
        )
        for name, values in BatchReader(part, self._told).facts().items():
            self._values.setdefault(name, []).extend(values)
        for name, kept in self._named.items():
            kept.extend(part.columns.get(name, [None] * len(rows)))
        x, y = _positions(part.geometries, exact[rows])
        self._x.append(x)
        self._y.append(y)

    def _underground(self, batch: AssetBatch, kinds: list[str], exact: NDArray[np.bool_]) -> None:
        for i, kind in enumerate(kinds):
            if kind not in UNDERGROUND:
                continue
            if not exact[i]:
                self._hidden += 1
            elif self._usable(kind, batch.columns["status"][i], batch.attributes[i]):
                self._shapes[Kind(kind)].append(batch.geometries[i : i + 1])
            else:
                self._left_out += 1

    def _usable(self, kind: str, status: object, attributes: Mapping[str, Any]) -> bool:
        if status in _UNUSED:
            return False
        return kind != Kind.duct or not (
            attributes.get("rod_result") == "blocked"
            or attributes.get("capacity_state") == "full"
            or (attributes.get("occupied_pct") or 0) >= self._full
        )

    def facts(self, told_of: frozenset[str]) -> Facts:
        columns = {name: _column(name, values, told_of) for name, values in self._values.items()}
        x, y = (np.concatenate(each) if each else np.zeros(0) for each in (self._x, self._y))
        named = {name: tuple(values) for name, values in self._named.items()}
        return Facts(Assets(**named, x_m=x, y_m=y), columns)

    def lines(self) -> Lines:
        ducts, fibre, chambers = (_together(self._shapes[kind]) for kind in UNDERGROUND)
        return Lines(ducts, fibre, chambers, self._left_out, self._hidden)


_NAMES = ("asset_id", "source", "ref", "name", "kind", "ward", "street")


def _column(name: str, values: Iterable[Any], told_of: frozenset[str]) -> Column:
    if FACTS[name].type == "number":
        return Numbers(np.array([as_number(each) for each in values], dtype=np.float64))
    words = [as_words(each) for each in values]
    if FACTS[name].type == "list":
        words = [(NONE,) if each == () else each for each in words]
        return Words.of(words, told_of)
    return Words.of(words)


def _exact(batch: AssetBatch) -> NDArray[np.bool_]:
    cells = batch.columns.get(GENERALISED_COLUMN, [None] * len(batch))
    shown = ~(shapely.is_missing(batch.geometries) | shapely.is_empty(batch.geometries))
    exact: NDArray[np.bool_] = shown & np.fromiter((cell is None for cell in cells), np.bool_)
    return exact


def _positions(
    shapes: Geometries, exact: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.full((2, shapes.size), np.nan)
    points = shapely.point_on_surface(shapes[exact])
    x[exact], y[exact] = shapely.get_x(points), shapely.get_y(points)
    return x, y


def _together(parts: list[Geometries]) -> Geometries:
    return np.concatenate(parts) if parts else np.empty(0, dtype=object)


def known_fields(
    session: Session, database: Database, principal: Principal, kinds: Iterable[str],
    asset_ids: frozenset[str],
) -> dict[str, dict[str, object]]:  # fmt: skip
    """What the catalogue holds of some assets, by id and field, as the principal sees them."""
    selection = Selection(kinds=tuple(sorted(set(kinds))))
    found: dict[str, dict[str, object]] = {}
    for batch in stream(session, selection, principal, SensitivityPolicy(), database.srid):
        for i, asset_id in enumerate(batch.columns["asset_id"]):
            if asset_id in asset_ids:
                common = {name: values[i] for name, values in batch.columns.items()}
                found[str(asset_id)] = {**common, **batch.attributes[i]}
    return found
