"""Tilt and vibration suggest a condition grade; an officer takes it over or refuses it.

The limits are Canopy's own, to be set for a council's columns; no standard is behind them. A
grade that readings suggest is a reason to look, not the result of an inspection.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.editing.writing.proposed import ProposedAsset
from canopy.assets.editing.writing.writer import AssetState, AssetWriter, Settled, Target
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.posts import with_things
from canopy.iot.lighting.streams import resting_on_single, streams_of
from canopy.iot.lighting.tables import ConditionProposal
from canopy.iot.store.opening import Readings

AT_ONCE = 100
MOST_READINGS = 200_000
_BASELINE = 50
"""First readings of a tilt sensor, whose median is how it was mounted."""
_LEAST = 5
"""Readings that a suggestion rests on at least."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a grade is suggested.

    leaning_deg, falling_deg: change of tilt since the sensor was mounted, for grades 4 and 5.
    shaking_m_s2: vibration (RMS) for grade 4.
    """

    leaning_deg: float = 3.0
    falling_deg: float = 8.0
    shaking_m_s2: float = 5.0


@dataclass(slots=True)
class Proposed:
    """What came of looking. `left_out`: datastreams that nobody may have readings of."""

    lampposts: int = 0
    proposed: int = 0
    known: int = 0
    left_out: int = 0


def propose(
    database: Database,
    readings: Readings,
    principal: Principal,
    now: datetime,
    *,
    window: timedelta = timedelta(days=7),
    limits: Limits = Limits(),
) -> Proposed:
    """Propose grades from what lampposts told within a window before now.

    One that is open, or was refused for the same grade, is not proposed again. Raises
    StorageUnavailable.
    """
    done = Proposed()
    for posts in with_things(database, principal, AT_ONCE):
        ids = list(posts)
        with database.reading() as session:
            on = streams_of(session, ids, ("tilt", "vibration"))
        streams = {each.number: (each.asset_id, each.told) for each in on.told}
        done.left_out += on.left_out.total()
        done.lampposts += len({asset_id for asset_id, _ in streams.values()})
        if not streams:
            continue
        with readings.reading() as session:
            found = _suggested(session, streams, now - window, now, limits)
        with database.writing() as session:
            newest = queries.last_proposals(session, list(found)).values()
            last = {each.asset_id: each for each in resting_on_single(session, newest)}
            for asset_id in (each for each in ids if each in found):
                grade, reason, evidence = found[asset_id]
                if (posts[asset_id].attributes.get("condition") or 0) >= grade or _is_known(
                    last.get(asset_id), grade
                ):
                    done.known += 1
                    continue
                session.add(
                    ConditionProposal(
                        asset_id=asset_id, condition=grade, reason=reason, evidence=evidence,
                        state="open", proposed_at=now, note="",
                    )
                )  # fmt: skip
                done.proposed += 1
    return done


def _is_known(last: ConditionProposal | None, grade: int) -> bool:
    return last is not None and last.condition >= grade and last.state in ("open", "refused")


Suggestion = tuple[int, str, dict[str, Any]]


def _suggested(
    session: Session,
    streams: dict[int, tuple[str, roles.Told]],
    begin: datetime,
    end: datetime,
    limits: Limits,
) -> dict[str, Suggestion]:
    rows = queries.observed(session, list(streams), begin, end, MOST_READINGS + 1)
    if len(rows) > MOST_READINGS:
        raise Refused(f"Over {MOST_READINGS:,} readings lie in this window; take a shorter one.")
    values: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    for number, at, result, _, _ in rows:
        if result is not None:
            values[number].append((at, result * streams[number][1].factor))
    found: dict[str, Suggestion] = {}
    for number, dated in values.items():
        if len(dated) < _LEAST:
            continue
        asset_id, told = streams[number]
        made = (
            _of_tilt(session, number, told, dated, limits)
            if told.role == "tilt"
            else _of_vibration(number, dated, limits)
        )
        if made is not None and made[0] > found.get(asset_id, (0,))[0]:
            found[asset_id] = made
    return found


def _of_tilt(
    session: Session,
    number: int,
    told: roles.Told,
    dated: list[tuple[datetime, float]],
    limits: Limits,
) -> Suggestion | None:
    mounted = median(queries.first_observed(session, number, _BASELINE)) * told.factor
    now = median(value for _, value in dated)
    change = abs(now - mounted)
    if change < limits.leaning_deg:
        return None
    grade = 5 if change >= limits.falling_deg else 4
    reason = f"tilt changed by {change:.1f} degrees, from {mounted:.1f} to {now:.1f}"
    return grade, reason, _evidence(number, dated, limits) | {"mounted_deg": mounted, "deg": now}


def _of_vibration(
    number: int, dated: list[tuple[datetime, float]], limits: Limits
) -> Suggestion | None:
    strong = median(value for _, value in dated)
    if strong < limits.shaking_m_s2:
        return None
    reason = f"vibrates at {strong:.1f} m/s2, over {limits.shaking_m_s2:g}"
    return 4, reason, _evidence(number, dated, limits) | {"m_s2": strong}


def _evidence(number: int, dated: list[tuple[datetime, float]], limits: Limits) -> dict[str, Any]:
    return {
        "datastream": number, "readings": len(dated), "from": dated[0][0].isoformat(),
        "to": dated[-1][0].isoformat(), "leaning_deg": limits.leaning_deg,
        "falling_deg": limits.falling_deg, "shaking_m_s2": limits.shaking_m_s2,
    }  # fmt: skip


class _Any:
    def holds(self, state: AssetState) -> bool:
        """Whatever the asset's version: only its condition is changed."""
        return True


