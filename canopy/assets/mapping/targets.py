"""What a file can fill: the common columns and the attributes of its kinds, in one shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, Kind, attribute_fields
from canopy.assets.mapping.lengths import unit_of

Form = Literal[
    "text", "number", "integer", "boolean", "date", "list", "choice", "uprn", "usrn", "postcode"
]
"""How a target's values are read."""

OWN, COMMON, GENERAL = 0, 1, 2
"""Which target a heading means when several claim it: an attribute of this kind alone, a
common column, an attribute that every kind may have."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a column can mean. `settable` is False for what Canopy derives itself.

    `minimum` and `maximum` are in `unit`; `headings` are what files call it.
    """

    name: str
    form: Form
    precedence: int
    settable: bool = True
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    @property
    def is_attribute(self) -> bool:
        return self.precedence != COMMON


_FORMS: dict[str, Form] = {"uprn": "uprn", "usrn": "usrn", "postcode": "postcode"}


def targets_for(kinds: Iterable[str]) -> dict[str, Target]:
    """Every target that a file of these kinds can have; unknown kinds are left out.

    Common columns first. An attribute that two kinds share is described by the first;
    `height_m` has the widest range of them.
    """
    known = [Kind(kind) for kind in sorted(kinds) if kind in {each.value for each in KINDS}]
    targets = {
        name: _target(field, COMMON, settable=name in CANDIDATE_COLUMNS)
        for name, field in COMMON_FIELDS.items()
    }
    if known:
        ranges = [KINDS[kind].height_m_range for kind in known]
        targets["height_m"] = replace(
            targets["height_m"],
            minimum=min(low for low, _ in ranges),
            maximum=max(high for _, high in ranges),
        )
    for kind in known:
        for name, field in attribute_fields(kind).items():
            precedence = GENERAL if name in _general_attributes() else OWN
            targets.setdefault(name, _target(field, precedence))
    return targets


@cache
def _general_attributes() -> frozenset[str]:
    """Attributes that every kind may have."""
    return frozenset.intersection(*(frozenset(attribute_fields(kind)) for kind in KINDS))


def _target(field: AttributeField, precedence: int, *, settable: bool = True) -> Target:
    form = _FORMS.get(field.name) or ("choice" if field.allowed else field.type)
    return Target(
        name=field.name,
        form=form,
        precedence=precedence,
        settable=settable,
        unit=(unit_of(field.unit) or field.unit) if field.unit else None,
        minimum=field.minimum,
        maximum=field.maximum,
        allowed=field.allowed,
        headings=(field.name.replace("_", " "), *field.headings),
    )
