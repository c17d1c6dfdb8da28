"""More files for the town of `coverage_town`: heights, buildings, demand, published figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from canopy.coverage.grid import Grid

TOWN = Grid.over((527_500.0, 183_600.0, 529_200.0, 184_900.0), 25.0)
"""Around both wards."""


def write_raster(
    path: Path, values: np.ndarray, grid: Grid, epsg: int = 27700, nodata: float | None = None
) -> Path:
    """A GeoTIFF of one band."""
    with rasterio.open(
        path, "w", driver="GTiff", width=grid.columns, height=grid.rows, count=1,
        dtype=values.dtype, crs=f"EPSG:{epsg}", nodata=nodata,
        transform=Affine(grid.cell_m, 0, grid.west_m, 0, -grid.cell_m, grid.north_m),
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def write_terrain(folder: Path, height_m: float = 20.0) -> Path:
    """Even ground far around the town, in cells of 50 m."""
    grid = Grid.over((526_000.0, 182_000.0, 531_000.0, 186_000.0), 50.0)
    heights = np.full(grid.shape, height_m, np.float32)
    return write_raster(folder / "ground.tif", heights, grid)


def write_features(path: Path, features: list[tuple[dict[str, Any], dict[str, Any]]]) -> Path:
    """GeoJSON in the National Grid, declared: (geometry, properties) of each feature."""
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": [
            {"type": "Feature", "geometry": geometry, "properties": properties}
            for geometry, properties in features
        ],
    }
    path.write_text(json.dumps(document))
    return path


def block(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A rectangle as a geometry."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def write_wall(folder: Path) -> Path:
    """A building 30 m high across the town east of the lamps, and two of unknown height."""
    return write_features(
        folder / "buildings.geojson",
        [
            (block(528_200, 183_500, 528_220, 184_500), {"id": "wall", "roof": 30.0}),
            (block(528_300, 184_000, 528_320, 184_020), {"id": "shed", "roof": None}),
            (block(528_400, 184_000, 528_420, 184_020), {"id": "hall", "roof": None}),
        ],
    )


def write_premises(folder: Path) -> Path:
    """Ten homes near the lamps and four far off, as a table with eastings and northings."""
    near = [f"n{i},{528_000 + 10 * i},184150,1" for i in range(10)]
    far = [f"f{i},{528_700 + 10 * i},184100,1" for i in range(4)]
    path = folder / "premises.csv"
    path.write_text("\n".join(["ref,Easting,Northing,homes", *near, *far, "lost,,,1"]) + "\n")
    return path


def write_roads(folder: Path) -> Path:
    """One straight road of a kilometre."""
    line = {"type": "LineString", "coordinates": [[527_760, 184_100], [528_760, 184_100]]}
    return write_features(folder / "roads.geojson", [(line, {"class": "A road"})])


def write_footfall(folder: Path) -> Path:
    """Two people a day in every cell of 50 m."""
    grid = Grid.over(TOWN.bounds_m, 50.0)
    return write_raster(folder / "footfall.tif", np.full(grid.shape, 2.0, np.float32), grid)


def write_ofcom(folder: Path) -> Path:
    """Published figures for two operators."""
    path = folder / "mobile.csv"
    path.write_text(
        "laua,laua_name,4G_geo_out_0,4G_geo_out_1,4G_geo_out_2,4G_prem_out_0,4G_prem_out_1,"
        "4G_prem_out_2\nE09000007,Camden,1,4,95,0.5,2.5,97\n"
    )
    return path


def write_broadband(folder: Path) -> list[Path]:
    """Ofcom's figures for three postcodes, and where four postcodes are."""
    fixed, places = folder / "fixed.csv", folder / "postcodes.csv"
    fixed.write_text(
        "postcode,All Premises,% of premises unable to receive 30Mbit/s,"
        "Gigabit availability (% premises)\n"
        "NW3 1AA,40,25,50\nNW3 1AB,20,0,100\nNW3 1AC,10,N/A,100\n"
    )
    places.write_text(
        "pcds,x,y\nNW31AA,528000,184100\nNW3 1AB,528600,184100\nNW3 1AC,528610,184100\n"
        "NW3 1ZZ,528060,184100\n"
    )
    return [fixed, places]
