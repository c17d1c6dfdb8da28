"""The fields a principal may filter on, with their types: what queryables are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from canopy.access.rules import Principal
from canopy.assets.batches import COMMON_COLUMNS
from canopy.assets.kinds import COMMON_FIELDS, AttributeField, Kind, attribute_fields
from canopy.assets.policy import SensitivityPolicy
from canopy.errors import BadFilter

ValueType = Literal["text", "number", "boolean", "date", "timestamp", "list", "geometry"]

GEOMETRY_NAMES = ("geometry", "geom")
_TIMES = frozenset(("created_at", "updated_at", "withdrawn_at"))
_TYPES: Mapping[str, ValueType] = {
    "text": "text",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "date": "date",
    "list": "list",
}


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field as a filter sees it.

    `withheld` names the kinds that have the field and do not show it to this principal;
    `largest` bounds a number's size, None where nothing does.
    """

    name: str
    type: ValueType
    is_attribute: bool = False
    withheld: frozenset[str] = frozenset()
    largest: float | None = None


GEOMETRY = FilterField("geometry", "geometry")


@dataclass(frozen=True, slots=True)
class FieldFinder:
    """Finds fields by name among what `principal` sees of `kinds`."""

    kinds: tuple[Kind, ...]
    principal: Principal
    policy: SensitivityPolicy

    def find(self, name: str) -> FilterField:
        """The field of that name.

        Raises BadFilter in the same words for a field this principal may not see and for
        one that does not exist.
        """
        found = GEOMETRY if name in GEOMETRY_NAMES else self._column(name)
        if found is None:
            found = self._attribute(name)
        if found is None:
            raise BadFilter(f"{name!r} is no field that can be filtered on here.", field=name)
        return found

    def _column(self, name: str) -> FilterField | None:
        if name not in COMMON_FIELDS:
            return None
        seen = [k for k in self.kinds if name in self.policy.visible_columns(k, self.principal)]
        described = COMMON_FIELDS[name]
        kind_of_value = "timestamp" if name in _TIMES else _TYPES[described.type]
        return self._field(described, kind_of_value, False, self.kinds, seen)

    def _attribute(self, name: str) -> FilterField | None:
        having = [k for k in self.kinds if name in attribute_fields(k)]
        seen = [k for k in having if name in self.policy.visible_attributes(k, self.principal)]
        described = [attribute_fields(k)[name] for k in seen]
        types = {_TYPES[each.type] for each in described}
        if len(types) > 1:
            raise BadFilter(
                f"{name!r} has another type in each of {', '.join(seen)}; ask for one kind.",
                field=name,
            )
        return self._field(described[0], types.pop(), True, having, seen) if seen else None

    def _field(
        self,
        described: AttributeField,
        kind_of_value: ValueType,
        is_attribute: bool,
        having: Sequence[Kind],
        seen: Sequence[Kind],
    ) -> FilterField | None:
        if not seen:
            return None
        withheld = frozenset(str(kind) for kind in having if kind not in seen)
        ends = described.minimum, described.maximum
        largest = None if None in ends else max(abs(end) for end in ends if end is not None)
        return FilterField(described.name, kind_of_value, is_attribute, withheld, largest)


def filter_fields(
    kinds: Sequence[Kind], principal: Principal, policy: SensitivityPolicy
) -> Mapping[str, FilterField]:
    """Every field that this principal may filter these kinds on, common columns first."""
    finder = FieldFinder(tuple(kinds), principal, policy)
    names = dict.fromkeys((*COMMON_COLUMNS, *(n for k in kinds for n in attribute_fields(k))))
    found: dict[str, FilterField] = {}
    for name in names:
        if any(policy.may_filter_on(kind, name, principal) for kind in kinds):
            found[name] = finder.find(name)
    return found
