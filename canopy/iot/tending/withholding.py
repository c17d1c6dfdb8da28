"""What of quarantine, dead letters and happenings is withheld, since it tells of personal risk.

What waits, or could not be read, has no class of its own. It is taken for personal risk where it
names a datastream or a device that is, and for doubtful where such a datastream may have sent it:
what nobody could read may hold anything. `canopy.iot.privacy` decides who has it then.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.iot import privacy
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Decoded, Outcome
from canopy.iot.store.tables import DeadLetter, Happening
from canopy.iot.tending.queries import DeadFilter, dead_letters
from canopy.iot.tending.replaying import decoded_again, message_of
from canopy.iot.things.queries import RiskyStream, risky_streams
from canopy.iot.things.registry import streams_of

BELONGS = "withheld: it belongs to what is of personal risk, of which no single reading leaves"
MAY_BELONG = "withheld: it may hold readings of personal risk; only an admin may look"
_SHORT = 4
"""Names of fewer characters are looked for as whole words."""
_WORDS = re.compile(r"[^0-9a-z_]+")
_MOST_LOOKS = 20
"""So often a search that finds what is withheld goes on for one page."""
_LAST = "; the last:"
"""From here on, what is told of a run of dead letters may hold a value."""


class _Doubt(IntEnum):
    NONE = 0
    MAY = 1
    DOES = 2


class Seen(NamedTuple):
    """A dead letter, and why its reason, part and body are withheld; None where they are not."""

    letter: DeadLetter
    withheld: str | None


class Page(NamedTuple):
    """Some dead letters; `before` is where the next page begins, None where there is none."""

    seen: list[Seen]
    before: int | None


class Withholding:
    """What is withheld from a role, by the datastreams of a moment."""

    def __init__(
        self,
        risky: Sequence[RiskyStream],
        known: Collection[tuple[str, str]],
        numbers: Collection[int],
        dispatcher: Dispatcher,
        role: Role,
    ) -> None:
        """risky: datastreams whose single readings are withheld. known, numbers: of all others."""
        self._risky, self._dispatcher = risky, dispatcher
        self._known = set(known) | {("", str(number)) for number in numbers}
        self._keys = {(each.source, each.stream) for each in risky}
        self._keys |= {("", str(each.id)) for each in risky}
        self._sources = {each.source for each in risky} - {""}
        self._streams = {each.stream for each in risky}
        self._gateways = {each.gateway for each in risky}
        self._names = {(each.source or each.stream).lower() for each in risky}
        self._names |= {f"datastreams({each.id})" for each in risky}
        self._role = role

    def of_held(self, source: str, stream: str, gateway: str) -> str | None:
        """Why values of what waits are withheld; None where they are not."""
        return self._why(self._held(source, stream, gateway))

    def _held(self, source: str, stream: str, gateway: str) -> _Doubt:
        if (doubt := self._named_so(source, stream)) != _Doubt.MAY:
            return doubt
        is_like = stream in self._streams or gateway in self._gateways
        return _Doubt.MAY if is_like or not source else _Doubt.NONE

    def of_letter(self, letter: DeadLetter) -> str | None:
        """Why reason, part and body of a dead letter are withheld; None where they are not."""
        if not self._risky:
            return None
        outcome = decoded_again(self._dispatcher, letter, message_of(letter))
        return self._why(self._letter(letter, outcome))

    def _letter(self, letter: DeadLetter, outcome: Outcome) -> _Doubt:
        doubts, is_whole = [_Doubt.NONE], False
        if isinstance(outcome, Decoded):
            doubts = [self._named_so(each.source, each.stream) for each in outcome.readings]
            is_whole = bool(doubts) and not outcome.refused
        if not is_whole:
            doubts.append(self._unread(letter))
        doubt = max(doubts)
        return doubt if doubt != _Doubt.MAY or self._may_send(letter.gateway) else _Doubt.NONE

    def _unread(self, letter: DeadLetter) -> _Doubt:
        texts = (letter.topic, letter.part, letter.reason, letter.body.decode("utf-8", "replace"))
        text = "\n".join(texts).lower()
        words = set(_WORDS.split(text))
        is_named = any(
            name in words if len(name) < _SHORT else name in text for name in self._names
        )
        return _Doubt.DOES if is_named else _Doubt.MAY

    def _named_so(self, source: str, stream: str) -> _Doubt:
        if not self._risky:
            return _Doubt.NONE
        if (source, stream) in self._keys:
            return _Doubt.DOES
        if (source, stream) in self._known:
            return _Doubt.NONE
        return _Doubt.DOES if source in self._sources else _Doubt.MAY

    def _may_send(self, gateway: str) -> bool:
        return bool(self._gateways & {None, gateway}) or not gateway

    def detail_of(self, happening: Happening) -> str:
        """What is told of a happening."""
        subject, detail = happening.subject, happening.detail
        kind, _, number = subject.rpartition(" ")
        if kind == "datastream" and number.isdecimal():
            is_risky = int(number) in {each.id for each in self._risky}
            return self._why(_Doubt.DOES if is_risky else _Doubt.NONE) or detail
        told, last, _ = detail.partition(_LAST)
        if not (self._risky and last):
            return detail
        gateway, _, topic = subject.partition("/")
        is_named = any(name in topic.lower() for name in self._names if len(name) >= _SHORT)
        doubt = _Doubt.MAY if self._may_send(gateway) else _Doubt.NONE
        return detail if self._why(_Doubt.DOES if is_named else doubt) is None else told

    def _why(self, doubt: _Doubt) -> str | None:
        if doubt == _Doubt.DOES and not privacy.leaves_raw(privacy.PERSONAL_RISK, self._role):
            return BELONGS
        if doubt == _Doubt.MAY and not privacy.leaves_unsorted(self._role):
            return MAY_BELONG
        return None


def letters_seen(
    session: Session, withholding: Withholding, wanted: DeadFilter, before: int | None, limit: int
) -> Page:
    """A page of dead letters, newest first, with what is withheld of them.

    What is withheld is found by its topic alone: else a search would tell what is in it.
    """
    seen: list[Seen] = []
    for _ in range(_MOST_LOOKS):
        found = dead_letters(session, wanted, before, limit + 1)
        for letter in found:
            why = withholding.of_letter(letter)
            if why is None or wanted.text is None or wanted.text in letter.topic:
                seen.append(Seen(letter, why))
        if len(seen) > limit:
            return Page(seen[:limit], seen[limit - 1].letter.id)
        if len(found) <= limit:
            return Page(seen, None)
        before = found[-1].id
    return Page(seen, before)


def withholding_of(session: Session, dispatcher: Dispatcher, role: Role) -> Withholding:
    """What is withheld from a role, by the datastreams of now."""
    risky = risky_streams(session)
    if not risky:
        return Withholding((), (), (), dispatcher, role)
    numbers = {each.id for each in risky}
    known = {key: each for key, each in streams_of(session).items() if each.id not in numbers}
    return Withholding(risky, known, {each.id for each in known.values()}, dispatcher, role)
