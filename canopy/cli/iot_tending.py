"""``canopy iot held``, ``dead`` and ``happenings``: what waits for somebody to decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.iot_things import LAWFUL_HELP
from canopy.cli.tables import print_table
from canopy.db.engine import Database
from canopy.errors import NotAllowed
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.tables import DeadLetter
from canopy.iot.tending.queries import DeadFilter
from canopy.settings import Settings

if TYPE_CHECKING:
    from canopy.iot.tending.quarantine import Waiting
    from canopy.iot.tending.withholding import Withholding

SourceArgument = Annotated[str, typer.Argument(help="The device, as its messages name it.")]
StreamOption = Annotated[list[str] | None, typer.Option("--stream", help="Only this stream.")]
KindOption = Annotated[str | None, typer.Option(help="Only of this kind.")]
TopicOption = Annotated[str | None, typer.Option(help="Only of this topic.")]
SinceOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only from this moment on, UTC."),
]
TextOption = Annotated[
    str | None, typer.Option("--search", help="Only with this text in topic, body or reason.")
]
_SHOWN_BYTES = 4_096


def held_commands() -> typer.Typer:
    """``canopy iot held``."""
    group = typer.Typer(help="Readings that no datastream takes yet.", no_args_is_help=True)
    group.command("list")(list_held)
    group.command("approve")(approve)
    group.command("refuse")(refuse)
    group.command("release")(release)
    return group


def dead_commands() -> typer.Typer:
    """``canopy iot dead``."""
    group = typer.Typer(help="Messages that gave no reading.", no_args_is_help=True)
    group.command("list")(list_dead)
    group.command("show")(show_dead)
    group.command("replay")(replay)
    return group


class Tending(NamedTuple):
    """What the commands work on."""

    settings: Settings
    database: Database
    readings: Readings
    store: ReadingStore


@contextmanager
def tending(db: str | None) -> Iterator[Tending]:
    """The catalogue with its readings, open."""
    settings = settings_for(db)
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        store = store_of(database, settings.db_lock_timeout_s)
        try:
            yield Tending(settings, database, readings, store)
        finally:
            store.close()
            readings.dispose()


def list_held(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many devices.")] = 100,
    after: Annotated[str | None, typer.Option(help="From after this device on.")] = None,
    db: DbOption = None,
) -> None:
    """List what waits: device, stream, gateway, how much, since when, unit, newest value."""
    from canopy.iot.tending.quarantine import waiting
    from canopy.iot.tending.releases import NO_DEVICE

    with tending(db) as on:
        found = waiting(on.readings, _withholding(on), after, limit)
    if not found:
        _say("Nothing waits.")
        return
    for each in found:
        held = each.held
        _say(
            f"{held.source or NO_DEVICE}/{held.stream}: {held.total:,} from "
            f"{_moment(held.first_at)} to {_moment(held.last_at)} by "
            f"{held.gateway or 'no gateway'}, {_newest(each)}".rstrip()
            + f" ({held.reason})"
        )
    sources = dict.fromkeys(each.held.source for each in found)
    if len(sources) == limit:
        _say(f"There may be more: --after {list(sources)[-1]}")


def approve(
    source: SourceArgument,
    asset: Annotated[str, typer.Option(help="Its asset: UUID, ref or source:ref.")],
    data_class: Annotated[str, typer.Option(help="open, council or personal-risk.")],
    thing: Annotated[str, typer.Option(help="The Thing's name; the device's else.")] = "",
    stream: StreamOption = None,
    unit: Annotated[list[str] | None, typer.Option(help="STREAM=UCUM code.")] = None,
    low: Annotated[list[str] | None, typer.Option(help="STREAM=least it can measure.")] = None,
    high: Annotated[list[str] | None, typer.Option(help="STREAM=most it can measure.")] = None,
    define: Annotated[list[str] | None, typer.Option(help="STREAM=URI of the property.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why it is sensed.")] = None,
    lawful_basis: Annotated[str | None, typer.Option(help=LAWFUL_HELP)] = None,
    retention_days: Annotated[int | None, typer.Option(help="How long it is kept.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    any_gateway: Annotated[
        bool, typer.Option("--any-gateway", help="Not only the one that brought it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be released, and release nothing.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Register a device that waits, on an asset, and store its readings.

    A number beyond --low and --high, or in another unit, becomes a dead letter. What is
    personal-risk needs purpose, lawful basis, retention and owner, and what looks like it a lawful
    basis. Where no device is named, write "(no device)" and name streams. Interrupted, the same
    command goes on where it was.
    """
    from canopy.iot.ingest.running import bounds_of
    from canopy.iot.tending import quarantine
    from canopy.iot.tending.releases import Terms

    terms = Terms(
        asset=asset, data_class=data_class, thing=thing, streams=tuple(stream or ()),
        units=dict(_pairs("unit", unit)),
        lows=_numbers("low", low), highs=_numbers("high", high),
        definitions=dict(_pairs("define", define)), purpose=purpose,
        lawful_basis=lawful_basis, retention_days=retention_days, owner=owner,
        any_gateway=any_gateway,
    )  # fmt: skip
    with tending(db) as on:
        registered, released, releases = quarantine.approve(
            on.database, on.readings, on.store, source, terms, local_principal(), now_utc(),
            bounds_of(on.settings), dry_run=dry_run,
        )  # fmt: skip
    for each in releases:
        _say(each.sentence())
    _say(("Nothing was written. " if dry_run else "") + registered.sentence())
    if dry_run:
        return
    _say(
        f"Readings stored {released.stored:,}, known before {released.known:,}, dead letters "
        f"{released.dead:,}."
    )


