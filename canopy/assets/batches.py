"""The columnar shape in which assets travel between storage, policy, export and maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMMON_COLUMNS: tuple[str, ...] = (
    "asset_id",
    "kind",
    "authority",
    "source",
    "ref",
    "name",
    "status",
    "availability",
    "height_m",
    "power",
    "backhaul_type",
    "backhaul_dist_m",
    "owner",
    "maintainer",
    "street",
    "locality",
    "postcode",
    "uprn",
    "usrn",
    "ward",
    "designations",
    "sensitivity",
    "pos_accuracy_m",
    "pos_method",
    "observed_on",
    "licence",
    "version",
    "created_at",
    "updated_at",
    "withdrawn_at",
)
"""Columns every asset has, in the order in which exports write them.

`asset_id` is a canonical lower-case UUID string; `designations` a tuple of slugs;
`observed_on` a date; `created_at`, `updated_at`, `withdrawn_at` aware UTC datetimes;
`ward` and `designations` are derived from areas and never set by hand.
"""

GENERALISED_COLUMN = "position_generalised_m"
"""Present beside the common columns where policy coarsened a position: the cell size [m]."""


@dataclass(slots=True)
class AssetBatch:
    """Some assets as parallel lists, already cut to what one principal may see.

    `columns` holds the common columns this principal may see (a withheld column is
    absent, or None in the rows of kinds that withhold it); `attributes` one dict per
    asset, JSON values only; `geometries` shapely geometries in the storage CRS, None
    where the position is withheld.
    """

    columns: dict[str, list[object]]
    attributes: list[dict[str, object]]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.attributes)


CANDIDATE_COLUMNS: tuple[str, ...] = (
    "ref",
    "name",
    "status",
    "availability",
    "height_m",
    "power",
    "backhaul_type",
    "backhaul_dist_m",
    "owner",
    "maintainer",
    "street",
    "locality",
    "postcode",
    "uprn",
    "usrn",
    "sensitivity",
    "pos_accuracy_m",
    "pos_method",
    "observed_on",
    "licence",
)
"""The common columns a file can set; the others are set by Canopy."""


@dataclass(slots=True)
class CandidateBatch:
    """Rows that passed every check that can be made row by row, ready to be matched.

    `columns` has every name of `CANDIDATE_COLUMNS` (None where the file does not know);
    `attributes` are validated by the kind's model and hold JSON values only, without
    nulls; `geometries` are in the storage CRS, valid, non-empty and 2D.
    """

    row_numbers: list[int]
    kinds: list[str]
    columns: dict[str, list[object]]
    attributes: list[dict[str, object]]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.row_numbers)
