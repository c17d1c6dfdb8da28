"""From staged rows to the catalogue: match, compare, write. One transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import shapely
from sqlalchemy import Row
from sqlalchemy.orm import Session

from canopy.assets import queries
from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake import queries as stage
from canopy.assets.intake.matching import Placed, match_by_position
from canopy.assets.intake.report import DIFFERENCES_SHOWN, Difference
from canopy.assets.record import RECORD_COLUMNS, Record
from canopy.assets.revising import (
    Delta,
    Stated,
    difference,
    flatten,
    merge,
    replay,
    unflatten,
)
from canopy.db import gpkg_geometry
from canopy.db.types import utc_text
from canopy.errors import ImportRefused

CHUNK_ROWS = 1_000
ROWS_NAMED = 20
"""Rows of a survey without an asset that a refusal names."""
_NOT_SURVEYED = frozenset({"kind", "geom", "authority"})


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What the merge must know of the file."""

    source: str
    mapped: frozenset[str]
    """Flat record fields that the mapping carries; the others are left alone."""
    withdraw_missing: bool
    note: queries.ChangeNote
    survey: bool = False
    """Rows add what they state to assets that are there: blanks clear nothing, what an officer
    or an earlier survey said gives way, and no asset is made or moved."""


@dataclass(slots=True)
class MergeOutcome:
    """What was written."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    change_id: int | None = None
    warnings: list[RowIssue] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def merge_stage(session: Session, request: MergeRequest, at: datetime) -> MergeOutcome:
    """Match the staged rows with the catalogue and write what they change."""
    outcome = MergeOutcome()
    stage.lock_for_import(session)
    first_import = not stage.source_has_assets(session, request.source)
    if not first_import:
        _match(session, request.source)
        stage.decide_actions(session)
    counts = stage.action_counts(session)
    if request.survey and counts.get("created"):
        raise _strange_rows(session, request.source)
    outcome.unchanged = counts.get("unchanged", 0)
    outcome.created = counts.get("created", 0)
    missing = (
        stage.missing_assets(session, request.source, stage.staged_kinds(session))
        if request.withdraw_missing
        else []
    )
    updates = _Updates(session, request, at, outcome)
    if outcome.created:
        stored = queries.stored_time(session, at)
        change_id = updates.change_id()
        stage.insert_created(session, request.source, change_id, stored, outcome.created)
    if counts.get("compare"):
        updates.run()
    if missing:
        outcome.differences += _withdrawn(session, missing[:DIFFERENCES_SHOWN], at)
        outcome.withdrawn = queries.withdraw(session, missing, updates.change_id(), at)
    return outcome


def _strange_rows(session: Session, source: str) -> ImportRefused:
    """Rows of a survey that are about no asset of its source."""
    rows = stage.unmatched_file_rows(session)
    named = ", ".join(f"row {row} ({ref or 'no ref'})" for row, ref in rows[:ROWS_NAMED])
    more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
    return ImportRefused(
        f"{named}{more}: the source {source} has no such asset. A survey adds to assets that are "
        "there; correct the column ref, or import new assets without it."
    )


def _withdrawn(session: Session, fids: Sequence[int], at: datetime) -> list[Difference]:
    return [
        Difference(
            row=None, ref=row.ref, asset_id=str(row.asset_id), before={},
            after={"withdrawn_at": utc_text(at)}, action="withdrawn", kinds=(row.kind,),
            sensitivities=(row.sensitivity,),
        )
        for row in stage.named_assets(session, fids)
    ]  # fmt: skip


def _match(session: Session, source: str) -> None:
    stage.match_by_ref(session, source)
    stage.match_by_record(session, source)
    rows = list(_placed(stage.unmatched_rows(session)))
    if rows:
        assets = list(_placed(stage.unmatched_assets(session, source)))
        stage.set_matches(session, match_by_position(rows, assets))


def _placed(rows: Iterator[Row[Any]]) -> Iterator[Placed]:
    for row in rows:
        number, kind, ref, geom = tuple(row)
        if geom is not None:
            yield Placed(number, kind, ref, _shape(geom))


def _shape(stored: object) -> shapely.Geometry:
    if isinstance(stored, bytes):
        return gpkg_geometry.decode_one(stored)
    return shapely.from_wkb(str(stored))


class _Updates:
    """Rows that say something new of an asset that is already there."""

    def __init__(
        self, session: Session, request: MergeRequest, at: datetime, outcome: MergeOutcome
    ) -> None:
        self._session = session
        self._request = request
        self._at = at
        self._outcome = outcome

    def change_id(self) -> int:
        """The import's entry in the change log, made when the first change is."""
        if self._outcome.change_id is None:
            self._outcome.change_id = queries.add_change(
                self._session, self._request.note, self._at
            )
        return self._outcome.change_id

    def run(self) -> None:
        after = 0
        while chunk := stage.rows_to_compare(self._session, after, CHUNK_ROWS):
            self._compare(chunk)
            after = int(chunk[-1].ordinal)

    def _compare(self, rows: Sequence[Row[Any]]) -> None:
        stated = {} if self._request.survey else self._stated([row.fid for row in rows])
        updates: list[queries.AssetUpdate] = []
        hashes: list[tuple[int, int]] = []
        for row in rows:
            update = self._update(row, stated.get(row.fid))
            if update is None:
                self._outcome.unchanged += 1
                hashes.append((row.fid, row.record_hash))
            else:
                self._outcome.updated += 1
                updates.append(update)
        if not self._request.survey:  # the hash is of what the register said
            stage.set_hashes(self._session, hashes)
        if updates:
            queries.apply_updates(self._session, updates, self.change_id(), self._at)

    def _stated(self, fids: list[int]) -> dict[int, Stated]:
        corrected = queries.corrected_fids(self._session, fids)
        history: dict[int, list[tuple[str, Delta]]] = {fid: [] for fid in sorted(corrected)}
        if history:
            for past in queries.revisions_of(self._session, list(history)):
                history[past.fid].append((past.origin, past.delta))
        return {fid: replay(revisions) for fid, revisions in history.items()}

    def _update(self, row: Row[Any], stated: Stated | None) -> queries.AssetUpdate | None:
        current = flatten(_current_record(row))
        incoming = flatten(orjson.loads(row.record) if isinstance(row.record, str) else row.record)
        mapped = self._request.mapped
        if self._request.survey:
            mapped = (mapped & incoming.keys()) - _NOT_SURVEYED
        merged = merge(current, incoming, stated, mapped)
        if merged.kept_corrections:
            self._outcome.warnings.append(_kept(row.file_row, merged.kept_corrections))
        delta = difference(current, merged.record)
        reinstated = row.withdrawn_at is not None
        if not delta and not reinstated:
            return None
        if reinstated:
            was = str(row.withdrawn_at)
            delta = Delta({**delta.before, "withdrawn_at": was}, delta.after)
        self._note(row, delta, (current, merged.record), reinstated=reinstated)
        columns = _changed_columns(unflatten(merged.record), delta)
        if not self._request.survey:
            columns["record_hash"] = row.record_hash
            columns["ward"] = row.ward
            columns["designations"] = _loaded(row.designations)
        if reinstated:
            columns["withdrawn_at"] = None
        return queries.AssetUpdate(
            fid=row.fid,
            version=row.version + 1,
            action="reinstated" if reinstated else "updated",
            delta=delta,
            columns=columns,
        )

    def _note(
        self, row: Row[Any], delta: Delta, states: tuple[Record, Record], *, reinstated: bool
    ) -> None:
        if len(self._outcome.differences) >= DIFFERENCES_SHOWN:
            return
        before, after = (
            {name: value for name, value in side.items() if name != "geom"}
            | ({"position": _centre(side["geom"])} if "geom" in side else {})
            for side in (delta.before, delta.after)
        )
        self._outcome.differences.append(
            Difference(
                row=row.file_row,
                ref=row.asset_ref,
                asset_id=str(row.asset_id),
                before=before,
                after=after,
                action="reinstated" if reinstated else "updated",
                moved_m=_moved_m(delta),
                kinds=tuple(dict.fromkeys(str(state["kind"]) for state in states)),
                sensitivities=tuple(_text(state.get("sensitivity")) for state in states),
            )
        )


