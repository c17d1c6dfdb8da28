"""The values of one target: parsed, converted to its unit, checked against its range."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from canopy.assets.mapping.arrays import Memo
from canopy.assets.mapping.dates import DateOrder, parse_date
from canopy.assets.mapping.lengths import can_convert, convert, unit_of
from canopy.assets.mapping.model import AS_EXPORTED, UNKNOWN, ColumnRule, Scalar
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import (
    DecimalMark,
    Quantity,
    Unreadable,
    as_exported,
    as_text,
    is_unknown,
    parse_boolean,
    parse_choice,
    parse_list,
    parse_quantity,
    parse_text,
)
from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that rejects its row: code and message (without the row)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A value (None: unknown) with something to say about it."""

    value: object
    code: str
    message: str


DATE_ORDERS: dict[str, DateOrder] = {
    "dd/mm/yyyy": "dmy",
    "mm/dd/yyyy": "mdy",
    "yyyy-mm-dd": "ymd",
}


class FieldReader:
    """Reads the columns of one target by its rule."""

    def __init__(self, target: Target, rule: ColumnRule | None, column: str | None) -> None:
        self.target, self.column = target, column
        self._rule = rule
        self._words = (
            {as_text(word).casefold(): value for word, value in rule.values.items()} if rule else {}
        )
        self._decimal: DecimalMark | None = None
        self._order: DateOrder = "dmy"
        self._is_own = rule is not None and rule.format == AS_EXPORTED
        if self._is_own:
            self._order = "ymd"
        elif rule and rule.format:
            if rule.format in DATE_ORDERS:
                self._order = DATE_ORDERS[rule.format]
            else:
                self._decimal = "comma" if rule.format.endswith("comma") else "point"
        self._unit = (unit_of(rule.unit) if rule and rule.unit else None) or target.unit
        self._parse = self._parser()
        self._memo = Memo(self._read)

    def read_column(self, values: Sequence[object]) -> list[object]:
        """One of: the value, None, `Refused`, `Noted` for each raw value."""
        return self._memo.column(values)

    def read_given(self, value: Scalar) -> object:
        """A value from `[constants]` or a correction, in the target's own unit."""
        return FieldReader(self.target, None, self.column)._read(value)

    def _read(self, value: object) -> object:
        if self._words:
            mapped = self._words.get(as_text(value).casefold(), self)
            if mapped is not self:
                return None if mapped == UNKNOWN else self.read_given(mapped)  # type: ignore[arg-type]
        found = self._parse(value)
        if isinstance(found, Unreadable):
            return self._refusal(found)
        return found

    def _refusal(self, found: Unreadable) -> Refused:
        name = self.column or self.target.name
        code = "value-not-allowed" if self.target.form == "choice" else "unreadable-value"
        return Refused(
            code,
            f"{name} {found.text!r} is {found.reason}; correct it, or say what it means under "
            f"[values.{self.target.name}] in the mapping.",
        )

    def _parser(self) -> Callable[[object], object]:
        form = self.target.form
        if self._is_own and (self.target.is_attribute or form in ("text", "date")):
            return lambda value: as_exported(value, form)
        parsers: dict[str, Callable[[object], object]] = {
            "text": parse_text,
            "number": self._number,
            "integer": self._integer,
            "boolean": parse_boolean,
            "date": self._date,
            "list": parse_list,
            "choice": lambda value: parse_choice(value, self.target.allowed),
            "uprn": lambda value: self._identifier(value, normalise_uprn),
            "usrn": lambda value: self._identifier(value, normalise_usrn),
            "postcode": lambda value: self._identifier(value, normalise_postcode),
        }
        return parsers[form]

    def _number(self, value: object) -> object:
        number = None if self._decimal == "comma" and isinstance(value, str) else _plain(value)
        unit = self._unit
        if number is None:
            quantity = parse_quantity(value, self._decimal)
            if not isinstance(quantity, Quantity):
                return quantity
            number = quantity.number
            if quantity.unit:
                unit = unit_of(quantity.unit)
                if unit is None or (unit != self.target.unit and not self._convertible(unit)):
                    return Unreadable(
                        as_text(value), f"not in {self.target.unit or 'plain numbers'}"
                    )
        if unit and self.target.unit and unit != self.target.unit:
            number = float(convert(np.array([number]), unit, self.target.unit)[0])
        return self._in_range(number, value)

    def _convertible(self, unit: str) -> bool:
        return self.target.unit is not None and can_convert(unit, self.target.unit)

    def _in_range(self, number: float, value: object) -> object:
        low, high = self.target.minimum, self.target.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            name = self.column or self.target.name
            unit = f" {self.target.unit}" if self.target.unit else ""
            read_as = "" if _plain(value) == number else f", read as {number:g}{unit},"
            return Refused(
                "value-out-of-range",
                f"{name} {as_text(value)!r}{read_as} is not between {_bound(low)} and "
                f"{_bound(high)}{unit} ({self.target.name}); correct it, give the column's unit "
                f"under [units], or say what it means under [values.{self.target.name}].",
            )
        return number

    def _integer(self, value: object) -> object:
        number = self._number(value)
        if isinstance(number, float):
            if not number.is_integer():
                return Unreadable(as_text(value), "no whole number")
            return int(number)
        return number

    def _date(self, value: object) -> object:
        found = parse_date(value, self._order)
        if found is None and not is_unknown(value):
            return Noted(
                None,
                "null-date",
                f"{self.column} {as_text(value)!r} is what spreadsheets write for no date; the "
                "date is unknown.",
            )
        if isinstance(found, date) and self.target.is_attribute:
            return found.isoformat()
        return found

    def _identifier(
        self, value: object, normalise: Callable[[str], tuple[str | None, str | None]]
    ) -> object:
        if is_unknown(value):
            return None
        text = as_text(value)
        found, note = normalise(text)
        name, form = self.column or self.target.name, self.target.form
        if found is None:
            reason = note or f"{text!r} is none"
            return Noted(None, f"bad-{form}", f"{name}: {reason}; it was left unknown.")
        return Noted(found, f"repaired-{form}", f"{name}: {note}.") if note else found


def _plain(value: object) -> float | None:
    """The usual clean number, None for everything that needs a closer look."""
    if isinstance(value, str):
        if "_" in value:
            return None
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e300 else None
    return None


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"
