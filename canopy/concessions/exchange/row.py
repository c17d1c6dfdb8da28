"""One row's cells by field, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeVar

from canopy.assets.mapping.values import Unreadable, as_text, is_unknown
from canopy.concessions.exchange import cells
from canopy.concessions.exchange.mapping import RegisterMapping
from canopy.concessions.exchange.words import choice

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is no agreement: the column (or the field, where it is no column's), the value
    as it stood, and the rule.
    """

    column: str
    value: str
    rule: str


@dataclass
class Row:
    """One row's cells by field. Whatever cannot be read is gathered in `faults`."""

    mapping: RegisterMapping
    columns: Mapping[str, str]
    values: Mapping[str, object]
    faults: list[Fault] = field(default_factory=list)

    def says(self, name: str) -> bool:
        return name in self.columns or name in self.mapping.constants

    def take(self, name: str, read: Callable[[object], _T | Unreadable | None]) -> _T | None:
        """A field's value; None where it is not known or, with a fault, cannot be read."""
        raw = self._raw(name)
        found = read(raw)
        if isinstance(found, Unreadable):
            self.blame(name, f"is {found.reason}", found.text)
            return None
        return found

    def day(self, name: str) -> date | None:
        return self.take(name, lambda raw: cells.day(raw, self.order(name)))

    def word(self, name: str) -> str | None:
        return self.take(name, lambda raw: choice(name, raw, self.words(name)))

    def order(self, name: str) -> str | None:
        rule = self.mapping.columns.get(name)
        return None if rule is None else rule.format

    def blame(self, name: str, rule: str, value: str | None = None) -> None:
        told = _shown(self._raw(name))[:80] if value is None else value
        self.faults.append(Fault(self.columns.get(name, name), told, rule))

    def is_blamed(self, name: str) -> bool:
        return any(fault.column == self.columns.get(name, name) for fault in self.faults)

    def text(self, name: str) -> str:
        """A cell as a person would write it; empty where it says nothing."""
        raw = self._raw(name)
        return "" if is_unknown(raw) else as_text(raw)

    def words(self, name: str) -> Mapping[str, object]:
        rule = self.mapping.columns.get(name)
        return {} if rule is None else rule.values

    def _raw(self, name: str) -> object:
        if name in self.values:
            return self.values[name]
        return self.mapping.constants.get(name)


def _shown(raw: object) -> str:
    """A cell as a person sees it: a day of a workbook is a time at midnight."""
    is_day = isinstance(raw, datetime) and raw.time() == time()
    return f"{raw:%Y-%m-%d}" if is_day else as_text(raw)
