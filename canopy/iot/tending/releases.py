"""What an approval would release, and what of it must not pass without a word."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.errors import Refused
from canopy.iot import privacy
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Result
from canopy.iot.tending import queries
from canopy.iot.tending.queries import HeldStream
from canopy.iot.tending.releasing import reading_of
from canopy.iot.tending.withholding import Withholding, withholding_of

NO_DEVICE = "(no device)"
"""How lists show readings of which no device is named."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of a device when it is approved.

    data_class: what is not said is refused. units, lows, highs, definitions: by stream; what is
    not said is taken from its readings, or left open. streams: only these, where any are given.
    any_gateway: do not bind its streams to the gateway that brought them.
    """

    asset: str
    data_class: str = ""
    thing: str = ""
    streams: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    lows: Mapping[str, float] = field(default_factory=dict)
    highs: Mapping[str, float] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    purpose: str | None = None
    lawful_basis: str | None = None
    retention_days: int | None = None
    owner: str | None = None
    any_gateway: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """What would leave quarantine of one stream from one gateway, in one unit.

    dead: how many would become dead letters. That, lowest, highest and newest are None where
    values are withheld: its class is personal-risk, or may be; or where there is none.
    """

    stream: str
    gateway: str
    unit: str | None
    count: int
    dead: int | None
    first_at: datetime
    last_at: datetime
    lowest: float | None
    highest: float | None
    newest: Result | None
    is_withheld: bool

    def sentence(self) -> str:
        """In words."""
        told = (
            f"{self.stream}: {self.count:,} readings from {self.first_at:%Y-%m-%d %H:%M:%S} to "
            f"{self.last_at:%Y-%m-%d %H:%M:%S} by {self.gateway or 'no gateway'}"
        )
        if self.is_withheld:
            told += ", values withheld"
        elif self.lowest is not None and self.highest is not None:
            told += f", {self.lowest:g} to {self.highest:g}"
        told += "" if self.is_withheld else f", newest {self.newest}"
        told += f" {self.unit}" if self.unit else ""
        return told + (f"; {self.dead:,} would become dead letters" if self.dead else "")


def releases_of(
    session: Session, terms: Terms, chosen: Sequence[HeldStream], withholding: Withholding
) -> list[Release]:
    """What would leave of some streams; `session` is of the readings.

    How many are beyond a range would tell a value too, asked often enough.
    """
    found = []
    for each in chosen:
        name = each.stream
        is_withheld = (
            terms.data_class not in (privacy.OPEN, privacy.COUNCIL)
            or withholding.of_held(each.source, name, each.gateway) is not None
        )
        spread = queries.held_spread(session, each, terms.lows.get(name), terms.highs.get(name))
        unit = terms.units.get(name)
        is_other = unit is not None and each.unit is not None and unit != each.unit
        newest = None if is_withheld else reading_of(queries.newest_held(session, each)).result
        dead = each.total if is_other else None if is_withheld else spread.beyond
        found.append(Release(
            name, each.gateway, each.unit, each.total, dead, each.first_at, each.last_at,
            None if is_withheld else spread.lowest, None if is_withheld else spread.highest,
            newest, is_withheld,
        ))  # fmt: skip
    return found


def require_said(source: str, terms: Terms, chosen: Sequence[HeldStream]) -> None:
    """Raises Refused where it is not said of which class, or of which device, the readings are."""
    if not terms.data_class:
        raise Refused(
            "data_class must be given: open, council or personal-risk (--data-class). What may "
            "tell of a person (a home, a vehicle, a device that somebody carries) is "
            "personal-risk; nothing is approved without a class."
        )
    if source:
        return
    names = sorted({each.stream for each in chosen})
    if not terms.streams:
        raise Refused(
            "streams must be given where no device is named, since they may be of many "
            f"(--stream); what waits so is {', '.join(names)[:500]}."
        )
    if len(names) > 1 and not terms.thing:
        raise Refused(
            "thing must be given where several streams of no device are approved: name the Thing "
            "that they are of (--thing), or approve each alone."
        )


def require_basis(
    catalogue: Session, readings: Session, source: str, terms: Terms, chosen: Sequence[HeldStream]
) -> None:
    """Raises Refused where readings look as if they told of a person, and nobody says otherwise."""
    if terms.data_class == privacy.PERSONAL_RISK or terms.lawful_basis:
        return
    # a role that is not told what is doubtful: whoever approves, doubt is doubt
    withholding = withholding_of(catalogue, Dispatcher(), Role.estates)
    for each in chosen:
        for why in _looks_personal(readings, each):
            raise Refused(_basis_needed(source, each.stream, why))
        if withholding.of_held(source, each.stream, each.gateway) is not None:
            why = "it came with, or looks like, datastreams of personal-risk"
            raise Refused(_basis_needed(source, each.stream, why))


def _looks_personal(readings: Session, each: HeldStream) -> Iterator[str]:
    if privacy.sounds_personal(each.stream):
        yield "its name sounds like people"
    if queries.held_spread(readings, each, None, None).placed:
        yield "its readings have positions: the device is carried about"


def _basis_needed(source: str, stream: str, why: str) -> str:
    return (
        f"lawful_basis must be given for {source or NO_DEVICE}/{stream} (--lawful-basis): {why}. "
        f"Say {privacy.NOT_PERSONAL} where it is no personal data, else give data_class "
        "personal-risk with purpose, lawful basis, retention and owner."
    )


def require_sound(terms: Terms, chosen: Sequence[HeldStream], releases: Sequence[Release]) -> None:
    """Raises Refused for ranges of what is no number, and where nothing would be stored."""
    numbers = {each.stream for each in chosen if each.total > each.truths + each.texts}
    for field_name, given in (("lows", terms.lows), ("highs", terms.highs)):
        for stream in given:
            if stream not in numbers and stream in {each.stream for each in chosen}:
                raise Refused(f"{field_name}: {stream} is no number, and has no range.")
    for stream in sorted({each.stream for each in releases}):
        of = [each for each in releases if each.stream == stream]
        if all(each.dead == each.count for each in of):
            raise Refused(f"{_none_left(stream, of)} Put range and unit right.")


def _none_left(stream: str, of: Sequence[Release]) -> str:
    spans = [
        f"{each.lowest:g} to {each.highest:g} {each.unit or ''}".rstrip()
        for each in of if each.lowest is not None and each.highest is not None
    ]  # fmt: skip
    told = f"; they are {', '.join(spans)}" if spans else ""
    total = sum(each.count for each in of)
    return f"lows, highs, units: all {total:,} of {stream} would become dead letters{told}."


def require_same_class(terms: Terms, registered: Collection[tuple[str, str]]) -> None:
    """registered: (stream, its class) of those that are. Raises Refused for another class."""
    for stream, data_class in sorted(registered):
        if data_class != terms.data_class:
            raise Refused(
                f"data_class: {stream} is registered as {data_class}, and stays so here. Give that "
                "class, or change the datastream with `canopy iot thing add`."
            )
