"""Second statements of a row's position: they fill gaps, and contradict what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from canopy.assets.mapping.area import Area, to_storage
from canopy.assets.mapping.arrays import Floats, Spread
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.pairs import Columns, PairSource

DIFFER_M = 1.0
"""Two positions of one row farther apart than this are worth a warning [m]."""

DISAGREE_M = 50.0
"""… and farther than this the row is rejected: one of them is of something else [m]."""


@dataclass(slots=True)
class Agreement:
    """How far apart the position and a second pair are, over the file so far."""

    first: str
    second: str
    spread: Spread = field(default_factory=Spread)

    def sentence(self) -> str:
        """One line for a report."""
        if not self.spread.rows:
            return f"{self.first} and {self.second} agree in no row"
        return (
            f"{self.first} and {self.second} agree within {self.spread.worst_m:.2f} m "
            f"(median {self.spread.median_m:.2f} m, {self.spread.rows:,} rows)"
        )


class Checks:
    """The second pairs of a file: they fill gaps, and reject rows that contradict them."""

    def __init__(self, main: str, checks: Sequence[PairSource], area: Area) -> None:
        self._checks, self._area = checks, area
        self.agreements = [Agreement(main, check.describe()) for check in checks]

    def read(self, columns: Columns, faults: Faults) -> list[tuple[Floats, Floats]]:
        """Each second pair in the storage CRS, NaN where it cannot be used."""
        pairs = []
        for check in self._checks:
            pair = check.read(columns)
            for index, (name, unreadable) in pair.unreadable.items():
                faults.warn(
                    index,
                    "second-position-unreadable",
                    f"{name} {unreadable.text!r} is {unreadable.reason}, so it could not check "
                    "the position.",
                    name,
                )
            zero = pair.drop_zeros(geographic=check.geographic)
            x, y = np.where(zero, np.nan, pair.x), np.where(zero, np.nan, pair.y)
            stored_x, stored_y, _, _ = to_storage(
                x, y, check.crs, self._area, geographic=check.geographic
            )
            pairs.append((stored_x, stored_y))
        return pairs

    def compare(
        self, x: Floats, y: Floats, pairs: Sequence[tuple[Floats, Floats]], faults: Faults
    ) -> None:
        """Warn of pairs that differ by metres, reject rows whose pairs disagree."""
        for agreement, (check_x, check_y) in zip(self.agreements, pairs, strict=True):
            distances = np.hypot(check_x - x, check_y - y)
            for index in np.flatnonzero(distances > DIFFER_M).tolist():
                self._tell(agreement, index, float(distances[index]), faults)
            agreement.spread.add(np.where(distances > DISAGREE_M, np.nan, distances))

    @staticmethod
    def _tell(agreement: Agreement, index: int, metres: float, faults: Faults) -> None:
        if faults.is_rejected(index):
            return
        size = f"{metres:,.1f} m" if metres < 10_000 else f"{metres / 1000:,.0f} km"
        if metres > DISAGREE_M:
            faults.reject(
                index,
                "coordinates-disagree",
                f"{agreement.first} and {agreement.second} are {size} apart (more than "
                f"{DISAGREE_M:g} m); correct the wrong one in the file or by a correction.",
                agreement.second,
            )
        else:
            faults.warn(
                index,
                "coordinates-differ",
                f"{agreement.first} and {agreement.second} are {size} apart; "
                f"{agreement.first} was used.",
                agreement.second,
            )
