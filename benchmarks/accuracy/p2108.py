"""ITU-R P.2108 against NTIA's cases, rows that are refused included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from accuracy.cases import Case, Comparison, table
from canopy.coverage.propagation.p2108 import height_gain_loss, slant_loss, terrestrial_loss

EDITION = "Recommendation ITU-R P.2108-1 (09/2021)"
CLUTTER = {"1": "water", "2": "open", "3": "suburban", "4": "urban", "5": "urban",
           "6": "dense urban"}  # fmt: skip
"""NTIA's numbers, in the order of the Recommendation's Table 3; 5 is woodland, as urban."""

Row = dict[str, str]


def comparisons(vectors: Path) -> list[Comparison]:
    """The three sections, each over its own file."""
    parts = (
        ("§3.1, height gain", "HeightGainTerminalCorrection", "A_h__db", _height_gain),
        ("§3.2, paths over the ground", "TerrestrialStatistical", "L_ctt__db", _terrestrial),
        ("§3.3, slant paths", "AeronauticalStatistical", "L_ces__db", _slant),
    )
    return [
        Comparison(
            f"{EDITION}, {section}",
            "NTIA, p2108-test-data",
            0.05,
            [
                Case(float(row[column]) if row["rtn"] == "0" else None, float(answer(row)))
                for row in table(vectors / "p2108" / f"{name}ModelTestData.csv")
            ],
        )
        for section, name, column, answer in parts
    ]


def _height_gain(row: Row) -> NDArray[np.float64]:
    return height_gain_loss(
        float(row["f__ghz"]),
        float(row["h__meter"]),
        CLUTTER[row["clutter_type"]],  # type: ignore[arg-type]
        clutter_m=float(row["R__meter"]),
        street_width_m=float(row["w_s__meter"]),
    )[0]


def _terrestrial(row: Row) -> NDArray[np.float64]:
    return terrestrial_loss(float(row["f__ghz"]), float(row["d__km"]), float(row["p"]))[0]


def _slant(row: Row) -> NDArray[np.float64]:
    return slant_loss(float(row["f__ghz"]), float(row["theta_deg"]), float(row["p"]))[0]
