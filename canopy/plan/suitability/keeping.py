"""Measured assets, kept while nothing they rest on changes; may be used by several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from pathlib import Path

from canopy.access.rules import Principal, Role
from canopy.db.engine import Database
from canopy.plan.suitability.computing import Suitability, suitability
from canopy.plan.suitability.queries import stamp
from canopy.plan.suitability.rules_file import RuleFile, read_rules
from canopy.plan.suitability.scoring import Scored

MOST_KEPT = 3
"""Of roles and states; each takes some megabytes for 10,000 assets."""
_Key = tuple[Role, str, tuple[tuple[str, int], ...], date, tuple[object, ...]]


class KeptSuitability:
    """Suitability by role, rules, day and state of the catalogue, for one rule file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[Suitability, dict[str, Scored]]] = OrderedDict()

    def rules(self) -> RuleFile:
        """The rules as the file has them now. Raises as `read_rules`."""
        return read_rules(self._path)

    def of(self, database: Database, principal: Principal, day: date) -> Suitability:
        """As `suitability`; one request at a time computes, the others wait for it."""
        return self._held(database, principal, day)[0]

    def scored(
        self, database: Database, principal: Principal, day: date, technology: str
    ) -> tuple[Suitability, Scored]:
        """With the scores of a technology. Raises NotFound where the rules have none."""
        found, scores = self._held(database, principal, day)
        with self._lock:
            if technology not in scores:
                scores[technology] = found.scored(technology)
            return found, scores[technology]

    def _held(
        self, database: Database, principal: Principal, day: date
    ) -> tuple[Suitability, dict[str, Scored]]:
        rule_file = self.rules()
        with self._lock, database.reading() as session:
            key = (
                principal.role, rule_file.sha256, rule_file.files_stamp(), day, stamp(session),
            )  # fmt: skip
            held = self._kept.get(key)
            if held is None:
                held = suitability(session, database, principal, rule_file, day), {}
                self._kept[key] = held
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return held