def refuse(
    source: SourceArgument,
    stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None,
    gateway: Annotated[str | None, typer.Option(help="Only what came by this one.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    db: DbOption = None,
) -> None:
    """Move what waits of a device to the dead letters; nothing is deleted."""
    from canopy.iot.tending.releasing import refuse as move

    author = local_principal().name
    told = f"refused by {author}" + (f": {reason}" if reason else "")
    with tending(db) as on:
        count = move(on.readings, on.store, source, stream=stream, gateway=gateway, reason=told)
    _say(f"{count:,} readings are dead letters now.")


def release(db: DbOption = None) -> None:
    """Store what waits and is known by now, as ingestion does by itself."""
    from canopy.iot.ingest.running import bounds_of
    from canopy.iot.ingest.sorting import Sorter
    from canopy.iot.tending.releasing import release_known
    from canopy.iot.things.registry import streams_of

    stored = dead = 0
    with tending(db) as on:
        with on.database.reading() as session:
            sorter = Sorter(streams_of(session), bounds_of(on.settings), "held")
        while True:
            done = release_known(on.readings, on.store, sorter)
            stored, dead = stored + done.stored, dead + done.dead
            if not done.is_more:
                break
    _say(f"Readings stored {stored:,}, dead letters {dead:,}.")


def list_dead(
    kind: KindOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    search: TextOption = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 100,
    before: Annotated[int | None, typer.Option(min=1, help="From before this number on.")] = None,
    db: DbOption = None,
) -> None:
    """List dead letters, newest first."""
    from canopy.iot.tending.withholding import letters_seen

    wanted = _filter(kind, topic, since, search, replayed)
    with tending(db) as on, on.readings.reading() as session:
        page = letters_seen(session, _withholding(on), wanted, before, limit)
    table = Table("number", "last", "times", "kind", "gateway", "topic", "reason")
    for each, withheld in page.seen:
        table.add_row(
            str(each.id), _moment(each.last_at), f"{each.times:,}", each.kind, each.gateway,
            each.topic, withheld or each.reason,
        )  # fmt: skip
    print_table(table)
    if page.before is not None:
        _say(f"There is more: --before {page.before}")


def show_dead(
    number: Annotated[int, typer.Argument(min=1, help="Its number.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the body to this file, as it came.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell all of a dead letter, its body too; nothing that is of personal risk."""
    from canopy.iot.tending.replaying import letter_of

    with tending(db) as on:
        letter = letter_of(on.readings, number)
        withheld = _withholding(on).of_letter(letter)
    for line in _told(letter, withheld):
        _say(line)
    if withheld is not None:
        if out is not None:
            raise NotAllowed(f"The body of dead letter {number} is {withheld}.")
        return
    if out is not None:
        out.write_bytes(letter.body)
        _say(f"{len(letter.body):,} bytes written to {out}")
        return
    body = letter.body[:_SHOWN_BYTES]
    more = f" and {len(letter.body) - len(body):,} more" if len(letter.body) > len(body) else ""
    _say(f"{len(body):,} bytes{more}: {body.decode('utf-8', 'backslashreplace')!r}")


def replay(
    number: Annotated[int | None, typer.Argument(min=1, help="Only this one.")] = None,
    kind: KindOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    search: TextOption = None,
    db: DbOption = None,
) -> None:
    """Decode dead letters again, with the routes and streams of now.

    Each counts from its own arrival. What gives readings now is marked; what fails again stays.
    """
    from canopy.iot.ingest.running import bounds_of, routes_of
    from canopy.iot.ingest.sorting import Sorter
    from canopy.iot.payloads.dispatch import Dispatcher
    from canopy.iot.tending import replaying
    from canopy.iot.things.registry import streams_of

    with tending(db) as on:
        with on.database.reading() as session:
            sorter = Sorter(streams_of(session), bounds_of(on.settings), "replay")
        done = replaying.replay(
            on.readings, on.store, Dispatcher(routes_of(on.settings)), sorter,
            _filter(kind, topic, since, search, False), now_utc(), number=number,
        )  # fmt: skip
    _say(
        f"Replayed {done.replayed:,}, failed again {done.failed:,}; readings stored or held "
        f"{done.readings:,}."
    )


def list_happenings(
    acknowledged: Annotated[bool, typer.Option("--acknowledged", help="Those too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 200,
    db: DbOption = None,
) -> None:
    """List what was noticed about ingestion, the latest first."""
    from canopy.iot.tending.happenings import open_happenings

    with tending(db) as on:
        found = open_happenings(on.readings, with_acknowledged=acknowledged, limit=limit)
        withholding = _withholding(on)
    if not found:
        _say("Nothing was noticed.")
    for each in found:
        seen = f", seen by {each.acknowledged_by}" if each.acknowledged_at is not None else ""
        _say(
            f"{each.kind} {each.subject}: {withholding.detail_of(each)} ({each.times:,} times, "
            f"last {_moment(each.last_at)}{seen})"
        )


def acknowledge(
    kind: Annotated[str, typer.Argument(help="Its kind.")],
    subject: Annotated[str, typer.Argument(help="What it is about.")],
    db: DbOption = None,
) -> None:
    """Note that you have seen to something; if it happens again it is open again."""
    from canopy.iot.tending import happenings

    with tending(db) as on:
        found = happenings.acknowledge(
            on.readings, kind, subject, local_principal().name, now_utc()
        )
    _say(f"{kind} {subject}: seen by {found.acknowledged_by}.")


def _filter(
    kind: str | None, topic: str | None, since: datetime | None, text: str | None, replayed: bool
) -> DeadFilter:
    moment = None if since is None else since.replace(tzinfo=UTC)
    return DeadFilter(kind, topic, moment, text, with_replayed=replayed)


def _withholding(on: Tending) -> Withholding:
    from canopy.iot.ingest.running import routes_of
    from canopy.iot.payloads.dispatch import Dispatcher
    from canopy.iot.tending.withholding import withholding_of

    with on.database.reading() as session:
        return withholding_of(session, Dispatcher(routes_of(on.settings)), local_principal().role)


def _newest(each: Waiting) -> str:
    if each.withheld is not None:
        return f"newest value {each.withheld}"
    return f"newest {each.sample} {each.held.unit or ''}".rstrip()


def _told(letter: DeadLetter, withheld: str | None) -> Iterator[str]:
    yield f"{letter.kind}: {withheld or letter.reason}"
    if letter.part and withheld is None:
        yield f"part {letter.part}"
    yield (
        f"{letter.channel}, gateway {letter.gateway or 'none'}, topic {letter.topic}"
        + (f", {letter.content_type}" if letter.content_type else "")
    )
    yield (
        f"{letter.times:,} times, first {_moment(letter.first_at)}, last {_moment(letter.last_at)}"
    )
    if letter.replayed_at is not None:
        yield f"replayed {_moment(letter.replayed_at)}"


def _pairs(option: str, given: list[str] | None) -> Iterator[tuple[str, str]]:
    for each in given or ():
        stream, equals, value = each.rpartition("=") if option != "define" else each.partition("=")
        if not (stream and equals and value):
            raise typer.BadParameter(f"--{option} {each!r}: write STREAM=VALUE")
        yield stream, value


def _numbers(option: str, given: list[str] | None) -> dict[str, float]:
    found = {}
    for stream, value in _pairs(option, given):
        try:
            found[stream] = float(value)
        except ValueError:
            told = f"--{option} {stream}={value}: {value!r} is no number"
            raise typer.BadParameter(told) from None
    return found


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
