"""How a recognised column is to be read: its unit, its format, what its words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from canopy.assets.importers.base import RowIssue
from canopy.assets.kinds import Kind, validate_attributes
from canopy.assets.mapping.dates import has_two_digit_year, order_evidence
from canopy.assets.mapping.headings import heading_words
from canopy.assets.mapping.lengths import (
    TYPICAL_HEIGHT_M,
    UnitGuess,
    can_convert,
    guess_unit,
    is_a_choice,
    unit_in_heading,
    unit_of,
)
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.model import UNKNOWN, ColumnRule, Scalar
from canopy.assets.mapping.profile import BELIEVED_SHARE, MAX_WORDS, Column
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import Unreadable, parse_choice
from canopy.assets.mapping.words import meaning_of
from canopy.errors import BadAttribute


@dataclass
class Findings:
    """Rules by target with their evidence, and what is worth saying."""

    rules: dict[str, ColumnRule] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[RowIssue] = field(default_factory=list)


def propose_rule(column: Column, target: Target, kind: str | None, to: Findings) -> ColumnRule:
    unit = None
    form = None
    values: dict[str, Scalar] = {}
    if target.form in ("number", "integer"):
        unit = _unit(column, target, kind, to)
        form = "decimal comma" if column.decimal == "comma" else None
        values = _zeros(column, target, kind, to)
    elif target.form == "date":
        form = _date_order(column, target, to)
    elif target.form == "choice":
        values = _words(column, target, to)
    return ColumnRule(columns=(column.name,), unit=unit, format=form, values=values)


def _unit(column: Column, target: Target, kind: str | None, to: Findings) -> str | None:
    if target.unit is None:
        return None
    written = unit_in_heading(column.name)
    if written and can_convert(written, target.unit):
        if written == target.unit:
            return None
        return _said_unit(target, column, written, 0.98, f"the heading says {written}", to)
    beside = {unit_of(unit) for unit in column.numbers.units.values()}
    if len(column.numbers.units) > BELIEVED_SHARE * len(column.known) and len(beside) == 1:
        reason = f"the values say {beside.pop()}"
        to.evidence.append(Evidence(f"units.{target.name}", column.name, 0.98, reason))
        return None
    is_height = "height" in heading_words(target.name) and target.unit == "m"
    low = target.minimum or 0.0
    high = target.maximum if target.maximum is not None else np.inf
    if is_height and kind in TYPICAL_HEIGHT_M:
        low, high = TYPICAL_HEIGHT_M[kind]
    numbers = column.numbers.numbers
    guess = guess_unit(numbers, target.unit, low, high, is_height=is_height)
    if is_a_choice(numbers, target.unit) and not _names_unit(column.name, guess.unit):
        to.problems.append(_guessed(column, target, guess))
    if guess.unit == target.unit:
        to.evidence.append(
            Evidence(f"units.{target.name}", column.name, round(guess.confidence, 2), guess.reason)
        )
        return None
    return _said_unit(target, column, guess.unit, guess.confidence, guess.reason, to)


_WATT = re.compile("watt", re.IGNORECASE)


def _names_unit(heading: str, unit: str) -> bool:
    """Whether the heading is a word for quantities in that unit: a wattage is in watts."""
    return unit == "W" and _WATT.search(heading) is not None


def _guessed(column: Column, target: Target, guess: UnitGuess) -> RowIssue:
    return RowIssue(
        None,
        "unit-guessed",
        f"{column.name}: nothing says its unit; read as {guess.unit} ({guess.confidence:.0%}: "
        f'{guess.reason}). Where that is wrong, write {target.name} = "…" under [units] in a '
        "mapping, or the unit into the heading.",
        column.name,
    )


def _said_unit(
    target: Target, column: Column, unit: str, confidence: float, reason: str, to: Findings
) -> str:
    to.evidence.append(Evidence(f"units.{target.name}", column.name, round(confidence, 2), reason))
    return unit


def _may_be_zero(target: Target, kind: str | None) -> bool:
    if target.minimum is not None and target.minimum > 0:
        return False
    if kind is None or not target.is_attribute:
        return True
    try:
        validate_attributes(Kind(kind), {target.name: 0})
    except BadAttribute:
        return False
    return True


def _zeros(column: Column, target: Target, kind: str | None, to: Findings) -> dict[str, Scalar]:
    """Zero where the target cannot be zero is how many files write 'not known'."""
    zeros = {word: n for word, n in column.distinct.items() if _is_zero(word)}
    if not zeros or _may_be_zero(target, kind):
        return {}
    count = sum(zeros.values())
    reason = f"{count} zeros, and {target.name} cannot be zero: not known"
    for word in zeros:
        to.evidence.append(Evidence(f"values.{target.name}.{word}", column.name, 0.8, reason))
    to.problems.append(
        RowIssue(
            None,
            "zero-means-unknown",
            f"{column.name}: {reason}. Read as unknown; change [values.{target.name}] if not.",
            column.name,
        )
    )
    return {word: UNKNOWN for word in zeros}


def _is_zero(word: str) -> bool:
    try:
        return float(word.replace(",", ".")) == 0
    except ValueError:
        return False


def _date_order(column: Column, target: Target, to: Findings) -> str | None:
    day_first, month_first, either = order_evidence(column.some)
    if any(has_two_digit_year(value) for value in column.some):
        to.problems.append(
            RowIssue(
                None,
                "two-digit-years",
                f"{column.name} has years of two digits; they are read as 1969 to 2068.",
                column.name,
            )
        )
    if not day_first and not month_first and not either:
        return None
    if day_first and month_first:
        reason = f"{day_first} dates can only be day/month, {month_first} only month/day"
        to.problems.append(
            RowIssue(
                None,
                "mixed-date-orders",
                f"{column.name}: {reason}. The {min(day_first, month_first)} will be rejected; "
                "write the column in one order.",
                column.name,
            )
        )
        order, confidence = ("dd/mm/yyyy" if day_first >= month_first else "mm/dd/yyyy"), 0.5
    elif month_first:
        order, confidence, reason = "mm/dd/yyyy", 0.95, f"{month_first} dates can only be month/day"
    elif day_first:
        order, confidence, reason = "dd/mm/yyyy", 0.95, f"{day_first} dates can only be day/month"
    else:
        order, confidence, reason = "dd/mm/yyyy", 0.6, "no day is above 12; the UK order is assumed"
        to.problems.append(
            RowIssue(
                None,
                "ambiguous-dates",
                f"{column.name}: no date shows whether the day or the month comes first; read as "
                f"dd/mm/yyyy. Change [formats] {target.name} if that is wrong.",
                column.name,
            )
        )
    to.evidence.append(Evidence(f"formats.{target.name}", column.name, confidence, reason))
    return order


def _words(column: Column, target: Target, to: Findings) -> dict[str, Scalar]:
    """What the column's words mean where they are not the allowed values themselves."""
    found: dict[str, Scalar] = {}
    missing: list[str] = []
    for word, count in column.distinct.most_common(MAX_WORDS):
        if not isinstance(parse_choice(word, target.allowed), Unreadable):
            continue
        meaning = meaning_of(word, target.allowed)
        if meaning is None:
            missing.append(f"{word!r} ({count} rows)")
        found[word] = meaning or UNKNOWN
        reason = f"{count} rows" if meaning else f"{count} rows; not understood"
        confidence = 0.75 if meaning else 0.2
        to.evidence.append(
            Evidence(f"values.{target.name}.{word}", column.name, confidence, reason)
        )
    if missing:
        to.problems.append(
            RowIssue(
                None,
                "words-not-understood",
                f"{column.name}: {', '.join(missing[:10])} mean nothing for {target.name}, which "
                f"is one of {', '.join(target.allowed)}. Read as unknown; say what they mean "
                f"under [values.{target.name}].",
                column.name,
            )
        )
    return found
