"""Scores of the catalogue's assets for one technology or several, with where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from canopy import __version__
from canopy.access.rules import Principal, Role
from canopy.db.engine import Database
from canopy.plan.suitability.facts import Numbers
from canopy.plan.suitability.gathering import Gathered, gather
from canopy.plan.suitability.measuring import Measured, measured, with_cost, with_demand
from canopy.plan.suitability.rules_file import RuleFile
from canopy.plan.suitability.scoring import Scored, score


@dataclass(frozen=True, slots=True)
class Provenance:
    """What scores rest on: the same of all this gives the same scores.

    Attributes:
        rules, rules_sha256: the rule file.
        role: whose eyes the catalogue was read with.
        day: on which ages were counted.
        assets_sha256: of the facts of all assets.
        canopy_version: that computed them.
        notes: how it was measured.
    """

    rules: str
    rules_sha256: str
    role: Role
    day: date
    assets_sha256: str
    canopy_version: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Suitability:
    """Assets as measured, ready to be scored for any technology of the rules."""

    measured: Measured
    rule_file: RuleFile
    provenance: Provenance

    def scored(self, technology: str) -> Scored:
        """Raises NotFound for a technology that the rules do not have."""
        asked = self.rule_file.rules.technology(technology)
        facts = with_demand(self.measured.facts, self.measured.demand, asked.reach_m)
        return score(with_cost(facts, asked.cost), asked)


def suitability(
    session: Session, database: Database, principal: Principal, rule_file: RuleFile, day: date
) -> Suitability:
    """The assets that `principal` sees, measured by the rules.

    day: on which ages are counted. Raises LimitExceeded for too many assets, and BadSource and
    the like for a file of the rules that cannot be used.
    """
    gathered = gather(session, database, principal, rule_file.rules, day)
    found = measured(gathered, rule_file)
    return Suitability(found, rule_file, _provenance(gathered, found, rule_file))


def _provenance(gathered: Gathered, found: Measured, rule_file: RuleFile) -> Provenance:
    return Provenance(
        rule_file.name, rule_file.sha256, gathered.role, gathered.day,
        _hash_of(found), __version__, found.notes,
    )  # fmt: skip


def _hash_of(found: Measured) -> str:
    digest = hashlib.sha256()
    facts = found.facts
    digest.update("\n".join(facts.assets.asset_id).encode())
    for name in sorted(facts.columns):
        column = facts.columns[name]
        digest.update(name.encode())
        if isinstance(column, Numbers):
            digest.update(column.values.round(6).tobytes())
        else:
            digest.update(column.codes.tobytes())
            digest.update(repr((column.vocabulary, sorted(column.told_of or ()))).encode())
    if found.demand is not None:
        for each in (found.demand.x_m, found.demand.y_m, found.demand.amounts):
            digest.update(each.tobytes())
    return digest.hexdigest()
