"""Attributes of whole rows, validated by the model of the row's kind.

Rows of one file repeat each other (a thousand columns of 8 m with 65 W lamps), so each
distinct set of values is validated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from canopy.assets.kinds import Kind, attribute_fields, validate_attributes
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import as_text
from canopy.errors import BadAttribute

MEMO_SIZE = 20_000
"""Distinct sets of attributes remembered."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Validated:
    """The attributes of a row as stored, or why they are refused; `strangers` are values
    that its kind has no place for."""

    attributes: dict[str, object] = field(default_factory=dict)
    refusal: str | None = None
    strangers: tuple[str, ...] = ()


class AttributeReader:
    """Validates the attribute values of every row."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._names = [target.name for target in targets]
        self._known: dict[str, frozenset[str]] = {}
        self._memo: dict[Key, Validated] = {}
        self._memo_names: list[str] = []

    def read(
        self,
        kinds: Sequence[str],
        values: MappingOf[str, list[object]],
        count: int,
        faults: Faults,
    ) -> list[dict[str, object]]:
        """One new dict per row; rows whose attributes are refused are rejected."""
        names = [name for name in self._names if name in values]
        if not names:
            return [{} for _ in range(count)]
        if names != self._memo_names:
            self._memo, self._memo_names = {}, names
        keys = zip(kinds, *(values[name] for name in names), strict=True)
        memo, read, told = self._memo, [], []
        for index, key in enumerate(keys):
            try:
                validated = memo.get(key) or self._validate(key, names)
            except TypeError:  # a list of objects cannot be a key
                validated = self._fresh(kinds[index], dict(zip(names, key[1:], strict=True)))
            if validated.refusal or validated.strangers:
                told.append((index, validated))
            read.append(validated.attributes.copy())
        for index, validated in told:
            self._tell(index, validated, kinds[index], faults)
        return read

    def _validate(self, key: Key, names: Sequence[str]) -> Validated:
        if len(self._memo) >= MEMO_SIZE:
            self._memo.clear()
        validated = self._memo[key] = self._fresh(
            str(key[0]), dict(zip(names, key[1:], strict=True))
        )
        return validated

    def _fresh(self, kind: str, values: dict[str, object]) -> Validated:
        if not kind:
            return Validated()
        if kind not in self._known:
            self._known[kind] = frozenset(attribute_fields(Kind(kind)))
        known = {k: v for k, v in values.items() if v is not None and k in self._known[kind]}
        strangers = tuple(
            f"{name} {as_text(value)!r}"
            for name, value in values.items()
            if value is not None and name not in self._known[kind]
        )
        try:
            return Validated(validate_attributes(Kind(kind), known), None, strangers)
        except BadAttribute as error:
            return Validated(refusal=error.detail, strangers=strangers)

    @staticmethod
    def _tell(index: int, validated: Validated, kind: str, faults: Faults) -> None:
        if validated.refusal:
            faults.reject(
                index,
                "bad-attribute",
                f"{validated.refusal} Correct it, or say what it means under [values] in the "
                "mapping.",
            )
        elif validated.strangers:
            faults.warn(
                index,
                "attribute-not-of-kind",
                f"{', '.join(validated.strangers)}: a {kind} has no such attribute, so it was "
                "left out.",
            )
