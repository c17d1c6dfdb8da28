"""The kind of each row: one for the file, or by the words of a column."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence

from canopy.assets.kinds import KINDS
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.model import KindRule, Mapping, Names
from canopy.assets.mapping.values import as_text, is_unknown
from canopy.errors import BadMapping


class KindReader:
    """The kind of each row: one for the file, or by a column's words."""

    def __init__(self, mapping: Mapping, chosen: MappingOf[Names, str], source: str) -> None:
        self.possible = mapping.kinds()
        if not self.possible:
            raise BadMapping(
                f"{source}: which kind of asset is this? Give --kind, or kind = … in the mapping; "
                f"kinds are {', '.join(kind.value for kind in KINDS)}."
            )
        for kind in self.possible:
            if kind not in {known.value for known in KINDS}:
                near = difflib.get_close_matches(kind, [k.value for k in KINDS], n=1)
                hint = f"did you mean {near[0]!r}?" if near else (
                    f"kinds are {', '.join(k.value for k in KINDS)}.")  # fmt: skip
                raise BadMapping(f"{source}: {kind!r} is no kind of asset; {hint}")
        self._rule = mapping.kind if isinstance(mapping.kind, KindRule) else None
        self._only = mapping.kind if isinstance(mapping.kind, str) else ""
        self._column = chosen[self._rule.column] if self._rule else ""
        self._memo: dict[str, str | None] = {}

    def read(
        self, columns: MappingOf[str, Sequence[object]], count: int, faults: Faults
    ) -> list[str]:
        """One kind per row; an empty text for a rejected row."""
        if self._rule is None:
            return [self._only] * count
        kinds = []
        for index, value in enumerate(columns[self._column]):
            word = as_text(value)
            if word not in self._memo:
                self._memo[word] = self._look_up(self._rule, word)
            kind = self._memo[word]
            if kind is None:
                faults.reject(
                    index,
                    "unknown-kind",
                    f"{self._column} {word!r} is no kind of asset that the mapping knows; add it "
                    "under [kind.values].",
                    self._column,
                )
            kinds.append(kind or "")
        return kinds

    @staticmethod
    def _look_up(rule: KindRule, word: str) -> str | None:
        folded = word.casefold()
        for key, kind in rule.values.items():
            if fnmatch.fnmatchcase(folded, key.casefold()):
                return kind
        return None if is_unknown(word) else rule.otherwise
