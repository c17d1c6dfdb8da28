"""A small town to compute: two wards, their people, and two operators' lamp columns."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import sites_to_csv

WAIT_S = 60.0
NewService = Callable[..., TestClient]

WARDS = {"W1": (-0.160, 51.540, -0.152, 51.545), "W2": (-0.152, 51.540, -0.144, 51.545)}
"""By west, south, east, north."""

RIDGE_COLUMN = 40

ASKED: dict[str, Any] = {
    "name": "Town",
    "technology": "lte-1800",
    "sites": ["radio/sites.csv"],
    "area": "wards.geojson",
    "area_id": "code",
    "area_name": "name",
    "resolution_m": 25.0,
    "people": {
        "zones": "wards.geojson", "counts": "people.csv",
        "zone_id": "code", "counts_id": "code", "count": "people",
    },
}  # fmt: skip


def write_inputs(folder: Path) -> Path:
    """The folder, with the files that `ASKED` names."""
    (folder / "radio").mkdir(parents=True)
    features = [
        {"type": "Feature", "properties": {"code": code, "name": f"Ward {code}"},
         "geometry": box(*edges)}
        for code, edges in WARDS.items()
    ]  # fmt: skip
    wards = {"type": "FeatureCollection", "features": features}
    (folder / "wards.geojson").write_text(json.dumps(wards))
    (folder / "people.csv").write_text("code,people\nW1,1000\nW2,500\n")
    sites_to_csv((lamp("a", 528_000.0), lamp("b", 528_100.0)), folder / "radio" / "sites.csv")
    return folder


def write_hill(folder: Path) -> Path:
    """Ground heights of 50 m cells around the town, 20 m but for a ridge of 60 m; the file.

    The ridge runs north and south through easting 528,025.
    """
    folder.mkdir(parents=True, exist_ok=True)
    row = " ".join("60" if column == RIDGE_COLUMN else "20" for column in range(80))
    head = "ncols 80\nnrows 80\nxllcorner 526000\nyllcorner 182000\ncellsize 50\n"
    path = folder / "hill.asc"
    path.write_text(head + "\n".join([row] * 80) + "\n")
    return path


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def lamp(operator: str, easting_m: float, technology: str = "lte-1800") -> RadioSite:
    """A lamp column of one operator, at a height and power that leave part of the town out."""
    return RadioSite(
        site_id=f"lamp-{operator}",
        operator=operator,
        technology=technology,
        easting_m=easting_m,
        northing_m=184_150.0,
        antenna_height_m=8.0,
        frequency_mhz=1842.5,
        bandwidth_mhz=20.0,
        eirp_dbm=37.0,
        source="plan",
    )


def layers_of(result: CoverageResult) -> dict[str, np.ndarray[Any, Any]]:
    """Every array of a result by its name."""
    found = {
        each.name: value
        for each in fields(result)
        if isinstance(value := getattr(result, each.name), np.ndarray)
    }
    for operator, layers in result.by_operator.items():
        found |= {f"{operator} {each.name}": getattr(layers, each.name) for each in fields(layers)}
    return found


def assert_same_layers(one: CoverageResult, other: CoverageResult) -> None:
    """To the bit."""
    ours, theirs = layers_of(one), layers_of(other)
    assert ours.keys() == theirs.keys()
    assert len(ours) >= 10
    for name, values in ours.items():
        assert values.tobytes() == theirs[name].tobytes(), name


def ended(client: TestClient, run: dict[str, Any], header: dict[str, str]) -> dict[str, Any]:
    """The run once it has ended."""
    deadline = time.monotonic() + WAIT_S
    while run["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, run
        time.sleep(0.1)
        run = client.get(f"/coverage/runs/{run['run_id']}", headers=header).json()
    return run
