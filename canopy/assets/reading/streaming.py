"""Batches of assets as a principal may see them: the one way out of the catalogue.

Every reader (export, map, list, search) takes its assets from `stream`, which cuts each
batch by the sensitivity policy first and tests conditions and area on what is left, so
that a filter can tell nothing that the result does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.orm import Session

from canopy.access.rules import READING_ROLES, Principal
from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.filtering import FieldFinder, evaluate
from canopy.assets.filtering.predicates import Every, Fixed, Predicate, Spatial
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.places import Places
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import areas
from canopy.assets.reading import queries
from canopy.assets.reading.history import state_at
from canopy.assets.reading.selection import Selection
from canopy.db import gpkg_geometry
from canopy.errors import BadFilter

BATCH_ROWS = 10_000
_POSITION = {name: place for place, name in enumerate(queries.ROW_COLUMNS)}
_TIMES = ("created_at", "updated_at", "withdrawn_at")


def stream(
    session: Session,
    selection: Selection,
    principal: Principal,
    policy: SensitivityPolicy,
    srid: int,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[AssetBatch]:
    """The selected assets, redacted for `principal`, in the order they were added.

    Raises BadFilter for a condition or filter on a field this principal may not see, in the
    same words as for one that does not exist.
    """
    kinds = _visible_kinds(selection, principal, policy)
    if not kinds:
        return
    search = _search(selection, kinds, principal, policy, srid)
    places = Places(areas(session)) if selection.as_of is not None else None
    for rows in queries.selected_rows(session, search, batch_rows):
        whole = batch_of(rows)
        if selection.as_of is not None and places is not None:
            shown = _shown_now(whole, principal, policy)
            fids = [int(row[0]) for row, seen in zip(rows, shown, strict=True) if seen]
            whole = state_at(session, _keep(whole, shown), fids, selection.as_of, places)
        batch = policy.redact(_keep(whole, _wanted(whole, kinds)), principal)
        batch = _keep(batch, _satisfying(batch, selection, search.predicate))
        if len(batch):
            yield batch


def count_selected(
    session: Session,
    selection: Selection,
    principal: Principal,
    policy: SensitivityPolicy,
    srid: int,
) -> int:
    """How many assets `stream` gives: by the database where it can tell, else by streaming."""
    kinds = _visible_kinds(selection, principal, policy)
    if not kinds:
        return 0
    search = _search(selection, kinds, principal, policy, srid)
    levels = _visible_levels(principal, policy)
    counted = queries.counted(session, search, [str(kind) for kind in kinds], levels)
    if counted is not None:
        return counted
    return sum(len(batch) for batch in stream(session, selection, principal, policy, srid))


def _search(
    selection: Selection,
    kinds: Sequence[Kind],
    principal: Principal,
    policy: SensitivityPolicy,
    srid: int,
) -> queries.Search:
    fields = FieldFinder(tuple(kinds), principal, policy)
    parts = [condition.resolved(fields) for condition in selection.conditions]
    if selection.filter is not None:
        parts.append(selection.filter.resolved(fields))
    if selection.area is not None:
        parts.append(Spatial("s_intersects", selection.area))
    margin_m = max(policy.search_margin_m(kind, principal) for kind in kinds)
    predicate = Every(tuple(parts)) if parts else Fixed(True)
    return queries.Search(selection, predicate, margin_m, srid)


def _visible_levels(principal: Principal, policy: SensitivityPolicy) -> list[str] | None:
    """The sensitivities of assets that are seen; None where even an unknown one is."""
    if policy.sees_asset("", principal):
        return None
    return [str(role) for role in READING_ROLES if policy.sees_asset(role, principal)]


def _visible_kinds(
    selection: Selection, principal: Principal, policy: SensitivityPolicy
) -> list[Kind]:
    wanted = []
    for name in selection.kinds or tuple(KINDS):
        try:
            wanted.append(Kind(name))
        except ValueError as error:
            raise BadFilter(
                f"{name!r} is no kind of asset; the kinds are {', '.join(KINDS)}."
            ) from error
    return [kind for kind in wanted if policy.sees_kind(kind, principal)]


def _shown_now(
    batch: AssetBatch, principal: Principal, policy: SensitivityPolicy
) -> NDArray[np.bool_]:
    """Which assets may be seen as they are today: what is hidden now is hidden in the past."""
    levels = batch.columns["sensitivity"]
    seen = {level: policy.sees_asset(level, principal) for level in set(levels)}  # type: ignore[arg-type]
    return np.fromiter((seen[level] for level in levels), dtype=np.bool_)


def _wanted(batch: AssetBatch, kinds: Sequence[Kind]) -> NDArray[np.bool_]:
    names = {str(kind) for kind in kinds}
    return np.fromiter((kind in names for kind in batch.columns["kind"]), dtype=bool)


def _satisfying(batch: AssetBatch, selection: Selection, predicate: Predicate) -> NDArray[np.bool_]:
    if not len(batch):
        return np.zeros(0, dtype=bool)
    keep = evaluate(predicate, batch).true
    if not selection.with_withdrawn and "withdrawn_at" in batch.columns:
        keep &= np.fromiter((at is None for at in batch.columns["withdrawn_at"]), dtype=bool)
    return keep


def _keep(batch: AssetBatch, keep: NDArray[np.bool_]) -> AssetBatch:
    if keep.all():
        return batch
    places = np.flatnonzero(keep).tolist()
    return AssetBatch(
        {name: [values[i] for i in places] for name, values in batch.columns.items()},
        [batch.attributes[i] for i in places],
        batch.geometries[keep],
    )


def batch_of(rows: Sequence[Row[Any]]) -> AssetBatch:
    """Rows of either database as one batch, unredacted."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(queries.ROW_COLUMNS)
    columns: dict[str, list[object]] = {
        name: _converted(name, by_column[_POSITION[name]]) for name in COMMON_COLUMNS
    }
    attributes = [_loaded(value) or {} for value in by_column[_POSITION["attributes"]]]
    return AssetBatch(columns, attributes, _shapes(by_column[_POSITION["geom"]]))


def _converted(name: str, values: Sequence[Any]) -> list[object]:
    convert = _CONVERSIONS.get(name)
    return list(values) if convert is None else [convert(value) for value in values]


def _loaded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def _time(value: Any) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value.astimezone(UTC) if value is not None else None


def _date(value: Any) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


_CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "asset_id": str,
    "designations": lambda value: tuple(_loaded(value) or ()),
    "observed_on": _date,
    **dict.fromkeys(_TIMES, _time),
}


def _shapes(stored: Sequence[Any]) -> NDArray[np.object_]:
    if any(isinstance(value, bytes) for value in stored):
        return gpkg_geometry.decode(list(stored))
    shapes: NDArray[np.object_] = shapely.set_srid(
        shapely.from_wkb(np.array(stored, dtype=object)), 0
    )
    return shapes
