"""What is known of many assets, as columns: pure, whoever gathered it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
UNKNOWN_WORD = -1


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A number of each asset; NaN where it is not known."""

    values: Floats

    @property
    def known(self) -> Bools:
        known: Bools = ~np.isnan(self.values)
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of each asset, as places in `vocabulary`; `UNKNOWN_WORD` where not known.

    Attributes:
        codes: int32, of each asset.
        vocabulary: one word, or the words of a list, of each code.
        told_of: of a list, the words on which it can tell at all; None for all.
    """

    codes: NDArray[np.int32]
    vocabulary: tuple[tuple[str, ...], ...]
    told_of: frozenset[str] | None = None

    @property
    def known(self) -> Bools:
        known: Bools = self.codes != UNKNOWN_WORD
        return known

    @classmethod
    def of(
        cls, words: Sequence[tuple[str, ...] | None], told_of: frozenset[str] | None = None
    ) -> Words:
        places: dict[tuple[str, ...], int] = {}
        codes = np.fromiter(
            (
                UNKNOWN_WORD if each is None else places.setdefault(each, len(places))
                for each in words
            ),
            dtype=np.int32,
            count=len(words),
        )
        return cls(codes, tuple(places), told_of)

    def each(self, answer: Callable[[tuple[str, ...]], float]) -> Floats:
        """What `answer` says of each asset's words; NaN where they are not known."""
        table = np.array([*(answer(words) for words in self.vocabulary), np.nan], dtype=np.float64)
        return table[self.codes]


Column = Numbers | Words


@dataclass(frozen=True, slots=True, eq=False)
class Assets:
    """Who the assets are.

    Attributes:
        asset_id, source, ref, name, kind, ward, street: of each; ref, name, ward and street None
            where they have none.
        x_m, y_m: a point on each, in the storage CRS; NaN where its position is not seen exactly.
    """

    asset_id: tuple[str, ...]
    source: tuple[str, ...]
    ref: tuple[str | None, ...]
    name: tuple[str | None, ...]
    kind: tuple[str, ...]
    ward: tuple[str | None, ...]
    street: tuple[str | None, ...]
    x_m: Floats
    y_m: Floats

    def __len__(self) -> int:
        return len(self.asset_id)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Assets, and a column for each fact; a fact without one is known of none of them.

    Attributes:
        told: of facts that are measured, a sentence for single assets by their place: why it is
            not known, or how it was found.
    """

    assets: Assets
    columns: Mapping[str, Column]
    told: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def with_columns(
        self, columns: Mapping[str, Column], told: Mapping[str, Mapping[int, str]] | None = None
    ) -> Facts:
        return Facts(self.assets, {**self.columns, **columns}, {**self.told, **(told or {})})
