"""What to read: kinds, place, sources, conditions on fields, and a point in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import shapely

from canopy.assets.filtering import Condition, Filter
from canopy.errors import BadFilter

MAX_CONDITIONS = 20
_SHOWN_CHARS = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """Which assets. Empty means all; `area` is a shape in the storage CRS.

    `conditions` and the CQL2 `filter` are tested on what the principal may see.
    `as_of` reads the catalogue as it was at that time. Withdrawn assets are left out
    unless `with_withdrawn`.
    """

    kinds: tuple[str, ...] = ()
    area: shapely.Geometry | None = None
    sources: tuple[str, ...] = ()
    authority: str | None = None
    conditions: tuple[Condition, ...] = ()
    as_of: datetime | None = None
    with_withdrawn: bool = False
    filter: Filter | None = None

    def __post_init__(self) -> None:
        if len(self.conditions) > MAX_CONDITIONS:
            raise BadFilter(f"At most {MAX_CONDITIONS} conditions may be given.")
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise BadFilter("as_of needs its offset, for example 2026-01-31T12:00:00Z.")

    def sentence(self) -> str:
        """In words, for stamps."""
        parts = []
        if self.kinds:
            parts.append("kinds " + ", ".join(self.kinds))
        if self.sources:
            parts.append("sources " + ", ".join(self.sources))
        if self.authority:
            parts.append(f"authority {self.authority}")
        parts += [f"{c.field} {c.operator} {c.value}" for c in self.conditions]
        if self.filter is not None:
            parts.append(f"the filter {_shortened(self.filter.written)}")
        if self.area is not None:
            parts.append("an area of {:.0f} × {:.0f} m".format(*_size(self.area)))
        if self.as_of is not None:
            parts.append(f"as of {self.as_of.isoformat()}")
        return "; ".join(parts) or "all assets"


def _size(area: shapely.Geometry) -> tuple[float, float]:
    min_x, min_y, max_x, max_y = area.bounds
    return max_x - min_x, max_y - min_y


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARS else f"{flat[:_SHOWN_CHARS]}…"
