"""Indexation in words, such as `CPI capped 5 %, upward only, every 3 years, simple`.

Every word must be understood: what is left over refuses the whole, since half a rule is
another rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from canopy.assets.mapping.values import Unreadable, as_text, is_unknown

NAME = "index"
"""What the rule of a register's row is called."""
LONGEST_CHARS = 300
_PERCENT = r"(\d{1,2}(?:\.\d{1,6})?) ?(?:%|per ?cent)"
_INDEX = r"(cpih|cpi|rpi)"
_END = r"(?: ?(?:pa|p\.a\.|per annum|a year|per year))?"
_NONE = re.compile(r"(?:no|not) ?(?:indexation|index|index(?:ed|-linked)|review)|fixed rent|flat")
_COUNTS = {"two": 2, "three": 3, "five": 5, "ten": 10}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass
class _Reading:
    """The text still to be understood, and the rule so far."""

    text: str
    rule: dict[str, object] = field(default_factory=dict)

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", self.text)
        if found is not None:
            self.text = f"{self.text[: found.start()]} , {self.text[found.end() :]}"
        return found


def index_rule(value: object) -> dict[str, object] | Unreadable | None:
    """The document of an index rule; None where there is none. The base month or the lag of a
    published index may be missing: a register has it in a column of its own.
    """
    if is_unknown(value):
        return None
    told = as_text(value)
    if len(told) > LONGEST_CHARS:
        return Unreadable(told, f"longer than {LONGEST_CHARS} characters")
    reading = _Reading(" ".join(told.casefold().replace("-", " ").split()))
    if _NONE.fullmatch(reading.text):
        return None
    reading.rule["name"] = NAME
    for part in (_base, _lag, _index, _bounds, _every, _method):
        part(reading)
    rule = reading.rule
    left = re.sub(r"\b(?:and|with|at|to|of|by|in line|linked|indexed|increase[sd]?|a|the)\b", " ",
                  reading.text)  # fmt: skip
    if "market" in reading.text:
        return Unreadable(
            told,
            "a review to the market, which follows no index: leave it out of this cell with "
            "[[corrections]], and give market_reviews in the agreement's terms",
        )
    if rest := re.sub(r"[\s,.;:()+]+", " ", left).strip():
        return Unreadable(told, f"not wholly understood ({rest!r} is no word of an index rule)")
    if "index" not in rule:
        return Unreadable(told, "without an index: CPI, CPIH, RPI, higher of, lower of, or fixed")
    return _with_method(rule, told)


def _with_method(rule: dict[str, object], told: str) -> dict[str, object] | Unreadable:
    """Bounds act alike for every yearly review; over several years the agreement decides."""
    several = rule.get("review_every_years", 1) != 1
    if several and ("cap" in rule or "collar" in rule) and "method" not in rule:
        return Unreadable(
            told,
            "unclear on how its bounds act over several years: add 'annual', 'simple' or "
            "'compounded at review'",
        )
    rule.setdefault("method", "at-review" if several else "annual")
    return rule


def _index(reading: _Reading) -> None:
    if found := reading.take(rf"(higher|greater|lower|lesser) of {_INDEX} (?:and|or) {_INDEX}"):
        reading.rule["index"] = "higher-of" if found[1] in ("higher", "greater") else "lower-of"
        reading.rule["of"] = [found[2], found[3]]
    elif found := reading.take(_INDEX):
        reading.rule["index"] = found[1]
    elif found := reading.take(
        rf"(?:fixed (?:at |increase of |uplift of )?)?{_PERCENT}"
        r"(?: ?(?:fixed|pa|p\.a\.|per annum|a year|per year|annually))"
    ) or reading.take(rf"fixed (?:at )?{_PERCENT}"):
        reading.rule["index"] = "fixed"
        reading.rule["rate"] = _fraction(found[1])


def _bounds(reading: _Reading) -> None:
    between = rf"(?:between|collar and cap(?: of)?) {_PERCENT} (?:and|to) {_PERCENT}"
    if found := reading.take(between + _END):
        reading.rule["collar"], reading.rule["cap"] = _fraction(found[1]), _fraction(found[2])
    for name, said in (
        ("cap", r"(?:cap(?:ped)?|max(?:imum)?|up to|ceiling)"),
        ("collar", r"(?:collar(?:ed)?|min(?:imum)?|floor(?:ed)?|at least)"),
    ):
        if found := reading.take(rf"{said}(?: at| of)? {_PERCENT}{_END}") or reading.take(
            rf"{_PERCENT} {said}"
        ):
            reading.rule[name] = _fraction(found[1])
    if reading.take(r"upwards? only"):
        reading.rule["upward_only"] = True


def _every(reading: _Reading) -> None:
    if found := reading.take(r"every (\d{1,2}|two|three|five|ten) (?:years?|yrs?)") or (
        reading.take(r"(\d{1,2}|two|three|five|ten) yearly(?: reviews?)?")
    ):
        reading.rule["review_every_years"] = _COUNTS.get(found[1]) or int(found[1])
    else:
        reading.take(r"(?:annually|yearly|each year|every year|annual reviews?)")


def _method(reading: _Reading) -> None:
    if reading.take(r"simple"):
        reading.rule["method"] = "simple"
    elif reading.take(r"(?:compounded )?at review") or reading.take(r"compounded"):
        reading.rule["method"] = "at-review"
    elif reading.take(r"annual(?: bounds?)?"):
        reading.rule["method"] = "annual"


def _base(reading: _Reading) -> None:
    if found := reading.take(r"base(?: month)? (\d{4}) (0[1-9]|1[0-2])"):
        reading.rule["base_month"] = f"{found[1]}-{found[2]}"
    elif found := reading.take(rf"base(?: month)? ({'|'.join(_MONTHS)})[a-z]* (\d{{4}})"):
        reading.rule["base_month"] = f"{found[2]}-{_MONTHS.index(found[1]) + 1:02d}"


def _lag(reading: _Reading) -> None:
    if found := reading.take(r"(\d{1,2}) months? lag") or reading.take(r"lag (\d{1,2}) months?"):
        reading.rule["lag_months"] = int(found[1])


def _fraction(percent: str) -> str:
    return str(Decimal(percent) / 100)
