"""Attributes of whole columns, validated by the model of the row's kind.

No attribute's validity depends on another's (a test holds the kinds to that), and the
columns of a file repeat themselves (a thousand columns of 8 m with 65 W lamps), so each
distinct value of an attribute is validated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from canopy.assets.kinds import Kind, attribute_fields, validate_attributes
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import as_text
from canopy.errors import BadAttribute

MEMO_SIZE = 20_000
"""Distinct values of an attribute remembered; beyond it the memory is started afresh."""

_KEYS = frozenset((str, int, float, bool))


class AttributeReader:
    """Validates the attribute values of every row."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._names = [target.name for target in targets]
        self._judges: dict[tuple[str, str], _Judge] = {}

    def read(
        self,
        kinds: Sequence[str],
        values: MappingOf[str, list[object]],
        count: int,
        faults: Faults,
    ) -> list[dict[str, object]]:
        """One new dict per row; rows whose attributes are refused are rejected."""
        names = [name for name in self._names if name in values]
        present = set(kinds)
        if len(present) == 1 and "" not in present:
            columns = [values[name] for name in names]
            return self._of_kind(kinds[0], names, columns, range(count), faults)
        read: list[dict[str, object]] = [{} for _ in range(count)]
        for kind in sorted(present - {""}):
            rows = [row for row in range(count) if kinds[row] == kind]
            columns = [[values[name][row] for row in rows] for name in names]
            for row, attributes in zip(
                rows, self._of_kind(kind, names, columns, rows, faults), strict=True
            ):
                read[row] = attributes
        return read

    def _of_kind(
        self,
        kind: str,
        names: Sequence[str],
        columns: Sequence[list[object]],
        rows: Sequence[int],
        faults: Faults,
    ) -> list[dict[str, object]]:
        """The attributes of rows of one kind; `rows` are their places in the batch."""
        judged: list[list[object]] = []
        refusals: dict[int, list[_Refused]] = {}
        for name, column in zip(names, columns, strict=True):
            if (kind, name) not in self._judges:
                self._judges[kind, name] = _Judge(Kind(kind), name)
            found, refused = self._judges[kind, name].column(column)
            judged.append(found)
            for place, refusal in refused:
                refusals.setdefault(rows[place], []).append(refusal)
        for row in sorted(refusals):
            _tell(row, refusals[row], kind, faults)
        if not names:
            return [{} for _ in rows]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in zip(*judged, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Refused:
    """A value that may not be stored; a stranger is one its kind has no place for."""

    name: str
    message: str
    is_stranger: bool


class _Judge:
    """What each distinct value of one attribute of one kind comes to."""

    def __init__(self, kind: Kind, name: str) -> None:
        self._kind, self._name = kind, name
        self._is_known = name in attribute_fields(kind)
        self._memo: dict[object, object] = {None: None}
        self._has_refused = False

    def column(self, values: list[object]) -> tuple[list[object], list[tuple[int, _Refused]]]:
        """The values as stored, None where unknown or refused; and the refused ones by place."""
        types = set(map(type, values)) - {type(None)}
        if not types:
            return values, []
        # 1, 1.0 and True are one key and three values; lists and tuples of dicts are no key.
        if types <= _KEYS and len(types) == 1:
            found = self._remembered(values)
        else:
            found = [self._judged(value) for value in values]
        if not self._has_refused:
            return found, []
        refused = [(i, each) for i, each in enumerate(found) if isinstance(each, _Refused)]
        return [None if isinstance(each, _Refused) else each for each in found], refused

    def _remembered(self, values: list[object]) -> list[object]:
        distinct = set(values)
        if len(self._memo) + len(distinct) > MEMO_SIZE:
            self._memo = {None: None}
        for value in distinct - self._memo.keys():
            self._memo[value] = self._judged(value)
        memo = self._memo
        return [memo[value] for value in values]

    def _judged(self, value: object) -> object:
        if value is None:
            return None
        if not self._is_known:
            self._has_refused = True
            return _Refused(self._name, f"{self._name} {as_text(value)!r}", is_stranger=True)
        try:
            return validate_attributes(self._kind, {self._name: value}).get(self._name)
        except BadAttribute as error:
            self._has_refused = True
            return _Refused(self._name, error.detail, is_stranger=False)


def _tell(row: int, refusals: Sequence[_Refused], kind: str, faults: Faults) -> None:
    wrong = [each for each in refusals if not each.is_stranger]
    for each in wrong:
        faults.reject(
            row,
            "bad-attribute",
            f"{each.message} Correct it, or say what it means under [values] in the mapping.",
            each.name,
        )
    if wrong:
        return
    said = [f"{each.message}: a {kind} has no such attribute" for each in refusals]
    faults.warn(
        row,
        "attribute-not-of-kind",
        f"{'; '.join(said)}, so it was left out.",
        refusals[0].name,
        [(text, each.name) for text, each in zip(said, refusals, strict=True)],
    )
