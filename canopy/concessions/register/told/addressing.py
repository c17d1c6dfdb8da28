"""Who is told of which alerts: the manager of an agreement, and those that a setting names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from canopy.concessions.alerts.alert import Alert, AlertKind
from canopy.concessions.alerts.feed import uid_of
from canopy.errors import Refused
from canopy.mail import checked_address

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom the setting names.

    Attributes:
        kinds: the kinds of alerts that are told of every agreement. Where there are none, those
            of agreements that have no manager with an address, of every kind.
    """

    address: str
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Manager:
    """Who looks after an agreement.

    Attributes:
        address: where alerts are sent; None where none is on record.
    """

    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Addressed:
    """Alerts by who is told of them.

    Attributes:
        letters: by address; each alert is there once.
        nobodys: alerts that nobody is told of.
    """

    letters: Mapping[str, Sequence[Alert]]
    nobodys: Sequence[Alert] = field(default=())


def readers(text: str) -> list[Reader]:
    """Those of a setting: ``anna@example.org, legal@example.org=break-notice+expiry``.

    ``=all`` stands for every kind. Raises Refused for an address that is none, one that is there
    twice, and an unknown kind.
    """
    found = [_reader(each.strip()) for each in text.split(",") if each.strip()]
    addresses = [each.address.casefold() for each in found]
    twice = next((each for each in addresses if addresses.count(each) > 1), None)
    if twice is not None:
        raise Refused(f"{twice} is there twice; join its kinds by +.")
    return found


def _reader(text: str) -> Reader:
    address, equals, named = text.partition("=")
    kinds = frozenset(named.split("+")) if equals else frozenset()
    if kinds == {_ALL}:
        kinds = frozenset(get_args(AlertKind))
    unknown = sorted(kinds - set(get_args(AlertKind)))
    if unknown:
        raise Refused(
            f"{address} asks for {unknown[0]!r}, which is no kind of alert; "
            f"there are {', '.join(get_args(AlertKind))}, and {_ALL}."
        )
    return Reader(checked_address(address), kinds)


def addressed(
    recipients: Sequence[Reader], alerts: Iterable[Alert], managers: Mapping[str, Manager]
) -> Addressed:
    """Each alert for the manager of its agreement, by reference, and for who asks for its kind.

    One whose agreement has no manager with an address goes to the readers without kinds. Two
    spellings of an address in other letters are one; the setting's is used.
    """
    spelled = {each.address.casefold(): each.address for each in recipients}
    letters: dict[str, dict[str, Alert]] = {each.address: {} for each in recipients}
    nobodys = []
    for alert in alerts:
        manager = managers.get(alert.agreement)
        own = manager.address if manager else None
        told = [each.address for each in recipients if alert.kind in each.kinds]
        if own is not None:
            told.append(spelled.setdefault(own.casefold(), own))
        else:
            told += [each.address for each in recipients if not each.kinds]
        for address in told:
            letters.setdefault(address, {})[uid_of(alert)] = alert
        if not told:
            nobodys.append(alert)
    return Addressed(
        {address: tuple(found.values()) for address, found in letters.items()}, tuple(nobodys)
    )
