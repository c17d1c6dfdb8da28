"""What a file can fill: the common columns and the attributes of its kinds, in one shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, Kind, attribute_fields

Form = Literal["text", "number", "integer", "boolean", "date", "choice", "uprn", "usrn", "postcode"]
"""How a target's values are read."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a column can mean. `settable` is False for what Canopy derives itself."""

    name: str
    form: Form
    is_attribute: bool
    settable: bool
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


_FORMS: dict[str, Form] = {"uprn": "uprn", "usrn": "usrn", "postcode": "postcode"}


def targets_for(kinds: Iterable[str]) -> dict[str, Target]:
    """Every target that a file of these kinds can have; unknown kinds are left out.

    Common columns first. An attribute that two kinds share is described by the first.
    """
    targets = {
        name: _target(field, is_attribute=False, settable=name in CANDIDATE_COLUMNS)
        for name, field in COMMON_FIELDS.items()
    }
    for kind in sorted(kinds):
        if kind not in {known.value for known in KINDS}:
            continue
        for name, field in attribute_fields(Kind(kind)).items():
            targets.setdefault(name, _target(field, is_attribute=True, settable=True))
    return targets


def _target(field: AttributeField, *, is_attribute: bool, settable: bool) -> Target:
    form = _FORMS.get(field.name) or ("choice" if field.allowed else field.type)
    return Target(
        field.name,
        form,
        is_attribute,
        settable,
        field.unit,
        field.minimum,
        field.maximum,
        tuple(field.allowed),
        (field.name.replace("_", " "), *field.headings),
    )
