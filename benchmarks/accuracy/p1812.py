"""ITU-R P.1812 against the results that Study Group 3 hands out for checking programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from accuracy.cases import Case, Comparison
from canopy.coverage.propagation.p1812.prediction import EDITION, Terms, TerrainProfile, predict


def comparisons(vectors: Path) -> list[Comparison]:
    """All results, each over its own profile."""
    folder = vectors / "p1812"
    logs = sorted((folder / "validation_results").glob("*_log.csv"))
    cases = [_case(log, folder / "validation_profiles") for log in logs]
    source = "ITU-R Study Group 3, validation examples with Py1812"
    return [Comparison(EDITION, source, 0.01, cases)]


def _case(log: Path, profiles: Path) -> Case:
    said = _logged(log)
    name = log.name.removesuffix("_log.csv").rsplit("_", 1)[0]
    terms = Terms(
        frequency_ghz=said["f (GHz)"],
        tx_height_m=said["htg (m)"],
        rx_height_m=said["hrg (m)"],
        delta_n=said["DN"],
        sea_n0=said["N0"],
        latitude_deg=said["phi (deg)"],
        vertical=said["pol"] == 2,
        time_percent=said["p (%)"],
        location_percent=said["pL (%)"],
        location_sigma_db=said["sigmaL (dB)"],
        tx_coast_km=said["dct (km)"],
        rx_coast_km=said["dcr (km)"],
    )
    answer = predict(_profile(profiles / f"{name}.csv"), terms)
    return Case(said["Lb (dB)"], answer.loss_db)


def _logged(path: Path) -> dict[str, float]:
    """The numbers of a log by their names; a name that comes twice keeps its first value."""
    found: dict[str, float] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.reader(file):
            cells = [cell.strip() for cell in row if cell.strip()]
            if len(cells) > 1 and not cells[0].startswith("#"):
                found.setdefault(cells[0], float(cells[-1]))
    return found


def _profile(path: Path) -> TerrainProfile:
    """Distance, ground, clutter and zone, from the line after the one with their number."""
    lines = iter(path.read_text(encoding="utf-8", errors="replace").splitlines())
    count = next(int(line.split(",")[1]) for line in lines if line.startswith("Number of Points"))
    cells = [next(lines).split(",") for _ in range(count)]
    columns = np.array([[float(row[at]) for at in (0, 1, 3, 4)] for row in cells]).T.copy()
    return TerrainProfile(*columns[:3], columns[3].astype(np.int64))
