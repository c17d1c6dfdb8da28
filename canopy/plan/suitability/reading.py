"""What a batch of assets says of itself, fact by fact, as lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from canopy.access.rules import Role
from canopy.assets.batches import AssetBatch
from canopy.plan.suitability.fact_names import FACTS, NO, NONE, YES

DAYS_A_YEAR = 365.25
EQUIPMENT_M = 1.0
"""How far equipment hangs below the lantern or top that it is fixed to [m]. An assumption."""
DESIGN_LIFE_Y = 25.0
"""Of a column that states none; 25 as a rule (BS EN 40, recalled)."""
_LIVE = re.compile(
    r"^\s*\d{2,3}\s*/\s*\d{2,3}\s*$|continuous|24\s*h|dusk.{0,4}dawn|photocell", re.I
)
_PART_NIGHT = re.compile(r"part|midnight|\bpn\b|\b0[0-5]:?00\b", re.I)

Values = list[Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch is read with.

    Attributes:
        day: on which ages are counted.
        role: whose eyes the batch was cut for.
        held: what agreements hold, by reference; None where nobody may or can tell.
    """

    day: date
    role: Role
    held: Mapping[str, bool] | None


class BatchReader:
    """Facts of one batch; each gives a value for every asset, None where not known."""

    def __init__(self, batch: AssetBatch, told: Told) -> None:
        self._batch, self._told = batch, told
        self._none: Values = [None] * len(batch)

    def facts(self) -> dict[str, Values]:
        """All facts that are an asset's own."""
        plain = {
            name: self._field(spec.fields[0])
            for name, spec in FACTS.items()
            if len(spec.fields) == 1 and name not in _READERS
        }
        return {**plain, **{name: read(self) for name, read in _READERS.items()}}

    def _column(self, name: str) -> Values:
        return self._batch.columns.get(name, self._none)

    def _attribute(self, name: str) -> Values:
        return [each.get(name) for each in self._batch.attributes]

    def _field(self, name: str) -> Values:
        return self._column(name) if name in self._batch.columns else self._attribute(name)

    def years_left(self) -> Values:
        return [_years(self._told.day, each) for each in self._attribute("tenure_expires_on")]

    def structural_age(self) -> Values:
        tests = _first(self._attribute("structural_test_on"),
                       self._attribute("structural_survey_on"))  # fmt: skip
        return [None if each is None else -_years(self._told.day, each) for each in tests]

    def residual_life(self) -> Values:
        """Of assets that state when they were installed."""
        year = self._told.day.year + (self._told.day.timetuple().tm_yday - 1) / DAYS_A_YEAR
        by_year = [None if each is None else float(each) + 0.5 - year
                   for each in self._attribute("installed_year")]  # fmt: skip
        by_day = [_years(self._told.day, each) for each in self._attribute("installed_on")]
        lives = [float(each or DESIGN_LIFE_Y) for each in self._attribute("design_life_y")]
        return [
            None if since is None else since + life
            for since, life in zip(_first(by_day, by_year), lives, strict=True)
        ]

    def clear_height(self) -> Values:
        return [
            None if each is None else float(each) - EQUIPMENT_M
            for each in _first(self._attribute("lantern_height_m"), self._column("height_m"))
        ]

    def relative_height(self) -> Values:
        pairs = zip(self._column("height_m"), self._attribute("clutter_height_250m_m"), strict=True)
        return [None if None in pair else float(pair[0]) - float(pair[1]) for pair in pairs]

    def supply(self) -> Values:
        return [supply_of(each) for each in self._attribute("switch_regime")]

    def sensitivity(self) -> Values:
        own = self._batch.columns.get("sensitivity")
        if own is None:
            return [str(self._told.role)] * len(self._batch)
        return [str(Role.public) if each is None else each for each in own]

    def pfi(self) -> Values:
        return [None if each is None else YES for each in self._attribute("pfi_contract")]

    def held(self) -> Values:
        """From the register, by reference or source/reference, and from encumbrances."""
        rows = zip(
            self._column("source"), self._column("ref"), self._attribute("encumbrances"),
            strict=True,
        )  # fmt: skip
        return [self._held(source, ref, claims) for source, ref, claims in rows]

    def _held(self, source: object, ref: object, claims: object) -> str | None:
        register = self._told.held
        found = set()
        if register is not None and ref is not None:
            for name in (str(ref), f"{source}/{ref}"):
                if name in register:
                    found.add("exclusive" if register[name] else "shared")
        if isinstance(claims, list):
            found |= {_claim(each) for each in claims if _counts(each, self._told.day)}
        if "exclusive" in found or "shared" in found:
            return "exclusive" if "exclusive" in found else "shared"
        return NONE if register is not None or isinstance(claims, list) else None

    def designations(self) -> Values:
        known = self._batch.columns.get("designations")
        return self._none if known is None else list(known)


_READERS: Mapping[str, Callable[[BatchReader], Values]] = {
    "tenure_left_y": BatchReader.years_left,
    "structural_age_y": BatchReader.structural_age,
    "residual_life_y": BatchReader.residual_life,
    "clear_height_m": BatchReader.clear_height,
    "relative_height_m": BatchReader.relative_height,
    "supply": BatchReader.supply,
    "sensitivity": BatchReader.sensitivity,
    "pfi": BatchReader.pfi,
    "held": BatchReader.held,
    "designations": BatchReader.designations,
}


def supply_of(regime: object) -> str | None:
    """``live`` or ``part_night``, from the words of a switch regime; None for others."""
    if not isinstance(regime, str):
        return None
    if _PART_NIGHT.search(regime):
        return "part_night"
    return "live" if _LIVE.search(regime) else None


def as_number(value: object) -> float:
    """A value as a column of numbers has it: NaN where it is not known."""
    return float(value) if isinstance(value, int | float) else np.nan


def as_words(value: object) -> tuple[str, ...] | None:
    """A value as a column of words has it."""
    if isinstance(value, bool):
        return (YES if value else NO,)
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return None if value is None else (str(value),)


def _first(*columns: Sequence[Any]) -> Values:
    return [next((each for each in row if each is not None), None) for row in zip(*columns)]  # noqa: B905 - all are of one batch


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    return date.fromisoformat(value[:10]) if isinstance(value, str) else None


def _years(day: date, value: object) -> Any:
    """From `day` to a date [yr], negative where it is past."""
    then = _day(value)
    return None if then is None else (then - day).days / DAYS_A_YEAR


def _claim(each: dict[str, Any]) -> str:
    return "exclusive" if each.get("kind") == "exclusivity" else "shared"


def _counts(each: dict[str, Any], day: date) -> bool:
    begins, ends = _day(each.get("from_on")), _day(each.get("until_on"))
    return (begins is None or begins <= day) and (ends is None or ends >= day)
