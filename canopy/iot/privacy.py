"""The one gate that readings pass before they leave: raw, summed up with others, or not at all.

Every outlet asks here: SensorThings and the pages of readings by `raw_classes` and
`named_classes`, which their audience is made of; data products by `let_out`; whoever sends single
values by `leaves_raw`; what judges, proposes or bills by the readings of one Thing by `is_single`.
Deny by default: a class that is not known here leaves nothing. Pure: no database, no clock.

Personal risk is where readings could tell of a person: of a home, a vehicle, a device that
somebody carries. A mean over time of one sensor in one home is still about that home, so time
alone is not enough: several Things must be summed up together. Lowest and highest values are
single readings, and never leave. Source of the duty: UK GDPR Art. 5(1)(c) and 25.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from canopy.access.rules import Role

OPEN, COUNCIL, PERSONAL_RISK = "open", "council", "personal-risk"
CLASSES = (OPEN, COUNCIL, PERSONAL_RISK)
_RAW_FOR: Mapping[str, Role] = MappingProxyType({OPEN: Role.public, COUNCIL: Role.planner})
"""Who reads single values. Of personal risk nobody does, whatever the role."""
LEAST_S = 3_600
"""Shortest span that readings of personal risk are summed up over [s]."""
LEAST_THINGS = 5
"""Fewest Things that must have reported in a span."""
LEAST_READINGS = 10
"""Fewest readings of them together."""
NOT_PERSONAL = "not-personal-data"
LAWFUL_BASES: Mapping[str, str] = MappingProxyType({
    "consent": "consent, UK GDPR Art. 6(1)(a)",
    "contract": "a contract with the person, UK GDPR Art. 6(1)(b)",
    "legal-obligation": "a legal obligation, UK GDPR Art. 6(1)(c)",
    "vital-interests": "somebody's vital interests, UK GDPR Art. 6(1)(d)",
    "public-task": "a task in the public interest, UK GDPR Art. 6(1)(e)",
    "recognised-legitimate-interests":
        "a recognised legitimate interest, UK GDPR Art. 6(1)(ea)",
    "legitimate-interests": "legitimate interests, UK GDPR Art. 6(1)(f)",
    NOT_PERSONAL: "none is needed: this is not personal data",
})  # fmt: skip
"""Words for a lawful basis, and what a person is told."""
KEEPERS = Role.estates
"""From this role on people register Things and tend to what comes of them, of any class."""
_TELLING = frozenset(
    "anpr bedroom bluetooth carer child children doorbell face heart home imei imsi licence "
    "license mac mobile motion occupancy occupant occupied patient people person phone pir plate "
    "presence resident room tenant visitor voice wifi".split()
)
"""Words in names of streams that people's doings are told by."""
_NO_PRICE = "is of personal risk: nothing derived from it may carry a price"
_NEEDED = ("purpose", "lawful_basis", "retention_days", "owner")
"""What must be said of a stream of personal risk, and should be of any."""


def raw_classes(role: Role) -> tuple[str, ...]:
    """The classes of datastreams whose single readings a role may have."""
    return tuple(name for name, least in _RAW_FOR.items() if role.reaches(least))


def leaves_raw(data_class: str | None, role: Role) -> bool:
    """Whether a single reading of a stream of that class may go to a role."""
    least = _RAW_FOR.get(data_class or "")
    return least is not None and role.reaches(least)


def is_single(data_class: str | None) -> bool:
    """Whether somebody may have single readings of that class, so that what rests on them is told.

    What is judged or proposed by the readings of one Thing tells them, whoever it is told to.
    """
    return data_class in _RAW_FOR


def why_not_billed(data_class: str | None) -> str | None:
    """Why no charge and no saving may rest on a stream of that class; None where one may."""
    if is_single(data_class):
        return None
    if data_class == PERSONAL_RISK:
        return _NO_PRICE
    return "is of no class that is known: nothing leaves of it"


def named_classes(role: Role) -> tuple[str, ...]:
    """The classes of datastreams whose Things, places and instruments a role is told of.

    That somebody's home or vehicle is sensed tells of a person too: where a Thing has nothing but
    streams of other classes, only who keeps Things is told its name and place.
    """
    return CLASSES if role.reaches(KEEPERS) else tuple(_RAW_FOR)


