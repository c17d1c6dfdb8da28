"""Rules of alarms over HTTP, for those who keep the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.iot.deps import MOST, KeeperOf, TendingOf
from canopy.assets.queries import now_utc
from canopy.iot.rules import keeping, queries
from canopy.iot.rules.rule import BadRule, Rule, rule_of
from canopy.iot.rules.tables import AlarmRule
from canopy.iot.rules.trying import MOST_HOURS, try_rule
from canopy.iot.rules.warning import Warner

router = APIRouter(tags=["iot"])
NameOf = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
HoursOf = Annotated[float, Query(gt=0, le=MOST_HOURS)]


class RuleOut(BaseModel):
    """A rule as it is now."""

    rule: Rule
    revision: int
    changed_at: datetime
    changed_by: str


class RulesOut(BaseModel):
    """A page of rules; `next` is the `after` of the next one."""

    rules: list[RuleOut]
    next: int | None


class KeptOut(RuleOut):
    """A rule, and whether it was ``added``, ``changed`` or is ``unchanged``.

    `warnings`: that nobody can be told, or nothing is selected, each with its field.
    """

    became: str
    warnings: list[str]


class RevisionOut(BaseModel):
    """A rule as it was; null where it was removed."""

    revision: int
    at: datetime
    author: str
    rule: Rule | None


class RevisionsOut(BaseModel):
    """Revisions, the latest first; `next` is the `before` of the next page."""

    revisions: list[RevisionOut]
    next: int | None


class WouldOut(BaseModel):
    """A change that would have been."""

    became: str
    at: datetime
    thing: str
    stream: str
    value: float | None


class TriedOut(BaseModel):
    """What a rule would have raised and cleared; the first 1,000 changes.

    `problem`: why it selects nothing. `other_unit`: streams that its unit leaves out.
    """

    streams: int
    other_unit: int
    readings: int
    problem: str
    changes: Annotated[list[WouldOut], Field(max_length=1_000)]
    is_more: bool


@router.get("/iot/rules")
def list_rules(
    database: DatabaseOf,
    _: KeeperOf,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> RulesOut:
    """Rules, in the order in which they were added."""
    with database.reading() as session:
        rows = queries.rules_after(session, after, limit + 1)
        return RulesOut(
            rules=[_out(row) for row in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )


@router.post("/iot/rules", status_code=201)
def add_rule(
    database: DatabaseOf,
    settings: SettingsOf,
    principal: KeeperOf,
    body: Rule,
    response: Response,
) -> KeptOut:
    """Add a rule; 200 where it is there and the same. To change one, PUT it."""
    with database.writing() as session:
        found = queries.rule_named(session, body.name)
        is_there = found is not None and found.removed_at is None
        if found is not None and is_there and found.document != body.document():
            raise BadRule(f"name: there is a rule {body.name!r} already; PUT it to change it.")
        row, became = keeping.keep(session, body, principal.name, now_utc())
        warnings = Warner(session, database, settings).warnings(body)
        out = KeptOut(became=became, warnings=warnings, **dict(_out(row)))
    if is_there:
        response.status_code = 200
    response.headers["Location"] = f"/iot/rules/{body.name}"
    return out


@router.get("/iot/rules/{name}")
def show_rule(database: DatabaseOf, _: KeeperOf, name: NameOf) -> RuleOut:
    """A rule."""
    with database.reading() as session:
        return _out(keeping.one(session, name))


@router.put("/iot/rules/{name}")
def change_rule(
    database: DatabaseOf,
    settings: SettingsOf,
    principal: KeeperOf,
    name: NameOf,
    body: Rule,
    revision: Annotated[int | None, Query(ge=1, le=2**31)] = None,
) -> KeptOut:
    """Change a rule, or add it. `revision`: the one that the change began from."""
    if body.name != name:
        raise BadRule(f"name: the address says {name!r} and the rule {body.name!r}.")
    with database.writing() as session:
        row, became = keeping.keep(session, body, principal.name, now_utc(), revision=revision)
        warnings = Warner(session, database, settings).warnings(body)
        return KeptOut(became=became, warnings=warnings, **dict(_out(row)))


@router.delete("/iot/rules/{name}", status_code=204)
def remove_rule(database: DatabaseOf, principal: KeeperOf, name: NameOf) -> None:
    """End a rule. Its open alarms are cleared; its revisions stay."""
    with database.writing() as session:
        keeping.remove(session, name, principal.name, now_utc())


@router.get("/iot/rules/{name}/revisions")
def list_revisions(
    database: DatabaseOf,
    _: KeeperOf,
    name: NameOf,
    before: Annotated[int | None, Query(ge=1, le=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> RevisionsOut:
    """What a rule was, removed or not, and by whom."""
    with database.reading() as session:
        rows = keeping.revisions(session, name, before, limit + 1)
        found = [
            RevisionOut(
                revision=row.revision, at=row.at, author=row.author,
                rule=None if row.document is None else rule_of(row.document),
            )
            for row in rows[:limit]
        ]  # fmt: skip
    return RevisionsOut(revisions=found, next=found[-1].revision if len(rows) > limit else None)


@router.post("/iot/rules/test")
def try_a_rule(on: TendingOf, _: KeeperOf, body: Rule, hours: HoursOf = 24.0) -> TriedOut:
    """What a rule would have raised in the last hours; nothing is kept, nobody is told."""
    tried = try_rule(on.database, on.readings, body, hours, now_utc())
    return TriedOut(
        streams=tried.streams, other_unit=tried.other_unit, readings=tried.readings,
        problem=tried.problem, is_more=len(tried.changes) > 1_000,
        changes=[
            WouldOut(
                became=each.became, at=each.at, thing=each.thing, stream=each.stream,
                value=each.value,
            )
            for each in tried.changes[:1_000]
        ],
    )  # fmt: skip


def _out(row: AlarmRule) -> RuleOut:
    return RuleOut(
        rule=rule_of(row.document), revision=row.revision, changed_at=row.changed_at,
        changed_by=row.changed_by,
    )  # fmt: skip
