"""Whether a data product can have a row at all: what is published empty is found out by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from canopy.errors import Refused
from canopy.iot import privacy
from canopy.iot.products.contents import Member

_MOST_TOLD = 10


def rowless(names: Mapping[int, str], members: Sequence[Member]) -> list[str]:
    """Datastreams of a product that can have no row, each with why.

    names: of all its datastreams, by number. members: those that stand in it. Raises Refused where
    none can have a row.
    """
    wrong = [f"{names[number]} {why}" for number, why in _without(names, members)]
    more = f"; and {len(wrong) - _MOST_TOLD:,} more" if len(wrong) > _MOST_TOLD else ""
    if wrong and len(wrong) == len(names):
        raise Refused(
            "The product cannot be published: it could have no row. "
            f"{'; '.join(wrong[:_MOST_TOLD])}{more}."
        )
    return wrong[:_MOST_TOLD] + ([f"{len(wrong) - _MOST_TOLD:,} more"] if more else [])


def _without(names: Mapping[int, str], members: Sequence[Member]) -> Iterator[tuple[int, str]]:
    known = {each.stream: each for each in members}
    things: dict[str, set[int]] = {}
    for each in members:
        if each.data_class == privacy.PERSONAL_RISK:
            things.setdefault(each.kind, set()).add(each.thing)
    for number in sorted(names):
        member = known.get(number)
        if member is None:
            yield number, "is not in it: outside its area, or where the public sees nothing"
        elif member.data_class == privacy.PERSONAL_RISK:
            count = len(things[member.kind])
            if count < privacy.LEAST_THINGS:
                least = privacy.LEAST_THINGS
                yield number, f"is of personal risk: {least} alike Things are needed, not {count}"
