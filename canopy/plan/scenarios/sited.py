"""What came of choosing a scenario's sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from canopy.plan.scenarios.figures import Figure


@dataclass(frozen=True, slots=True)
class Sited:
    """What came of a siting.

    Attributes:
        places: ranks of the chosen among all scored, in the order of choice.
        each: what is told of each of them, in that order.
        told: of the choice as a whole, in JSON values.
        figures: of it.
        baseline: run id and manifest of the not-spots; None where none were used.
    """

    places: tuple[int, ...]
    each: tuple[Mapping[str, Any], ...]
    told: Mapping[str, Any]
    figures: tuple[Figure, ...]
    baseline: Mapping[str, Any] | None