def sounds_personal(name: str) -> bool:
    """Whether the name of what is sensed has a word that sounds like people and their homes."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    return not _TELLING.isdisjoint(re.findall(r"[a-z]+", parted))


def leaves_unsorted(role: Role) -> bool:
    """Whether what may be of personal risk, and nobody can tell, may go to a role.

    Somebody has to find out what it is: who answers for all of the catalogue.
    """
    return role.reaches(Role.admin)


class Summed(NamedTuple):
    """Readings of one datastream over a span from `start`, or of several together.

    stream: its number; None where several were combined. kind: what is observed and in which
    unit: only what is alike is combined. things: how many Things are in it.
    """

    data_class: str
    stream: int | None
    thing: int | None
    kind: str
    start: datetime
    readings: int
    low: float | None
    mean: float | None
    high: float | None
    things: int = 1


def let_out(sums: Iterable[Summed], seconds: int, role: Role) -> list[Summed]:
    """What of some sums over spans of `seconds` [s] may go to a role, by kind, start and stream.

    Sums of a class that the role reads raw go as they are. Those of personal risk are combined
    by kind and span: the mean of the Things' means, so that none outweighs the others, and only
    of `LEAST_THINGS` and `LEAST_READINGS` or more over `LEAST_S` or longer. The rest is withheld.
    """
    found: list[Summed] = []
    risky: dict[tuple[str, datetime], list[Summed]] = {}
    for each in sums:
        if leaves_raw(each.data_class, role):
            found.append(each)
        elif each.data_class == PERSONAL_RISK and seconds >= LEAST_S:
            risky.setdefault((each.kind, each.start), []).append(each)
    combined = (_combined(kind, start, group) for (kind, start), group in risky.items())
    found += [each for each in combined if each is not None]
    return sorted(found, key=lambda each: (each.kind, each.start, each.stream or 0))


def _combined(kind: str, start: datetime, group: list[Summed]) -> Summed | None:
    means: dict[int | None, list[float]] = {}
    readings = 0
    for each in group:
        if each.mean is not None and each.readings > 0:
            means.setdefault(each.thing, []).append(each.mean)
            readings += each.readings
    if len(means) < LEAST_THINGS or readings < LEAST_READINGS:
        return None
    per_thing = [math.fsum(each) / len(each) for each in means.values()]
    mean = math.fsum(per_thing) / len(per_thing)
    return Summed(PERSONAL_RISK, None, None, kind, start, readings, None, mean, None, len(means))


def why_no_price(data_class: str | None) -> str | None:
    """Why nothing that is made of a stream of that class may have a price; None where it may."""
    if data_class == OPEN:
        return None
    if data_class == PERSONAL_RISK:
        return _NO_PRICE
    return "is not open: only what is added to open data may carry a price"


def faults(
    data_class: str | None,
    purpose: str | None,
    lawful_basis: str | None,
    retention_days: int | None,
    owner: str | None,
) -> Iterator[tuple[str, str]]:
    """What is wrong with what is said of a stream: (field, rule)."""
    if data_class not in CLASSES:
        yield "data_class", f"{data_class!r} is none of {', '.join(CLASSES)}"
    if lawful_basis and lawful_basis not in LAWFUL_BASES:
        yield "lawful_basis", f"{lawful_basis!r} is none of {', '.join(LAWFUL_BASES)}"
    if data_class != PERSONAL_RISK:
        return
    for name in unsaid(purpose, lawful_basis, retention_days, owner):
        yield name, "must be given where data_class is personal-risk"
    if lawful_basis == NOT_PERSONAL:
        yield "lawful_basis", "cannot be not-personal-data where data_class is personal-risk"


def unsaid(
    purpose: str | None, lawful_basis: str | None, retention_days: int | None, owner: str | None
) -> list[str]:
    """Which of purpose, lawful basis, retention and owner are not said of a stream."""
    said = dict(zip(_NEEDED, (purpose, lawful_basis, retention_days, owner), strict=True))
    return [name for name, value in said.items() if value is None or value == ""]