def _kept(row: int, fields: Sequence[str]) -> RowIssue:
    """What is said of corrections that were kept; the names tell what is known of an asset."""
    rest = (
        "which was corrected by hand here; the correction was kept. Edit the asset if the source "
        "is right now."
    )
    parts = tuple(
        RowIssue(row, "kept-correction", f"Row {row} changes {name}, {rest}",
                 "geom" if name == "geom" else name.removeprefix("attributes."))
        for name in fields
    )  # fmt: skip
    return RowIssue(
        row,
        "kept-correction",
        f"Row {row} changes {', '.join(fields)}, {rest}",
        parts[0].column if len(parts) == 1 else None,
        parts,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _centre(geom: object) -> list[float]:
    """x and y [m] to the millimetre."""
    centre = shapely.centroid(shapely.from_wkb(str(geom)))
    return [round(centre.x, 3), round(centre.y, 3)]


def _moved_m(delta: Delta) -> float | None:
    """How far the position moved [m]; None where it did not, or one side has none."""
    if "geom" not in delta.before or "geom" not in delta.after:
        return None
    was, now = (shapely.from_wkb(str(side["geom"])) for side in (delta.before, delta.after))
    return round(float(shapely.hausdorff_distance(was, now)), 3)


def _loaded(stored: object) -> object:
    return orjson.loads(stored) if isinstance(stored, str) else stored


def _current_record(row: Row[Any]) -> Record:
    fields = row._mapping
    record: Record = {}
    for name in RECORD_COLUMNS:
        value = fields[f"asset_{name}"]
        if value is not None:
            record[name] = str(value) if name == "observed_on" else value
    attributes = _loaded(fields["asset_attributes"])
    if attributes:
        record["attributes"] = attributes
    if row.asset_geom is not None:
        record["geom"] = queries.geometry_hex(_shape(row.asset_geom))
    return record


def _changed_columns(record: Record, delta: Delta) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name in delta.fields:
        group = name.partition(".")[0]
        if group == "attributes":
            columns["attributes"] = record.get("attributes") or {}
        elif group in CANDIDATE_COLUMNS or group in ("kind", "authority"):
            columns[group] = queries.column_value(group, record.get(group))
        elif group == "geom" and record.get("geom"):
            columns["geom"] = shapely.from_wkb(str(record["geom"]))
    return columns
