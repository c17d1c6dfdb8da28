"""The catalogue as a report's readers may see it: counted, spread out, and compared."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.places import WARD
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import areas
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.plan.overlaps import Duplicates, duplicates
from canopy.plan.report.material import (
    NO_SHAPES,
    NOWHERE,
    Geometries,
    KindCount,
    Spread,
    points_of,
)
from canopy.plan.scenarios.computing import Inputs

_KNOWN = ("power", "height_m", "owner")
_ROUTES = ("LineString", "MultiLineString")


def seen(session: Session, reader: Principal, inputs: Inputs) -> tuple[list[KindCount], Spread]:
    """Assets by kind, and where they lie, as `reader` may see both."""
    counts: Counter[str] = Counter()
    known: dict[str, Counter[str]] = {name: Counter() for name in _KNOWN}
    dots, routes = [NOWHERE], [NO_SHAPES]
    for batch in stream(session, Selection(), reader, SensitivityPolicy(), inputs.database.srid):
        kinds = [str(kind) for kind in batch.columns["kind"]]
        counts.update(kinds)
        for name in _KNOWN:
            values = batch.columns.get(name, [None] * len(kinds))
            pairs = zip(kinds, values, strict=True)
            known[name].update(kind for kind, value in pairs if value is not None)
        shapes = batch.geometries[_exact(batch)]
        is_route = np.isin([each.geom_type for each in shapes], _ROUTES)
        routes.append(shapes[is_route])
        dots.append(points_of(shapes[~is_route]))
    review = [
        KindCount(kind, count, *(known[name][kind] for name in _KNOWN))
        for kind, count in sorted(counts.items())
    ]
    wards = [each for each in areas(session) if each.kind == WARD]
    crs = inputs.database.storage_crs
    return review, Spread(crs, wards, np.concatenate(dots), np.concatenate(routes))


def _exact(batch: AssetBatch) -> list[int]:
    """Rows whose place is there, and is not coarse."""
    coarse = batch.columns.get(GENERALISED_COLUMN, [None] * len(batch))
    empty = shapely.is_missing(batch.geometries)
    return [row for row in range(len(batch)) if coarse[row] is None and not empty[row]]


def duplicated(session: Session, principal: Principal, inputs: Inputs) -> Duplicates:
    """Of what the scenario's eyes see exactly: a coarse place is beside nothing."""
    kinds: list[str] = []
    departments: list[str | None] = []
    shapes: list[Geometries] = [NO_SHAPES]
    for batch in stream(session, Selection(), principal, SensitivityPolicy(), inputs.database.srid):
        who = batch.columns.get("maintainer", [None] * len(batch))
        coarse = batch.columns.get(GENERALISED_COLUMN, [None] * len(batch))
        exact = [row for row in range(len(batch)) if coarse[row] is None]
        kinds += [str(batch.columns["kind"][row]) for row in exact]
        departments += [None if who[row] is None else str(who[row]) for row in exact]
        shapes.append(batch.geometries[exact])
    return duplicates(kinds, departments, np.concatenate(shapes))
