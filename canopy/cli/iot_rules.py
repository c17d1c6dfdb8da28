"""``canopy iot rule``: what raises alarms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.errors import BadSource
from canopy.iot.rules import keeping, queries
from canopy.iot.rules.rule import MOST_RULES, Rule, RuleFile, loads, rule_of
from canopy.iot.rules.trying import Tried, try_rule
from canopy.iot.rules.warning import Warner
from canopy.iot.store.opening import Readings

NameArgument = Annotated[str, typer.Argument(help="Its name.")]
FileArgument = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="TOML with [[rule]] each.")
]
_MOST_BYTES = 1_000_000


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Rules that raise alarms.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_rules)
    group.command("show")(show)
    group.command("test")(try_rules)
    group.command("remove")(remove)
    group.command("schema")(schema)
    return group


def add(
    file: FileArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check them; keep nothing.")] = False,
    db: DbOption = None,
) -> None:
    """Add the rules of a file, and change those of the same names: all, or none."""
    rules = _read(file)
    settings = settings_for(db)
    kept: list[str] = []
    with database_for(settings) as database, database.writing() as session:
        warner = Warner(session, database, settings)
        warnings = [f"{rule.name}: {each}" for rule in rules for each in warner.warnings(rule)]
        for rule in rules:
            row, how = keeping.keep(session, rule, local_principal().name, now_utc())
            kept.append(f"{rule.name}: {how}, revision {row.revision}")
        if dry_run:
            session.rollback()
            kept = [f"{len(rules):,} rules can be kept; nothing was written."]
    for line in kept:
        _say(line)
    for each in warnings:
        _say(f"Warning: {each}.")


def list_rules(db: DbOption = None) -> None:
    """List the rules."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        rows = queries.rules_after(session, 0, MOST_RULES)
        for row in rows:
            rule = rule_of(row.document)
            asleep = "" if rule.is_active else ", not active"
            _say(
                f"{rule.name}: {rule.title} ({rule.when.kind}, {rule.severity}{asleep}), revision "
                f"{row.revision} of {row.changed_at:%Y-%m-%d %H:%M} by {row.changed_by}"
            )
        if not rows:
            _say("There are no rules; `canopy iot rule add FILE` adds some.")


def show(
    name: NameArgument,
    history: Annotated[
        bool, typer.Option("--history", help="Its revisions too, removed or not.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Show a rule as JSON, as it is spoken over HTTP."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        if history:
            for each in keeping.revisions(session, name, None, MOST_RULES):
                what = "removed" if each.document is None else _json(each.document)
                _say(f"revision {each.revision}, {each.at:%Y-%m-%d %H:%M}, {each.author}: {what}")
            return
        row = keeping.one(session, name)
        _say(_json(row.document))
        _say(f"revision {row.revision}, {row.changed_at:%Y-%m-%d %H:%M} UTC, by {row.changed_by}")


def try_rules(
    what: Annotated[str, typer.Argument(help="Name of a rule that is kept, or a TOML file.")],
    hours: Annotated[float, typer.Option(min=0.1, help="How far back.")] = 24.0,
    db: DbOption = None,
) -> None:
    """Tell what rules would have raised in the last hours; nothing is kept, nobody is told."""
    settings = settings_for(db)
    with database_for(settings) as database:
        if Path(what).is_file():
            rules = _read(Path(what))
        else:
            with database.reading() as session:
                rules = [rule_of(keeping.one(session, what).document)]
        readings = Readings(database, settings.db_lock_timeout_s)
        try:
            for rule in rules:
                _tell(rule, try_rule(database, readings, rule, hours, now_utc()))
        finally:
            readings.dispose()


def remove(name: NameArgument, db: DbOption = None) -> None:
    """End a rule. Its open alarms are cleared; its revisions stay."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        keeping.remove(session, name, local_principal().name, now_utc())
    _say(f"{name} is removed.")


def schema() -> None:
    """Print the JSON Schema of a file of rules, for editors that check TOML by one."""
    _say(_json(RuleFile.model_json_schema()))


def _read(file: Path) -> list[Rule]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise BadSource(f"{file} has more than {_MOST_BYTES:,} bytes.")
        return loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSource(f"{file} cannot be read: {error}") from error


def _tell(rule: Rule, tried: Tried) -> None:
    _say(f"{rule.name}: {tried.streams:,} streams, {tried.readings:,} readings.")
    if tried.problem:
        _say(f"  it selects nothing: {tried.problem}")
    if tried.other_unit:
        _say(f"  {tried.other_unit:,} streams are left out: their unit is another.")
    for each in tried.changes:
        value = "" if each.value is None else f", {each.value:g}"
        about = ", ".join(filter(None, [each.thing, each.stream]))
        _say(f"  {each.at:%Y-%m-%d %H:%M:%S} {each.became}: {about}{value}")
    if not tried.changes:
        _say("  nothing would have been raised.")


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
