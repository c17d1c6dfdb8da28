"""A mapping proposed for a file that has none, with the evidence for every line."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from canopy.assets.importers.base import RowIssue, SourceTable
from canopy.assets.importers.own_export import is_own_export
from canopy.assets.kinds import KINDS
from canopy.assets.mapping.area import Area
from canopy.assets.mapping.column_rules import Findings
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.kind_words import guess_kind
from canopy.assets.mapping.left_out import LeftColumn, left_columns
from canopy.assets.mapping.mapping_text import Evidence, dumps
from canopy.assets.mapping.model import Mapping
from canopy.assets.mapping.own_columns import (
    OWN,
    is_own_column,
    own_geometry,
    own_kind,
    own_rules,
    own_targets,
)
from canopy.assets.mapping.profile import Column, Profile, read_profile
from canopy.assets.mapping.recognise_fields import recognise_fields
from canopy.assets.mapping.recognise_position import recognise_position
from canopy.assets.mapping.targets import Target, targets_for
from canopy.geo import crs_name

DERIVED = frozenset({"ward", "designations"})
"""Columns that follow from the position and the areas loaded, and are never imported."""


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping. `evidence` gives confidence and reason by key of the mapping
    file; `unmapped` are columns not imported, `left` the same with the reason, and those that
    state the position once more; `problems` concern the whole file.

    `mapping.kind` or `mapping.geometry` is None when it could not be recognised; a
    problem says what to do, and the mapping is no use until that is done.
    """

    mapping: Mapping
    evidence: tuple[Evidence, ...]
    unmapped: tuple[str, ...]
    problems: tuple[RowIssue, ...]
    left: tuple[LeftColumn, ...] = ()

    @property
    def is_usable(self) -> bool:
        return self.mapping.kind is not None and self.mapping.geometry is not None

    def toml(self) -> str:
        """The mapping file to edit, every line with its confidence and reason."""
        return dumps(self.mapping, self.evidence, self.unmapped, self.left)


def propose(
    table: SourceTable,
    kind: str | None,
    storage_crs: str,
    declared_crs: str | None = None,
) -> Proposal:
    """Propose a mapping from the first 10,000 rows and the headings of `table`.

    kind: what the user says the file holds, None to guess. storage_crs: the catalogue's
    projected CRS. declared_crs: what the user says the coordinates are in, if anything.
    """
    if is_own_export(table.columns):
        return _proposed_for_own(table, kind or table.suggested_kind, storage_crs, declared_crs)
    profile = read_profile(table)
    area = Area.of(crs_name(storage_crs))
    evidence: list[Evidence] = []
    problems: list[RowIssue] = []
    if kind is None:
        kind = _guessed_kind(profile, evidence, problems)
    position = recognise_position(profile, area, declared_crs)
    left = [c for name, c in profile.columns.items() if name not in position.used]
    targets = targets_for([kind] if kind else [])
    derived = _derived(left, targets)
    left = [column for column in left if column.name not in {each.column for each in derived}]
    fields = recognise_fields(left, targets, kind)
    evidence += [*_stated(table, fields), *fields.evidence, *position.evidence]
    problems += [*position.problems, *fields.problems, *derived]
    mapping = Mapping(
        kind=kind,
        licence=table.licence,
        attribution=table.attribution,
        ignore=tuple(position.ignored),
        columns=fields.rules,
        geometry=position.rule,
    )
    unmapped = mapping.unmapped(table.columns)
    unread = {name for rule in fields.rules.values() for name in rule.columns}
    unused = left_columns((c for c in left if c.name not in unread), targets, fields.rules)
    unused += [LeftColumn(name, "it states the position again") for name in position.ignored]
    return Proposal(mapping, tuple(evidence), tuple(unmapped), tuple(problems), tuple(unused))


def _proposed_for_own(
    table: SourceTable, kind: str | None, storage_crs: str, declared_crs: str | None
) -> Proposal:
    """The proposal for a file that Canopy exported.

    The licence and the credit that the file states are not given to its rows: they hold
    their own, and are to come back as they were.
    """
    rules, evidence = own_rules(table, own_targets(kind))
    evidence.insert(0, Evidence("kind", "kind", 1.0, OWN))
    geometry, problems = own_geometry(table, declared_crs), []
    if geometry is None:
        area = Area.of(crs_name(storage_crs))
        position = recognise_position(read_profile(table), area, declared_crs)
        evidence += position.evidence
        geometry, problems = position.rule, position.problems
        rules = {name: rule for name, rule in rules.items() if name not in position.used}
    mapping = Mapping(
        kind=own_kind(kind),
        columns=rules,
        geometry=geometry,
    )
    unmapped = tuple(mapping.unmapped(table.columns))
    unused = tuple(
        LeftColumn(name, "no column of an export") for name in unmapped if not is_own_column(name)
    )
    return Proposal(mapping, tuple(evidence), unmapped, tuple(problems), unused)


def _guessed_kind(
    profile: Profile, evidence: list[Evidence], problems: list[RowIssue]
) -> str | None:
    table = profile.table
    if table.suggested_kind is not None:
        evidence.append(Evidence("kind", None, 0.95, f"a {table.format} file of this sort"))
        return table.suggested_kind
    words = f"{table.path.stem} {table.name if table.name != table.path.stem else ''}"
    guess = guess_kind(words, tuple(profile.columns))
    if guess.kind is None:
        problems.append(
            RowIssue(
                None,
                "kind-unknown",
                f"Which kind of asset does {table.path.name} hold? It could not be told "
                f"({guess.reason}). Give --kind with one of: "
                f"{', '.join(known.value for known in KINDS)}.",
            )
        )
        return None
    evidence.append(Evidence("kind", None, guess.confidence, guess.reason))
    return guess.kind


def _stated(table: SourceTable, fields: Findings) -> list[Evidence]:
    """Licence and credit that the file states of all its rows."""
    said = {"licence": table.licence, "attribution": table.attribution}
    return [
        Evidence(name, None, 0.95, f"the file says {text[:80]!r}")
        for name, text in said.items()
        if text is not None and name not in fields.rules
    ]


def _derived(columns: Iterable[Column], targets: MappingOf[str, Target]) -> list[RowIssue]:
    """Columns that Canopy works out for itself, such as wards."""
    return [
        RowIssue(
            None,
            "derived-column",
            f"{column.name} is not imported: {target.name} is worked out from the position and "
            "the areas that are loaded.",
            column.name,
        )
        for column in columns
        for target in targets.values()
        if target.name in DERIVED and heading_score(column.name, target.headings) >= 0.9
    ]
