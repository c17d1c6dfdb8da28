"""Settling touched rows: kept as a revision, or put back as the revisions say.

Rows whose unique keys changed come first, parted from their keys, because one that is put
back may need the key that another was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from canopy.assets import queries as catalogue
from canopy.assets.editing.edits import Editor
from canopy.assets.editing.external import queries
from canopy.assets.editing.external.judging import (
    MOVED,
    Rules,
    Touched,
    Verdict,
    canonical_id,
    identity_of,
    judge,
)
from canopy.assets.editing.external.keys import Claim, conflicts, keys_of
from canopy.assets.editing.external.report import ReconcileReport, RefusedChange
from canopy.assets.editing.external.rows import RawRow
from canopy.assets.editing.external.truth import (
    Identity,
    Truth,
    record_columns,
    stored_row,
    truths,
)
from canopy.db.types import utc_text
from canopy.errors import BadAttribute, ExternalChangeInvalid, OutOfArea, StorageUnavailable

INVALID = (BadAttribute, OutOfArea, ExternalChangeInvalid)
_WORDS = {"moved": "update", "replace": "update"}
"""Operations as people know them."""


@dataclass(slots=True)
class Settler:
    """One reconciliation, in its one transaction."""

    editor: Editor
    rules: Rules
    noted: Mapping[int, Sequence[tuple[int, str]]]
    report: ReconcileReport
    _parked: dict[int, dict[str, object]] = field(default_factory=dict)
    """The unique keys that rows were parted from."""
    _displaced: dict[int, str] = field(default_factory=dict)
    """Why rows whose number was changed are put back."""
    _identities: dict[int, Identity] = field(default_factory=dict)
    """Identities that had to be looked for."""

    def settle(self, fids: Sequence[int]) -> None:
        """Settle some rows, each once, and those that their identities have wandered to."""
        session = self.editor.session
        everyone = list(dict.fromkeys([*fids, *self._find_displaced(fids)]))
        claims = {touched.fid: claim for touched, claim in self._claims(everyone)}
        refused = conflicts(claims)
        queries.park(session, list(self._parked))
        accepted = [fid for fid in claims if fid not in refused]
        others = [fid for fid in everyone if fid not in claims]
        for group in (list(refused), accepted, others):
            for touched in self._touched(group):
                self._settle_one(touched, refused.get(touched.fid))
        session.flush()
        queries.restore_sequence(session)

    def _touched(self, fids: Sequence[int]) -> Iterator[Touched]:
        session = self.editor.session
        for start in range(0, len(fids), queries.CHUNK):
            chunk = fids[start : start + queries.CHUNK]
            rows = queries.raw_rows(session, chunk)
            known, notes = truths(session, chunk), queries.notes(session, self.noted, chunk)
            for fid in chunk:
                now: RawRow | None = rows.get(fid)
                if now is not None and fid in self._parked:
                    now = {**now, **self._parked[fid]}
                truth, note = known.get(fid), notes.get(fid)
                identity = None if truth is None else self._identity(truth, now, note)
                yield Touched(fid, now, truth, identity, note, self._displaced.get(fid))
            session.flush()

    def _identity(self, truth: Truth, now: RawRow | None, note: queries.Note | None) -> Identity:
        if truth.fid in self._identities:
            return self._identities[truth.fid]
        for known in (note.before if note else None, now):
            if known is not None and canonical_id(known.get("asset_id")):
                return identity_of(truth, known)
        earlier = queries.earlier_row(self.editor.session, truth.fid) or {}
        known = {**(now or {}), **earlier}
        found = self._identities[truth.fid] = identity_of(truth, known)
        if found.asset_id != known.get("asset_id"):
            self.report.notices.append(
                f"asset row {truth.fid}: its asset_id is lost; it now is {found.asset_id}."
            )
        return found

    def _find_displaced(self, fids: Sequence[int]) -> list[int]:
        """Where the rows stand whose number was changed, beside those noted there."""
        session = self.editor.session
        elsewhere = []
        for start in range(0, len(fids), queries.CHUNK):
            chunk = fids[start : start + queries.CHUNK]
            rows = queries.raw_rows(session, chunk)
            gone = [fid for fid in chunk if fid not in rows]
            notes = queries.notes(session, self.noted, gone)
            for fid, truth in truths(session, gone).items():
                note = notes.get(fid)
                if note is not None and note.operation == "delete":
                    continue
                row = self._wandered(truth, note)
                if row is None:
                    continue
                place = int(str(row["fid"]))
                self._identities[fid] = identity_of(truth, (note and note.before) or row)
                self._displaced[fid] = f"{MOVED} (it was changed from {fid} to {place})."
                self._displaced[place] = f"{MOVED} (it was changed from {fid} to {place})."
                elsewhere.append(place)
        return elsewhere

    def _wandered(self, truth: Truth, note: queries.Note | None) -> RawRow | None:
        session = self.editor.session
        before = (note and note.before) or queries.earlier_row(session, truth.fid) or {}
        asset_id, ref = canonical_id(before.get("asset_id")), truth.record.get("ref")
        place = None
        if asset_id is not None:
            place = queries.holder_of_id(session, asset_id, truth.fid)
        elif note is None and truth.source is not None and ref is not None:
            place = queries.holder_of_ref(session, truth.source, str(ref), truth.fid)
        return None if place is None else queries.raw_rows(session, [place]).get(place)

    def _claims(self, fids: Sequence[int]) -> Iterator[tuple[Touched, Claim]]:
        """Rows whose unique keys changed, with the keys they want and are due."""
        for touched in self._touched(fids):
            held = frozenset[tuple[object, ...]]()
            due = frozenset[tuple[object, ...]]()
            if touched.now is not None:
                now = touched.now
                held = keys_of(now.get("asset_id"), now.get("source"), now.get("ref"))
            if touched.truth is not None and touched.identity is not None:
                ref = touched.truth.record.get("ref")
                due = keys_of(touched.identity.asset_id, touched.identity.source, ref)
            if held == due:
                continue
            if touched.now is not None:
                self._parked[touched.fid] = {
                    name: touched.now.get(name) for name in ("asset_id", "ref")
                }
            try:
                verdict = judge(touched, self.rules)
            except INVALID as error:
                yield touched, Claim(due, due, error.detail)
                continue
            wanted = due
            if verdict.record is not None and verdict.identity is not None:
                ref = verdict.record.get("ref")
                wanted = keys_of(verdict.identity.asset_id, verdict.identity.source, ref)
            yield touched, Claim(wanted, due, None)

    def _settle_one(self, touched: Touched, reason: str | None) -> None:
        session = self.editor.session
        try:
            if reason is not None:
                raise ExternalChangeInvalid(reason)
            verdict = judge(touched, self.rules)
            self._require_free(touched, verdict)
        except INVALID as error:
            self._put_back(touched)
            queries.close(session, touched.fid, touched.note, "refused", error.detail, touched.now)
            self.report.refused.append(_refusal(touched, error.detail))
            return
        self._keep(touched, verdict)
        queries.close(session, touched.fid, touched.note, "accepted", verdict.outcome, None)
        setattr(self.report, verdict.outcome, getattr(self.report, verdict.outcome) + 1)

    def _require_free(self, touched: Touched, verdict: Verdict) -> None:
        if verdict.outcome != "created" or verdict.identity is None or verdict.record is None:
            return
        session, identity = self.editor.session, verdict.identity
        holder = queries.holder_of_id(session, identity.asset_id, touched.fid)
        ref = verdict.record.get("ref")
        if holder is None and ref is not None:
            holder = queries.holder_of_ref(session, identity.source, str(ref), touched.fid)
        if holder is not None:
            raise ExternalChangeInvalid(f"row {holder} has its asset_id or ref already.")

    def _keep(self, touched: Touched, verdict: Verdict) -> None:
        editor, record, delta = self.editor, verdict.record, verdict.delta
        if record is None or delta is None or verdict.identity is None:
            if touched.truth is not None:
                self._put_back(touched)
            if verdict.outcome == "withdrawn":
                catalogue.withdraw(editor.session, [touched.fid], editor.change_id, editor.at)
            return
        truth = touched.truth
        version = 1 if truth is None else truth.version + 1
        row = record_columns(record, editor.places, editor.srid)
        row.update(
            fid=touched.fid, asset_id=verdict.identity.asset_id, source=verdict.identity.source,
            record_hash=verdict.identity.record_hash, version=version,
            created_at=utc_text(editor.at if truth is None else truth.created_at),
            updated_at=utc_text(editor.at),
            withdrawn_at=None if truth is None else truth.withdrawn_at,
        )  # fmt: skip
        self._store(touched, row)
        action = "created" if truth is None else "updated"
        catalogue.add_revision(
            editor.session, touched.fid, version, editor.change_id, action, delta
        )

    def _put_back(self, touched: Touched) -> None:
        """Make the row what its revisions say: gone, where there are none."""
        truth, editor = touched.truth, self.editor
        if truth is None or touched.identity is None:
            queries.remove(editor.session, touched.fid)
            return
        authority = truth.record.get("authority")
        if authority is not None and authority not in self.rules.organisations:
            catalogue.ensure_organisation(editor.session, str(authority), str(authority))
        self._store(touched, stored_row(truth, touched.identity, editor.places, editor.srid))

    def _store(self, touched: Touched, row: Mapping[str, object]) -> None:
        try:
            queries.store(self.editor.session, row, there=touched.now is not None)
        except IntegrityError as error:
            raise StorageUnavailable(
                f"Row {touched.fid} of the table asset, which another program changed, cannot be "
                f"settled ({error.orig}). Restore the file from a backup, or take the row in its "
                "way out with the program that put it there."
            ) from error


def _refusal(touched: Touched, reason: str) -> RefusedChange:
    ref = (touched.truth.record if touched.truth else touched.now or {}).get("ref")
    operation = touched.note.operation if touched.note else "unnoticed change"
    return RefusedChange(
        touched.fid, ref if isinstance(ref, str) else None, _WORDS.get(operation, operation), reason
    )
