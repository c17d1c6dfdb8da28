"""ΔN and N0: the constant, and what is read from the user's maps."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from canopy.coverage.propagation.p1812.refractivity import (
    BRITISH_ISLES,
    SHAPE,
    Refractivity,
    read_map,
    refractivity_at,
)
from canopy.errors import Refused


def written(folder: Path, name: str, values: NDArray[np.float64]) -> Path:
    """A map file as the ITU lays one out."""
    path = folder / name
    np.savetxt(path, values, fmt="%10.4f")
    return path


def plane(base: float, by_latitude: float, by_longitude: float) -> NDArray[np.float64]:
    """A map whose values rise evenly with latitude and longitude."""
    latitude = np.linspace(90, -90, SHAPE[0])[:, np.newaxis]
    longitude = np.linspace(0, 360, SHAPE[1])[np.newaxis, :]
    return base + by_latitude * latitude + by_longitude * longitude


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "expected"),
    [
        (51.5, 0.0, 50 + 5.15),  # on a row of the map
        (52.25, 0.75, 50 + 5.225 + 0.015),  # in the middle of four values
        (53.6, -4.8, 50 + 5.36 + 7.104),  # 355.2° east
        (90.0, 359.99, 50 + 9 + 7.1998),
        (-90.0, 720.0, 50 - 9),
    ],
)
def test_a_value_lies_evenly_between_the_four_around_it(
    tmp_path: Path, latitude_deg: float, longitude_deg: float, expected: float
) -> None:
    """On a plane the bilinear value is the plane's, west of Greenwich counted from 360°."""
    found = read_map(written(tmp_path, "DN50.TXT", plane(50, 0.1, 0.02)))
    assert found.at(latitude_deg, longitude_deg) == pytest.approx(expected, abs=1e-4)


def test_what_is_read_says_from_which_files(tmp_path: Path) -> None:
    """The source of both values names the files, their hashes and the place."""
    lapse = written(tmp_path, "DN50.TXT", plane(45, 0, 0))
    level = written(tmp_path, "N050.TXT", plane(325, 0, 0.01))
    found = refractivity_at(read_map(lapse), read_map(level), 51.5, 0.75)
    assert (found.delta_n, found.sea_n0) == pytest.approx((45, 325.0075))
    for path in (lapse, level):
        assert f"{path.name} (SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()})" in (
            found.source
        )
    assert "51.500, 0.750" in found.source


def test_maps_that_were_exchanged_are_refused(tmp_path: Path) -> None:
    """325 is no fall of refractivity."""
    lapse = read_map(written(tmp_path, "DN50.TXT", plane(45, 0, 0)))
    level = read_map(written(tmp_path, "N050.TXT", plane(325, 0, 0)))
    with pytest.raises(Refused, match="ΔN is 325"):
        refractivity_at(level, lapse, 51.5, 0.0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 rows of no numbers"),
        (b"1 2 3\n4 5 6\n", "2 rows of 3 numbers"),
        (b"\x89PNG\r\n", "could not convert"),
        ((b"nan " * SHAPE[1] + b"\n") * SHAPE[0], "not finite"),
        (b"0 " * 3_000_000, "larger than a map"),
    ],
)
def test_a_file_that_is_no_map_is_refused_by_name(tmp_path: Path, content: bytes, why: str) -> None:
    """Empty, too small, no text, without values, or far too large."""
    path = tmp_path / "DN50.TXT"
    path.write_bytes(content)
    with pytest.raises(Refused, match=f"DN50.TXT.*{why}"):
        read_map(path)


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    """Latitudes end at the poles."""
    found = read_map(written(tmp_path, "DN50.TXT", plane(45, 0, 0)))
    with pytest.raises(Refused, match="no latitude"):
        found.at(90.1, 0)
    with pytest.raises(Refused, match="no latitude"):
        found.at(51, float("nan"))


def test_the_constant_says_that_it_is_one() -> None:
    """45 N-units/km and 325 N-units, in the words of provenance."""
    assert (BRITISH_ISLES.delta_n, BRITISH_ISLES.sea_n0) == (45, 325)
    assert "constant" in BRITISH_ISLES.source


@pytest.mark.parametrize(("delta_n", "sea_n0"), [(0, 325), (157, 325), (45, 199), (45, 451)])
def test_values_that_no_air_has_are_refused(delta_n: float, sea_n0: float) -> None:
    """ΔN above 0 and below 157, N0 200 to 450."""
    with pytest.raises(Refused):
        Refractivity(delta_n, sea_n0, "made up")
