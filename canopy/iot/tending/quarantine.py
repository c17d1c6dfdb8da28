"""What waits in quarantine, and approving a device: its Thing, its streams, its readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Result
from canopy.iot.store.opening import Readings, ReadingStore
from canopy.iot.tending import queries
from canopy.iot.tending.queries import HeldStream
from canopy.iot.tending.releases import (
    NO_DEVICE,
    Release,
    Terms,
    releases_of,
    require_basis,
    require_said,
    require_same_class,
    require_sound,
)
from canopy.iot.tending.releasing import MOST, Released, reading_of, release_known
from canopy.iot.tending.withholding import Withholding, withholding_of
from canopy.iot.things.entries import StreamEntry, faults_of
from canopy.iot.things.entry_files import refuse
from canopy.iot.things.queries import stream_named
from canopy.iot.things.registering import Registered, register_all
from canopy.iot.things.registry import streams_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stream that waits, with its newest value, or why that is withheld."""

    held: HeldStream
    sample: Result | None
    withheld: str | None = None


class Approved(NamedTuple):
    """What was registered, what came of the readings, and which those were."""

    registered: Registered
    released: Released
    releases: list[Release]


def waiting(
    readings: Readings, withholding: Withholding, after: str | None = None, limit: int = 100
) -> list[Waiting]:
    """What waits of `limit` sources, in order, from after one on."""
    with readings.reading() as session:
        sources = queries.held_sources(session, after, limit)
        return [
            _waiting(session, each, withholding) for each in queries.held_streams(session, sources)
        ]


def _waiting(session: Session, each: HeldStream, withholding: Withholding) -> Waiting:
    withheld = withholding.of_held(each.source, each.stream, each.gateway)
    if withheld is not None:
        return Waiting(each, None, withheld)
    return Waiting(each, reading_of(queries.newest_held(session, each)).result)


def approve(
    database: Database,
    readings: Readings,
    store: ReadingStore,
    source: str,
    terms: Terms,
    principal: Principal,
    now: datetime,
    bounds: Bounds,
    *,
    at_once: int | None = None,
    dry_run: bool = False,
) -> Approved:
    """Register a device with its streams, and store what waits of it.

    `at_once`: so many readings at most are stored now; ingestion, or the same again, stores the
    rest. Interrupted between the two, the same again goes on where it was. `dry_run`: tell what
    would be released, and release nothing. Raises NotFound where nothing waits, Refused and
    ImportRefused where it cannot be registered so.
    """
    with readings.reading() as session:
        source = _source(session, source)
        held = queries.held_streams(session, [source])
    chosen = [each for each in held if not terms.streams or each.stream in terms.streams]
    _require_known(source, terms, held)
    require_said(source, terms, chosen)
    entries = _unregistered(database, source, terms, chosen)
    releases = _checked(database, readings, source, terms, chosen, entries, principal.role)
    done = Registered()
    if entries:
        numbered = [(0, entry) for entry in entries]
        done = register_all(
            database, numbered, principal, now, name=source or "streams", dry_run=dry_run
        )
    if dry_run:
        return Approved(done, Released(), releases)
    with database.reading() as session:
        wanted = {each.stream for each in chosen}
        streams = {
            name: stream for name, stream in streams_of(session).items()
            if name[0] == source and name[1] in wanted
        }  # fmt: skip
    sorter = Sorter(streams, bounds, "held")
    released = Released()
    while True:
        part = release_known(readings, store, sorter, source=source, most=at_once or MOST)
        released.stored += part.stored
        released.known += part.known
        released.dead += part.dead
        if at_once is not None or not part.is_more:
            released.is_more = part.is_more
            return Approved(done, released, releases)


def _source(session: Session, source: str) -> str:
    """The device; none, where it is named as lists show that there is none."""
    if source == NO_DEVICE and not queries.held_streams(session, [source]):
        return ""
    return source


