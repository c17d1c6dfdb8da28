"""Rules are added, changed and removed, with a revision and an author each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded, NotFound, StaleVersion
from canopy.iot.rules import queries
from canopy.iot.rules.conditions import Fence
from canopy.iot.rules.rule import MOST_RULES, BadRule, Rule, rule_of
from canopy.iot.rules.selecting import named_areas
from canopy.iot.rules.tables import AlarmRule, AlarmRuleRevision

Kept = Literal["added", "changed", "unchanged"]


def keep(
    session: Session, rule: Rule, author: str, now: datetime, *, revision: int | None = None
) -> tuple[AlarmRule, Kept]:
    """Add a rule, or change the one of its name; what is the same gets no revision.

    revision: the one that the change began from. Raises BadRule for an area that is not in the
    catalogue, StaleVersion where the rule has changed since, and LimitExceeded.
    """
    _check_areas(session, rule)
    document = rule.document()
    found = queries.rule_named(session, rule.name)
    if found is None or found.removed_at is not None:
        if revision is not None:
            raise NotFound(f"There is no rule {rule.name!r}.")
        if queries.count_rules(session) >= MOST_RULES:
            raise LimitExceeded(f"A catalogue keeps at most {MOST_RULES} rules; remove some.")
    if found is None:
        found = AlarmRule(
            name=rule.name, revision=0, document=document, changed_at=now, changed_by=author
        )
        session.add(found)
        session.flush()
        return _revised(session, found, document, author, now), "added"
    if revision is not None and revision != found.revision:
        raise StaleVersion(
            f"The rule {rule.name!r} is at revision {found.revision}, not {revision}; read it "
            "again and make the change there."
        )
    if found.removed_at is None and found.document == document:
        return found, "unchanged"
    kept: Kept = "changed" if found.removed_at is None else "added"
    return _revised(session, found, document, author, now), kept


def remove(session: Session, name: str, author: str, now: datetime) -> AlarmRule:
    """End a rule; its revisions stay, and its open alarms are cleared. Raises NotFound."""
    found = one(session, name)
    found.removed_at = now
    return _revised(session, found, None, author, now)


def one(session: Session, name: str) -> AlarmRule:
    """A rule that is not removed. Raises NotFound."""
    found = queries.rule_named(session, name)
    if found is None or found.removed_at is not None:
        raise NotFound(f"There is no rule {name!r}; `canopy iot rule list` has them.")
    return found


def revisions(
    session: Session, name: str, before: int | None, limit: int
) -> Sequence[AlarmRuleRevision]:
    """What a rule was, removed or not, the latest first. Raises NotFound."""
    found = queries.rule_named(session, name)
    if found is None:
        raise NotFound(f"There never was a rule {name!r}.")
    return queries.revisions(session, found.id, before, limit)


class Rules(NamedTuple):
    """Every rule by number, those that are looked at, why others cannot be read, and since when
    each is as it is."""

    by_number: dict[int, Rule]
    active: frozenset[int]
    unreadable: dict[str, str]
    since: dict[int, datetime]


def all_rules(session: Session) -> Rules:
    """Every rule, removed or not. One that a later release wrote does not hold up the others."""
    found: dict[int, Rule] = {}
    active: set[int] = set()
    unreadable: dict[str, str] = {}
    since: dict[int, datetime] = {}
    after = 0
    while rows := queries.rules_after(session, after, MOST_RULES, with_removed=True):
        for row in rows:
            try:
                found[row.id] = rule_of(row.document)
            except BadRule as error:
                unreadable[row.name] = error.detail
                continue
            if found[row.id].is_active and row.removed_at is None:
                active.add(row.id)
            since[row.id] = row.changed_at
        after = rows[-1].id
    return Rules(found, frozenset(active), unreadable, since)


def _revised(
    session: Session, kept: AlarmRule, document: object, author: str, now: datetime
) -> AlarmRule:
    kept.revision += 1
    kept.changed_at, kept.changed_by = now, author
    if document is not None:
        kept.document, kept.removed_at = document, None
    session.add(
        AlarmRuleRevision(
            rule_id=kept.id, revision=kept.revision, document=document, at=now, author=author
        )
    )
    session.flush()
    return kept


def _check_areas(session: Session, rule: Rule) -> None:
    asked = {"select.area": rule.select.area}
    if isinstance(rule.when, Fence):
        asked["when.area"] = rule.when.area
    for field, name in asked.items():
        if name is not None and not named_areas(session, name):
            raise BadRule(
                f"{field}: no area of the catalogue has the name or code {name!r}; "
                "load it by `canopy area import`."
            )
