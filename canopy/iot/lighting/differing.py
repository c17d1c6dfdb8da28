"""What a system and the catalogue say differently of one lamp."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import queries
from canopy.iot.lighting.posts import Post, posts_of
from canopy.iot.lighting.regimes import regime_of
from canopy.iot.lighting.tables import LightingUnit

WATTS = 0.5
"""A smaller difference of wattage is rounding [W]."""
MOST_OTHERS = 10
"""Units that are named beside another on its lamppost."""


class Difference(NamedTuple):
    """One field of a matched unit: `lamp_w` or `switch_regime`."""

    unit: int
    system: str
    unit_ref: str
    asset_id: str
    lamppost: str
    field: str
    in_system: str
    in_catalogue: str


class Sharing(NamedTuple):
    """A unit on a lamppost that other units are on too: a second lantern, or a wrong match."""

    unit: int
    system: str
    unit_ref: str
    asset_id: str
    lamppost: str
    matched_by: str
    others: tuple[str, ...]


def sharing(
    session: Session, database: Database, principal: Principal, after: int, limit: int
) -> tuple[list[Sharing], int | None]:
    """Of so many units that share a lamppost from a number on; and where the next page begins."""
    units = queries.shared_after(session, after, limit)
    ids = sorted({str(each.asset_id) for each in units})
    posts = posts_of(session, database, principal, ids)
    beside: dict[str, list[LightingUnit]] = defaultdict(list)
    for each in queries.units_of_assets(session, ids):
        beside[str(each.asset_id)].append(each)
    found = [
        Sharing(
            unit.id, unit.system, unit.ref, post.asset_id, post.name, unit.match,
            tuple(
                f"{each.system} {each.ref}" for each in beside[post.asset_id] if each.id != unit.id
            )[:MOST_OTHERS],
        )
        for unit in units
        if (post := posts.get(str(unit.asset_id))) is not None
    ]  # fmt: skip
    return found, units[-1].id if len(units) == limit else None


def differences(
    session: Session, database: Database, principal: Principal, after: int, limit: int
) -> tuple[list[Difference], int | None]:
    """Of so many matched units from a number on; and where the next page begins.

    What one of the two does not say differs from nothing.
    """
    units = queries.matched_after(session, after, limit)
    posts = posts_of(session, database, principal, [str(each.asset_id) for each in units])
    found = [
        each
        for unit in units
        if (post := posts.get(str(unit.asset_id))) is not None
        for each in differences_of(unit, post)
    ]
    return found, units[-1].id if len(units) == limit else None


def differences_of(unit: LightingUnit, post: Post) -> Iterator[Difference]:
    """What one unit and its lamppost say differently."""
    named = (unit.id, unit.system, unit.ref, post.asset_id, post.name)
    watts = post.attributes.get("lamp_w")
    if unit.lamp_w is not None and watts is not None and abs(unit.lamp_w - watts) >= WATTS:
        yield Difference(*named, "lamp_w", f"{unit.lamp_w:g}", f"{watts:g}")
    regime = post.attributes.get("switch_regime")
    if unit.regime and regime and not _same(unit.regime, str(regime)):
        yield Difference(*named, "switch_regime", unit.regime, str(regime))


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same regime, or the same text where one says none."""
    try:
        return regime_of(one) == regime_of(other)
    except Refused:
        return " ".join(one.lower().split()) == " ".join(other.lower().split())
