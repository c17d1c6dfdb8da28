"""What of an import's report an audience may see: the sensitivity policy, applied to words.

Reports are files that are sent on, and so are cut like every other file. Denied by
default: a message stays where its code never quotes a value, or where the policy lets the
audience see what it quotes: the column it names, or the position. Of a message joined
from several the parts that may be seen stay.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from canopy.access.rules import Principal, Role
from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake.report import Difference, ImportReport, Warned
from canopy.assets.kinds import KINDS, Kind, attribute_fields
from canopy.assets.mapping import Evidence
from canopy.assets.mapping import Mapping as FileMapping
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.record import Record
from canopy.assets.revising import flatten, unflatten

NOTHING_QUOTED = frozenset({
    "bad-encoding", "binary-column", "blank-row", "blank-rows", "column-not-understood",
    "derived-column", "dropped-z", "duplicate-column", "duplicate-point", "empty-geometry",
    "kind-unknown", "late-column", "medium-undeclared", "missing-geometry", "missing-refs",
    "mixed-geometry", "more-pages", "no-header", "no-position", "no-rows", "nul-character",
    "repeated-header", "row-too-short", "sheet-skipped", "too-many-vertices", "totals-row",
    "trailing-delimiters", "unclosed-quote", "unused-column", "withdrawal-skipped",
    "wrong-geometry-type",
})  # fmt: skip
"""Codes whose messages hold names, numbers of rows and counts, and no value of the file."""

POSITION_QUOTED = frozenset({
    "bad-geometry", "beyond-crs-area", "coordinates-differ", "coordinates-disagree",
    "crs-contradicted", "crs-in-doubt", "degenerate-geometry", "far-from-the-rest",
    "missing-coordinates", "nan-coordinates", "off-planet", "out-of-area", "pairs-disagree",
    "position-from-second-pair", "refuse-constant-coordinates", "repaired-geometry",
    "second-position-unreadable", "swapped-columns", "swapped-coordinates",
    "unreadable-coordinates", "unreadable-geometry", "zero-coordinates",
})  # fmt: skip
"""Codes whose messages may quote a position."""

REASON_QUOTED = frozenset({"correction-unused", "dropped-by-correction"})
"""Codes whose messages quote why an officer corrected something: for operators on."""

WITHHELD = "What it says is withheld from this audience."
NOT_A_FIELD = frozenset({"kind", "licence", "owner", "attribution", "mapping"})
"""Evidence of the file as a whole."""


class ReportView:
    """What one audience sees of imports by these mappings."""

    def __init__(self, mappings: Iterable[FileMapping], audience: Principal) -> None:
        self._audience, self._policy = audience, SensitivityPolicy()
        self._mappings = tuple(mappings)
        named = [kind for mapping in self._mappings for kind in sorted(mapping.kinds())]
        known = {str(kind) for kind in KINDS}
        self._kinds = [Kind(name) for name in dict.fromkeys(named) if name in known] or list(KINDS)
        self._exact = all(self._cell_m(kind) is None for kind in self._kinds)
        self._targets = _targets_by_column(self._mappings)
        self._hides_assets = not audience.role.reaches(Role.estates) and any(
            "sensitivity" in (*mapping.columns, *mapping.constants) for mapping in self._mappings
        )

    @property
    def sees_all(self) -> bool:
        """Admins see everything."""
        return self._audience.role is Role.admin

    def report(self, report: ImportReport) -> ImportReport:
        """The report, cut and stamped; the one that was given is left as it is."""
        stamped = dataclasses.replace(report, audience=str(self._audience.role))
        if self.sees_all:
            return stamped
        warned = [self._warned(each) for each in report.warnings]
        withheld = {
            was.message: now.message
            for was, now in zip(report.warnings, warned, strict=True)
        }  # fmt: skip
        stamped.warnings = warned
        stamped.rejects = [self.issue(each) for each in report.rejects]
        stamped.refusals = [withheld.get(each, each) for each in report.refusals]
        stamped.differences = [
            cut for each in report.differences if (cut := self._difference(each)) is not None
        ]
        stamped.mappings = {
            name: self._mapping(mapping) for name, mapping in report.mappings.items()
        }
        stamped.evidence = [each for each in report.evidence if self._evident(each)]
        return stamped

    def issue(self, issue: RowIssue) -> RowIssue:
        """An issue whose message holds only what the audience may see."""
        if self.sees_all:
            return issue
        parts = issue.parts or (issue,)
        seen = [part.message for part in parts if self._says_nothing_hidden(part)]
        message = " ".join(seen) if len(seen) == len(parts) else " ".join([*seen, WITHHELD])
        if issue.parts == () and seen:
            message = issue.message
        column = issue.column if self._sees_column(issue.column) else None
        return RowIssue(issue.row, issue.code, message, column)

    def _warned(self, warned: Warned) -> Warned:
        first = self.issue(RowIssue(None, warned.code, warned.message, warned.column, warned.parts))
        if self._hides_assets and warned.rows and warned.code not in NOTHING_QUOTED:
            first = RowIssue(None, warned.code, WITHHELD)
        return dataclasses.replace(warned, message=first.message, column=first.column, parts=())

    def _says_nothing_hidden(self, issue: RowIssue) -> bool:
        if issue.code in NOTHING_QUOTED:
            return True
        if issue.row is not None and self._hides_assets:
            return False
        if issue.code in POSITION_QUOTED:
            return self._exact
        if issue.code in REASON_QUOTED:
            return self._audience.role.reaches(Role.operator)
        return self._sees_column(issue.column)

    def _sees_column(self, column: str | None) -> bool:
        """Whether a column of the file, or else a field so called, is seen of every kind."""
        if column is None:
            return False
        targets = self._targets.get(column, frozenset((column,)))
        return all(self._sees(target) for target in targets)

    def _sees(self, target: str) -> bool:
        if target == "geom":
            return self._exact
        policy, audience = self._policy, self._audience
        having = [
            kind
            for kind in self._kinds
            if target in COMMON_COLUMNS or target in attribute_fields(kind)
        ]
        return bool(having) and all(
            target in policy.visible_columns(kind, audience)
            or target in policy.visible_attributes(kind, audience)
            for kind in having
        )

    def _cell_m(self, kind: Kind) -> float | None:
        return self._policy.generalisation_m(kind, self._audience)

    def _evident(self, evidence: Evidence) -> bool:
        section, _, rest = evidence.target.partition(".")
        if section == "geometry":
            return self._exact
        if section in ("units", "formats", "values"):
            return self._sees(rest.partition(".")[0])
        return section in NOT_A_FIELD or self._sees(section)

    def _mapping(self, mapping: FileMapping) -> FileMapping:
        named = self._audience.role.reaches(Role.operator)
        return mapping.model_copy(
            update={
                "note": mapping.note if named else None,
                "columns": {k: v for k, v in mapping.columns.items() if self._sees(k)},
                "constants": {k: v for k, v in mapping.constants.items() if self._sees(k)},
                "corrections": tuple(
                    each
                    for each in mapping.corrections
                    if named and all(map(self._sees_column, (*each.where, *each.set)))
                ),
            }
        )

    def _difference(self, difference: Difference) -> Difference | None:
        """None where the audience may not know of the asset, or of this change of it."""
        kinds = [Kind(kind) for kind in difference.kinds]
        if any(self._cell_m(kind) is not None for kind in kinds):
            return None  # when somebody worked on it tells too much already
        if not all(
            self._policy.sees_asset(level, self._audience) for level in difference.sensitivities
        ):
            return None
        before, after = (self._side(side, kinds) for side in (difference.before, difference.after))
        if not before and not after:
            return None
        return dataclasses.replace(difference, before=before, after=after)

    def _side(self, side: Record, kinds: Sequence[Kind]) -> Record:
        """Flat fields as `SensitivityPolicy.redact` leaves them, by every kind it had."""
        for kind in kinds:
            record = unflatten({k: v for k, v in side.items() if k != "position"})
            attributes = record.pop("attributes", None)
            batch = AssetBatch(
                {"sensitivity": [None], **{k: [v] for k, v in record.items()}, "kind": [str(kind)]},
                [dict(attributes) if isinstance(attributes, Mapping) else {}],
                np.array([None], dtype=object),
            )
            seen = self._policy.redact(batch, self._audience)
            kept: Record = {k: values[0] for k, values in seen.columns.items() if k in record}
            if "kind" in kept:
                kept["kind"] = record["kind"]
            shown = flatten({**kept, "attributes": seen.attributes[0]})
            side = {k: v for k, v in side.items() if k == "position"} | shown
        return side


def _targets_by_column(mappings: Iterable[FileMapping]) -> dict[str, frozenset[str]]:
    """What each column of the file is read as; a column may be read twice."""
    found: dict[str, frozenset[str]] = {}
    for mapping in mappings:
        for where, names in mapping.column_names():
            section, _, target = where.partition(".")
            if section == "columns":
                read_as = target
            elif section.startswith("geometry"):
                read_as = "geom"
            elif section == "kind":
                read_as = "kind"
            else:
                continue
            for name in names:
                found[name] = found.get(name, frozenset()) | {read_as}
    return found


def cut_for(report: ImportReport, audience: Role) -> ImportReport:
    """The report as `audience` may see it, stamped with it."""
    principal = Principal(audience, f"audience:{audience}")
    return ReportView(report.mappings.values(), principal).report(report)
