"""What waits in quarantine, and approving a device: its Thing, its streams, its readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.payloads.reading import Result
from canopy.iot.store.opening import Readings, ReadingStore
from canopy.iot.tending import queries
from canopy.iot.tending.queries import HeldStream
from canopy.iot.tending.releasing import MOST, Released, reading_of, release_known
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.queries import stream_named
from canopy.iot.things.registering import Registered, register_all
from canopy.iot.things.registry import streams_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stream that waits, with its newest value."""

    held: HeldStream
    sample: Result


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of a device when it is approved.

    units, lows, highs, definitions: by stream; what is not said is taken from its readings, or
    left open. streams: only these, where any are given. any_gateway: do not bind its streams to
    the gateway that brought them.
    """

    asset: str
    thing: str = ""
    streams: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    lows: Mapping[str, float] = field(default_factory=dict)
    highs: Mapping[str, float] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    data_class: str = "council"
    purpose: str | None = None
    lawful_basis: str | None = None
    retention_days: int | None = None
    owner: str | None = None
    any_gateway: bool = False


def waiting(readings: Readings, after: str | None = None, limit: int = 100) -> list[Waiting]:
    """What waits of `limit` sources, in order, from after one on."""
    with readings.reading() as session:
        sources = queries.held_sources(session, after, limit)
        return [
            Waiting(each, reading_of(queries.newest_held(session, each)).result)
            for each in queries.held_streams(session, sources)
        ]


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
) -> tuple[Registered, Released]:
    """Register a device with its streams, and store what waits of it.

    `at_once`: so many readings at most are stored now; ingestion, or the same again, stores the
    rest. Interrupted between the two, the same again goes on where it was. Raises NotFound where
    nothing waits, Refused and ImportRefused where it cannot be registered so.
    """
    with readings.reading() as session:
        held = queries.held_streams(session, [source])
    chosen = [each for each in held if not terms.streams or each.stream in terms.streams]
    _require_known(source, terms, held)
    entries = _unregistered(database, source, terms, chosen)
    done = Registered()
    if entries:
        numbered = [(0, entry) for entry in entries]
        done = register_all(database, numbered, principal, now, name=source or "streams")
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
            return done, released


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
