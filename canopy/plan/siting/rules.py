"""What a choice of sites must keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """At least so many of some candidates: of a ward, or of an operator.

    Attributes:
        name: for messages, such as ``ward Camden Town``.
        members: bool, one for each candidate.
        sites: how many of them at the least.
    """

    name: str
    members: NDArray[np.bool_]
    sites: int


@dataclass(frozen=True, slots=True, eq=False)
class Spacing:
    """No two chosen sites nearer than so many metres; positions in a projected CRS."""

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    least_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules of one choice among `candidates` sites.

    Attributes:
        sites: most that are chosen; all where not given.
        cost_pence: int64, of each candidate [p], 0 for one that costs nothing more.
        budget_pence: most that the chosen cost together [p].
        required, forbidden: numbers of candidates that must, or must not, be chosen.
        names: of the candidates, for messages; their numbers where there are none.
    """

    candidates: int
    sites: int | None = None
    cost_pence: NDArray[np.int64] | None = None
    budget_pence: int | None = None
    required: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    spacing: Spacing | None = None
    minimums: tuple[Minimum, ...] = field(default=())
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, wrong in self._faults().items():
            if wrong:
                raise Refused(f"{name}: {wrong}")

    def _faults(self) -> Mapping[str, str]:
        known = range(self.candidates)
        cost, spacing = self.cost_pence, self.spacing
        strange = [each for each in (*self.required, *self.forbidden) if each not in known]
        both = sorted(set(self.required) & set(self.forbidden))
        return {
            "sites": "must be above 0" if self.sites is not None and self.sites < 1 else "",
            "budget_pence": "needs what each candidate costs"
            if self.budget_pence is not None and cost is None
            else "must not be below 0"
            if self.budget_pence is not None and self.budget_pence < 0
            else "",
            "cost_pence": "must not be below 0 for any candidate"
            if cost is not None and (cost.shape != (self.candidates,) or np.any(cost < 0))
            else "",
            "required, forbidden": f"there is no candidate {strange[0]}" if strange else "",
            "forbidden": f"candidate {both[0]} is required too" if both else "",
            "spacing": "needs a finite position of each candidate and a distance above 0 m"
            if spacing is not None
            and not (
                spacing.x_m.shape == spacing.y_m.shape == (self.candidates,)
                and np.isfinite(spacing.x_m).all()
                and np.isfinite(spacing.y_m).all()
                and 0 < spacing.least_m < np.inf
            )
            else "",
            "minimums": next(
                (
                    f"{each.name} must be above 0, of as many candidates"
                    for each in self.minimums
                    if each.sites < 1 or each.members.shape != (self.candidates,)
                ),
                "",
            ),
        }

    @property
    def most_sites(self) -> int:
        return self.candidates if self.sites is None else min(self.sites, self.candidates)

    def name_of(self, candidate: int) -> str:
        """What messages call a candidate."""
        return self.names[candidate] if self.names else f"candidate {candidate}"

    def costs(self) -> NDArray[np.int64]:
        """What each candidate costs [p]; 1 of each where money plays no part."""
        if self.cost_pence is None:
            return np.ones(self.candidates, np.int64)
        return self.cost_pence

    def allowed(self) -> NDArray[np.bool_]:
        """Which candidates are not forbidden."""
        may = np.ones(self.candidates, np.bool_)
        may[list(self.forbidden)] = False
        return may
