"""The direction in which polygons' rings run, which some formats prescribe."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def oriented(
    geometries: NDArray[np.object_], *, exterior_cw: bool
) -> tuple[NDArray[np.object_], int]:
    """The geometries with exterior rings in one direction and holes in the other.

    Also how many had to be turned. Geometries without area, and None, stay as they are.
    """
    areal = shapely.get_dimensions(geometries) == 2
    if not areal.any():
        return geometries, 0
    turned = geometries.copy()
    turned[areal] = shapely.orient_polygons(geometries[areal], exterior_cw=exterior_cw)
    same = shapely.equals_exact(turned[areal], geometries[areal], tolerance=0)
    return turned, int((~same).sum())
