"""P.2108: published cases, limits and refusals."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.p2108 import height_gain_loss, slant_loss, terrestrial_loss
from canopy.coverage.validity import Validity
from canopy.errors import Refused

TOLERANCE_DB = 0.05
"""The published values are rounded to 0.1 dB."""
CLUTTER = {1: "water", 2: "open", 3: "suburban", 4: "urban", 5: "urban", 6: "dense urban"}
"""The numbers of clutter types in NTIA's cases, in the order of the Recommendation's Table 3."""

# NTIA/p2108-test-data at 1d0f7c8dbd (CC0), TerrestrialStatisticalModelTestData.csv
TERRESTRIAL = [
    (0.5, 0.25, 50, 17.4),
    (0.5, 0.25, 1, 3.9),
    (0.5, 0.25, 99, 30.9),
    (26.6, 15.8, 45, 32.5),
    (67, 5.4, 30.5, 30.9),
    (3.5, 1, 0.1, 16.8),
    (3.5, 1, 99.9, 42.8),
]
# The same, AeronauticalStatisticalModelTestData.csv
SLANT = [
    (30, 2, 5, 7.7),
    (30, 2, 1, 1.9),
    (30, 2, 99, 87.3),
    (10, 10.5, 45, 12.4),
    (15, 90, 50, 0),
    (20, 0, 50, 45.6),
    (11.1, 15.5, 80.5, 14.7),
]
# The same, HeightGainTerminalCorrectionModelTestData.csv
HEIGHT = [
    (1.5, 2, 27, 10, 1, 16),
    (1.5, 2, 27, 6, 1, 10.9),
    (1.5, 2, 27, 10, 2, 16),
    (1.5, 2, 27, 10, 3, 20.5),
    (1.5, 2, 27, 6, 3, 14.6),
    (1.5, 2, 27, 15, 4, 24.5),
]


@pytest.mark.parametrize(("f_ghz", "d_km", "p", "expected_db"), TERRESTRIAL)
def test_terrestrial_losses_are_the_published(
    f_ghz: float, d_km: float, p: float, expected_db: float
) -> None:
    """§3.2 within the rounding of the cases."""
    loss, flag = terrestrial_loss(f_ghz, d_km, p)
    assert float(loss) == pytest.approx(expected_db, abs=TOLERANCE_DB + 1e-9)
    assert flag == Validity.IN_RANGE


@pytest.mark.parametrize(("f_ghz", "theta", "p", "expected_db"), SLANT)
def test_slant_losses_are_the_published(
    f_ghz: float, theta: float, p: float, expected_db: float
) -> None:
    """§3.3 within the rounding of the cases."""
    loss, flag = slant_loss(f_ghz, theta, p)
    assert float(loss) == pytest.approx(expected_db, abs=TOLERANCE_DB + 1e-9)
    assert flag == Validity.IN_RANGE


@pytest.mark.parametrize(("f_ghz", "h", "width", "top", "kind", "expected_db"), HEIGHT)
def test_height_gain_losses_are_the_published(
    f_ghz: float, h: float, width: float, top: float, kind: int, expected_db: float
) -> None:
    """§3.1 within the rounding of the cases."""
    loss, flag = height_gain_loss(
        f_ghz,
        h,
        CLUTTER[kind],
        clutter_m=top,
        street_width_m=width,  # type: ignore[arg-type]
    )
    assert float(loss) == pytest.approx(expected_db, abs=TOLERANCE_DB + 1e-9)
    assert flag == Validity.IN_RANGE


def rows(real_data: Path, name: str) -> list[dict[str, str]]:
    with (real_data / "vectors" / "p2108" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def told(loss: object, flag: object, row: dict[str, str], column: str) -> str | None:
    """What is wrong with a row, None where it is met: a value, or a refusal for an error code."""
    value = float(np.asarray(loss))
    if row["rtn"] != "0":
        met = math.isnan(value) and int(np.asarray(flag)) == Validity.REFUSED
    else:
        met = abs(value - float(row[column])) <= TOLERANCE_DB + 1e-9
    return None if met else f"{row}: {value}"


@pytest.mark.real_data
def test_every_published_row_is_met(real_data: Path) -> None:
    """All values within 0.05 dB, and every error row refused."""
    wrong = [
        told(
            *terrestrial_loss(float(row["f__ghz"]), float(row["d__km"]), float(row["p"])),
            row,
            "L_ctt__db",
        )
        for row in rows(real_data, "TerrestrialStatisticalModelTestData.csv")
    ]
    wrong += [
        told(
            *slant_loss(float(row["f__ghz"]), float(row["theta_deg"]), float(row["p"])),
            row,
            "L_ces__db",
        )
        for row in rows(real_data, "AeronauticalStatisticalModelTestData.csv")
    ]
    wrong += [
        told(
            *height_gain_loss(
                float(row["f__ghz"]),
                float(row["h__meter"]),
                CLUTTER[int(row["clutter_type"])],  # type: ignore[arg-type]
                clutter_m=float(row["R__meter"]),
                street_width_m=float(row["w_s__meter"]),
            ),
            row,
            "A_h__db",
        )
        for row in rows(real_data, "HeightGainTerminalCorrectionModelTestData.csv")
    ]
    assert len(wrong) > 40
    assert [each for each in wrong if each is not None] == []


@given(f=st.floats(0.5, 67), d=st.floats(0.25, 50), p=st.floats(1, 98), more=st.floats(0.01, 1))
def test_more_places_have_more_loss(f: float, d: float, p: float, more: float) -> None:
    """The loss not exceeded rises with the share of places, and with distance to 2 km."""
    low, _ = terrestrial_loss(f, d, p)
    assert terrestrial_loss(f, d, p + more)[0] >= low
    assert terrestrial_loss(f, d + more, p)[0] >= low - 0.5


def test_unknown_inputs_and_unknown_clutter() -> None:
    """NaN stays unknown; a clutter that is not in the table is refused by name."""
    loss, flag = terrestrial_loss([math.nan, 3.5], 1, 50)
    assert np.isnan(loss[0])
    assert list(flag) == [Validity.UNKNOWN, Validity.IN_RANGE]
    with pytest.raises(Refused, match="dense urban"):
        height_gain_loss(1.0, 2.0, "forest")  # type: ignore[arg-type]


def test_above_the_clutter_nothing_is_lost() -> None:
    """At its height and above the loss is 0 in every clutter."""
    for kind in ("open", "urban"):
        loss, _ = height_gain_loss(1.0, [15.0, 30.0], kind)  # type: ignore[arg-type]
        assert list(loss) == [0.0, 0.0]
