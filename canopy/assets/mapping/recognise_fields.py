"""Finding the column of each target by its heading and by what stands below it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

import numpy as np

from canopy.assets.importers.base import RowIssue
from canopy.assets.kinds import Kind, validate_attributes
from canopy.assets.mapping.dates import has_two_digit_year, order_evidence
from canopy.assets.mapping.headings import heading_score, heading_words
from canopy.assets.mapping.lengths import (
    TYPICAL_HEIGHT_M,
    can_convert,
    guess_unit,
    unit_in_heading,
    unit_of,
)
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.model import UNKNOWN, ColumnRule, Scalar
from canopy.assets.mapping.profile import Column
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import (
    Unreadable,
    parse_boolean,
    parse_choice,
)
from canopy.assets.mapping.words import meaning_of
from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn
from canopy.errors import BadAttribute

LEAST_CONFIDENCE = 0.5
"""Below this a column is left unmapped and reported."""

BELIEVED_SHARE = 0.8
"""Share of a column's values that must fit the target's form."""

_NAMES = frozenset({"street", "name", "locality", "owner", "maintainer"})

MAX_WORDS = 200
"""Different words of an enum column that are looked up."""


@dataclass
class FieldProposal:
    """Rules by target with their evidence, and what is worth saying."""

    rules: dict[str, ColumnRule] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[RowIssue] = field(default_factory=list)


def recognise_fields(
    columns: Iterable[Column], targets: MappingOf[str, Target], kind: str | None
) -> FieldProposal:
    """Propose a column for each target that has a believable one; each column is used once."""
    proposal, columns = FieldProposal(), list(columns)
    scored = sorted(
        (
            (*_score(column, target), column, target)
            for column in columns
            for target in targets.values()
            if target.settable
        ),
        key=lambda item: (-round(item[0], 3), item[3].precedence),
    )
    used: set[str] = set()
    for score, reason, column, target in scored:
        if score < LEAST_CONFIDENCE:
            break
        if column.name in used or target.name in proposal.rules:
            continue
        used.add(column.name)
        proposal.evidence.append(Evidence(target.name, column.name, round(score, 2), reason))
        proposal.rules[target.name] = _rule(column, target, kind, proposal)
    order = {column.name: number for number, column in enumerate(columns)}
    proposal.rules = dict(
        sorted(proposal.rules.items(), key=lambda item: order[item[1].columns[0]])
    )
    return proposal


def _score(column: Column, target: Target) -> tuple[float, str]:
    heading = heading_score(column.name, target.headings)
    by_content = _content_alone(column, target)
    if heading < LEAST_CONFIDENCE and not by_content:
        return 0.0, ""
    if not column.known:
        return heading * 0.8, f"heading {column.name!r}; the column is empty"
    fits = _fits(column, target)
    if heading >= LEAST_CONFIDENCE:
        return heading * fits, f"heading {column.name!r}, values fit for {fits:.0%}"
    return by_content, f"the values look like {target.form.upper()}s"


def _content_alone(column: Column, target: Target) -> float:
    """Identifiers that cannot be mistaken, whatever the heading."""
    if target.form == "postcode" and column.texts:
        full = [text for text in column.texts if len(text) >= 6]
        return 0.65 if len(full) > 0.9 * len(column.texts) and _fits(column, target) > 0.95 else 0
    return 0.0


def _fits(column: Column, target: Target) -> float:
    """Share of values that the target can take; 0 when they are something else."""
    if target.form in ("number", "integer"):
        return 1.0 if column.numeric_share >= BELIEVED_SHARE else 0.0
    if target.form == "date":
        return 1.0 if column.date_share >= BELIEVED_SHARE else 0.0
    if target.form == "boolean":
        read = [not isinstance(parse_boolean(v), Unreadable) for v in column.some]
        return 1.0 if np.mean(read) >= BELIEVED_SHARE else 0.0
    if target.form == "choice":
        share = _choice_share(column, target)
        return share if share >= 0.5 else 0.0
    if target.form in ("uprn", "usrn", "postcode"):
        normalise = {"uprn": normalise_uprn, "usrn": normalise_usrn,
                     "postcode": normalise_postcode}[target.form]  # fmt: skip
        return float(np.mean([normalise(text)[0] is not None for text in column.texts]))
    if target.name == "ref":
        return 1.0 if column.distinct_share >= 0.5 else 0.4
    if target.name in _NAMES:
        numbers = column.numeric_share > BELIEVED_SHARE
        links = np.mean([text.startswith(("http:", "https:")) for text in column.texts]) > 0.5
        return 0.4 if numbers or links else 1.0
    return 1.0


def _choice_share(column: Column, target: Target) -> float:
    known = sum(column.distinct.values())
    read = sum(
        count
        for word, count in column.distinct.most_common(MAX_WORDS)
        if not isinstance(parse_choice(word, target.allowed), Unreadable)
        or meaning_of(word, target.allowed) is not None
    )
    return read / known if known else 0.0


def _rule(column: Column, target: Target, kind: str | None, to: FieldProposal) -> ColumnRule:
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


def _unit(column: Column, target: Target, kind: str | None, to: FieldProposal) -> str | None:
    if target.unit is None:
        return None
    written = unit_in_heading(column.name)
    if written and can_convert(written, target.unit):
        if written == target.unit:
            return None
        return _said_unit(target, column, written, 0.98, f"the heading says {written}", to)
    beside = {unit_of(unit) for unit in column.numbers.units.values()}
    if len(column.numbers.units) > BELIEVED_SHARE * len(column.known) and len(beside) == 1:
        return None
    is_height = "height" in heading_words(target.name) and target.unit == "m"
    low = target.minimum or 0.0
    high = target.maximum if target.maximum is not None else np.inf
    if is_height and kind in TYPICAL_HEIGHT_M:
        low, high = TYPICAL_HEIGHT_M[kind]
    numbers = column.numbers.numbers
    guess = guess_unit(numbers, target.unit, low, high, is_height=is_height)
    if guess.unit == target.unit:
        to.evidence.append(
            Evidence(f"units.{target.name}", column.name, round(guess.confidence, 2), guess.reason)
        )
        return None
    return _said_unit(target, column, guess.unit, guess.confidence, guess.reason, to)


def _said_unit(
    target: Target, column: Column, unit: str, confidence: float, reason: str, to: FieldProposal
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


def _zeros(
    column: Column, target: Target, kind: str | None, to: FieldProposal
) -> dict[str, Scalar]:
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


def _date_order(column: Column, target: Target, to: FieldProposal) -> str | None:
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


def _words(column: Column, target: Target, to: FieldProposal) -> dict[str, Scalar]:
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
