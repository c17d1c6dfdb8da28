"""The Irregular Terrain Model against NTIA's cases, point to point and by area."""

from __future__ import annotations

from pathlib import Path

from accuracy.cases import Case, Comparison, table
from canopy.coverage.propagation.itm.prediction import EDITION, predict, predict_area
from canopy.coverage.propagation.itm.terms import (
    AreaPath,
    Climate,
    Mode,
    Quantile,
    Siting,
    Terms,
    TerrainProfile,
)

SOURCE = "NTIA, itm test data"
BAR_DB = 0.1

Row = dict[str, str]


def comparisons(vectors: Path) -> list[Comparison]:
    """Both modes, each over its own file."""
    folder = vectors / "ntia_itm"
    lines = (folder / "pfls.csv").read_text(encoding="utf-8").split()
    profiles = [[float(cell) for cell in line.split(",")] for line in lines]
    rows = table(folder / "p2p.csv")
    paths = [
        Case(float(row["A__db"]), predict(TerrainProfile.of(step_m, ground_m), _terms(row)).loss_db)
        for row, (_, step_m, *ground_m) in zip(rows, profiles, strict=True)
    ]
    areas = [
        Case(float(row["A__db"]), predict_area(_area(row), _terms(row)).loss_db)
        for row in table(folder / "area.csv")
    ]
    return [
        Comparison(f"{EDITION}, point to point", SOURCE, BAR_DB, paths),
        Comparison(f"{EDITION}, area", SOURCE, BAR_DB, areas),
    ]


def _terms(row: Row) -> Terms:
    """mdvar is the mode, and 10 or 20 more where places or situations do not vary."""
    left_out, mode = divmod(int(row["mdvar"]), 10)
    return Terms(
        frequency_mhz=float(row["f__mhz"]),
        tx_height_m=float(row["h_tx__meter"]),
        rx_height_m=float(row["h_rx__meter"]),
        sea_n0=float(row["N_0"]),
        climate=Climate(int(row["climate"])),
        vertical=row["pol"] == "1",
        permittivity=float(row["epsilon"]),
        conductivity_s_m=float(row["sigma"]),
        quantile=Quantile(
            time_percent=float(row["time"]),
            location_percent=float(row["location"]),
            situation_percent=float(row["situation"]),
            mode=Mode(mode),
            places_vary=left_out not in (1, 3),
            situations_vary=left_out not in (2, 3),
        ),
    )


def _area(row: Row) -> AreaPath:
    return AreaPath(
        distance_km=float(row["d__km"]),
        delta_h_m=float(row["delta_h__meter"]),
        tx_siting=Siting(int(row["tx_siting_criteria"])),
        rx_siting=Siting(int(row["rx_siting_criteria"])),
    )