def accept(
    database: Database, number: int, principal: Principal, now: datetime, settled: Settled
) -> ConditionProposal:
    """Give the asset the proposed grade, as a revision that names the readings, not their values:
    more people read an asset's history than may have those. Raises NotFound, and Refused for one
    that was decided, or whose datastream nobody may have readings of.
    """
    with database.reading() as session:
        found = _open(session, queries.proposal_seen(session, number), number)
        asset_id, grade = found.asset_id, found.condition
        reason = (
            f"Proposal {number} of {found.proposed_at:%Y-%m-%d}: readings suggest grade {grade} "
            f"(datastream {found.evidence['datastream']}, {found.evidence['readings']} readings)"
        )
    writer = AssetWriter(database, SensitivityPolicy(), principal, reason, settled)
    writer.change(
        Target(asset_id, (Kind.lamppost,), _Any()),
        ProposedAsset({"condition": grade}, None, is_whole=False),
    )
    return _decide(database, number, principal, now, "accepted", "")


def refuse(
    database: Database, number: int, principal: Principal, now: datetime, note: str
) -> ConditionProposal:
    """Keep the asset as it is, for a reason. Raises NotFound, and Refused as `accept` does."""
    return _decide(database, number, principal, now, "refused", note)


def _decide(
    database: Database, number: int, principal: Principal, now: datetime, state: str, note: str
) -> ConditionProposal:
    with database.writing() as session:
        found = _open(session, queries.proposal(session, number), number)
        found.state, found.decided_at, found.decided_by = state, now, principal.name
        found.note = note
        session.flush()
        session.expunge(found)
    return found


def _open(session: Session, found: ConditionProposal | None, number: int) -> ConditionProposal:
    if found is None:
        raise NotFound(f"There is no proposal {number}; `canopy iot lighting proposals` has them.")
    if not resting_on_single(session, [found]):
        raise Refused(
            f"Proposal {number} rests on a datastream of personal risk: it is neither told nor "
            "decided. Grade the asset itself, by an inspection."
        )
    if found.state != "open":
        raise Refused(f"Proposal {number} was {found.state} by {found.decided_by} already.")
    return found