def _checked(
    database: Database,
    readings: Readings,
    source: str,
    terms: Terms,
    chosen: Sequence[HeldStream],
    entries: Sequence[StreamEntry],
    role: Role,
) -> list[Release]:
    """What would be released. Raises ImportRefused with each wrong field, and Refused where
    something of it must be said first."""
    refuse(source or "streams", [fault for entry in entries for fault in faults_of(entry)])
    new = {entry.stream for entry in entries}
    unknown = [each for each in chosen if each.stream in new]
    with readings.reading() as session, database.reading() as catalogue:
        require_basis(catalogue, session, source, terms, unknown)
        withholding = withholding_of(catalogue, Dispatcher(), role)
        releases = releases_of(session, terms, chosen, withholding)
        require_same_class(
            terms, [
                (stream.stream, stream.data_class)
                for each in chosen if each.stream not in new
                if (stream := stream_named(catalogue, source, each.stream)) is not None
            ]
        )  # fmt: skip
    require_sound(terms, unknown, [each for each in releases if each.stream in new])
    return releases


def _require_known(source: str, terms: Terms, held: Sequence[HeldStream]) -> None:
    names = {each.stream for each in held}
    if not held:
        raise NotFound(f"Nothing waits of {source!r}; `canopy iot held list` tells what does.")
    said = {*terms.streams, *terms.units, *terms.lows, *terms.highs, *terms.definitions}
    unknown = sorted(said - names)
    if unknown:
        raise Refused(
            f"Nothing waits of {source!r} in a stream {unknown[0]!r}; what waits is "
            f"{', '.join(sorted(names))}."
        )


def _unregistered(
    database: Database, source: str, terms: Terms, chosen: Sequence[HeldStream]
) -> list[StreamEntry]:
    by_stream: dict[str, list[HeldStream]] = {}
    for each in chosen:
        by_stream.setdefault(each.stream, []).append(each)
    entries = []
    with database.reading() as session:
        for name, held in by_stream.items():
            stream = stream_named(session, source, name)
            if stream is None:
                entries.append(_entry(source, name, terms, held))
            elif stream.is_withdrawn:
                raise Refused(
                    f"{source}/{name} was withdrawn. Register it again with `canopy iot thing "
                    "import`, or refuse what waits."
                )
            elif stream.gateway not in (None, *(each.gateway for each in held)):
                raise Refused(
                    f"{source}/{name} is for gateway {stream.gateway} alone, and what waits came "
                    f"by {held[0].gateway or 'none'}. Change that with `canopy iot thing add`, or "
                    "refuse what waits."
                )
    return entries


def _entry(source: str, name: str, terms: Terms, held: Sequence[HeldStream]) -> StreamEntry:
    return StreamEntry(
        asset=terms.asset, source=source, stream=name, thing=terms.thing,
        observed_property=name,
        definition=terms.definitions.get(name, f"urn:canopy:observed:{name.replace(' ', '-')}"),
        result=_kind(held), unit=terms.units.get(name) or _unit(source, name, held),
        low=terms.lows.get(name), high=terms.highs.get(name), data_class=terms.data_class,
        purpose=terms.purpose, lawful_basis=terms.lawful_basis,
        retention_days=terms.retention_days, owner=terms.owner,
        gateway=None if terms.any_gateway else _gateway(source, name, held),
    )  # fmt: skip


def _kind(held: Sequence[HeldStream]) -> str:
    total = sum(each.total for each in held)
    truths, texts = (sum(each.truths for each in held), sum(each.texts for each in held))
    if truths == texts == 0:
        return "number"
    return {truths: "truth", texts: "text"}.get(total, "any")


def _unit(source: str, name: str, held: Sequence[HeldStream]) -> str | None:
    units = {each.unit for each in held if each.unit is not None}
    if len(units) > 1:
        raise Refused(
            f"{source}/{name} came in {', '.join(sorted(units))}; say which is right with --unit "
            f"{name}=…: readings in the others become dead letters."
        )
    return next(iter(units), None)


def _gateway(source: str, name: str, held: Sequence[HeldStream]) -> str | None:
    gateways = sorted({each.gateway for each in held})
    if len(gateways) > 1:
        raise Refused(
            f"{source}/{name} came by {', '.join(each or 'no gateway' for each in gateways)}. "
            "Refuse what came by the wrong one with `canopy iot held refuse --gateway`, or let "
            "any publish it with --any-gateway."
        )
    return gateways[0] or None
