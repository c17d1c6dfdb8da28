"""What a run says besides levels and figures: blocks, handover, Ofcom, broadband."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import run_files
from coverage_town import ASKED, lamp

from canopy.coverage.notspots.figures import FigureRow
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.errors import BadSource, Refused
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.running import Outcome, run, write

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def outcome_of(inputs: Path, **changed: Any) -> Outcome:
    return run(from_json({**ASKED, **changed}, inputs), NOW)


def rows_of(outcome: Outcome, place: str, operator: str = "all") -> list[FigureRow]:
    """Rows of the whole area."""
    return [
        row
        for row in outcome.figures
        if (row.area_id, row.operator, row.place) == ("all", operator, place)
    ]


def table_of(outcome: Outcome, name: str) -> list[dict[str, Any]]:
    (table,) = (each for each in outcome.tables if each.name == name)
    columns = {each.name: each.known() for each in table.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def told(outcome: Outcome) -> str:
    return " ".join(outcome.explanation)


def test_blocks_have_layers_and_figures_of_their_own(inputs: Path, tmp_path: Path) -> None:
    """Every resident and square metre is in the figures of 50 m and of 100 m, for all and for
    each operator; blocks lie on multiples of their side; the rule is said."""
    outcome = outcome_of(inputs, results={"aggregate_m": [50, 100]})
    fine = rows_of(outcome, "outdoor")
    for place in ("outdoor-50m", "outdoor-100m"):
        for operator in ("all", "a", "b"):
            rows = rows_of(outcome, place, operator)
            assert sum(row.residents or 0 for row in rows) == pytest.approx(1500)
            assert sum(row.area_m2 for row in rows) == pytest.approx(
                sum(row.area_m2 for row in fine)
            )
    unknown = [row for row in rows_of(outcome, "outdoor-100m") if row.status == "unknown"]
    assert sum(row.area_m2 for row in unknown) == 0.0
    assert "A block has the class of most of its cells" in told(outcome)
    write(outcome, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "blocks_100m_class.tif") as raster:
        assert raster.res == (100.0, 100.0)
        assert (raster.bounds.left % 100, raster.bounds.top % 100) == (0, 0)
        assert raster.tags()["parameter_layer_cell_m"] == "100"
        classes = raster.read(1)
    with rasterio.open(tmp_path / "out" / "blocks_100m_covered.tif") as raster:
        covered, known = raster.read()
    assert (covered[classes == 4] > 0.5).all()
    assert known.max() == 1.0


def test_blocks_that_cut_through_cells_are_refused_before_the_run(inputs: Path) -> None:
    """60 m is no whole number of 25 m."""
    with pytest.raises(Refused, match="run at a resolution that divides 60"):
        outcome_of(inputs, results={"aggregate_m": [60]})


def test_handover_tells_where_another_operator_would_do(inputs: Path) -> None:
    """Users of b, whose lamp stands a kilometre off, find a; area and residents are those of
    cells that a covers and b does not."""
    sites = (lamp("a", 528_000.0), lamp("b", 529_000.0))
    sites_to_csv(sites, inputs / "radio" / "sites.csv")
    outcome = outcome_of(inputs, results={"handover": True})
    rows = table_of(outcome, "handover")
    assert {(row["user_of"], row["other"]) for row in rows} == {("a", "b"), ("b", "a")}
    (found,) = (r for r in rows if (r["area_id"], r["user_of"]) == ("all", "b"))
    layers, limit = outcome.result.by_operator, outcome.result.threshold_dbm
    cells = (layers["a"].rsrp_dbm >= limit) & ~(layers["b"].rsrp_dbm >= limit)
    inside = np.isfinite(layers["a"].rsrp_dbm)
    assert found["area"] == pytest.approx((cells & inside).sum() * 625, rel=0.05)
    assert found["residents"] > 0
    assert found["unknown"] == 0.0


def test_handover_needs_two_operators(inputs: Path) -> None:
    """With one there is nobody to go to."""
    sites_to_csv((lamp("a", 528_000.0),), inputs / "radio" / "sites.csv")
    with pytest.raises(Refused, match="between 2 to 8 operators; the sites are of 1: a"):
        outcome_of(inputs, results={"handover": True})


def test_ofcoms_figures_stand_beside_ours(inputs: Path) -> None:
    """Area and premises, each total, partial and full, with the difference in points."""
    run_files.write_ofcom(inputs)
    run_files.write_premises(inputs)
    premises = {"file": "premises.csv", "x": "Easting", "y": "Northing", "crs": "EPSG:27700"}
    outcome = outcome_of(
        inputs,
        demand={"premises": premises},
        results={"ofcom": {"file": "mobile.csv", "area_id": "E09000007"}},
    )
    rows = table_of(outcome, "ofcom")
    assert [(row["counted"], row["status"]) for row in rows] == [
        ("geo", "total"), ("geo", "partial"), ("geo", "full"),
        ("prem", "total"), ("prem", "partial"), ("prem", "full"),
    ]  # fmt: skip
    assert [row["published"] for row in rows] == [1, 4, 95, 0.5, 2.5, 97]
    full = rows[2]
    ours = {row.status: row.area_share for row in rows_of(outcome, "outdoor")}
    assert full["ours"] == pytest.approx(100 * (ours["full"] or 0))
    assert full["difference"] == pytest.approx(full["ours"] - 95)
    assert "whether Town is the same area is not checked" in told(outcome)
    credit = "Contains Ofcom data (Connected Nations)"
    assert credit in outcome.provenance.attributions


def test_figures_that_cannot_be_compared_with_ofcoms_are_said(inputs: Path) -> None:
    """One operator's partial coverage is not that of two; the run is not lost for it."""
    run_files.write_ofcom(inputs)
    sites_to_csv((lamp("a", 528_000.0),), inputs / "radio" / "sites.csv")
    ofcom = {"file": "mobile.csv", "area_id": "E09000007"}
    outcome = outcome_of(inputs, results={"ofcom": ofcom})
    assert "Not compared with Ofcom: mobile.csv counts 2 operators for 4G, the run 1" in told(
        outcome
    )
    with pytest.raises(BadSource, match="0 rows for E06000001"):
        outcome_of(inputs, results={"ofcom": {**ofcom, "area_id": "E06000001"}})


def test_fixed_broadband_is_a_theme_by_ward(inputs: Path, tmp_path: Path) -> None:
    """A quarter of 40 premises in W1 are below 30 Mbit/s. A postcode without a value, and one
    that Ofcom lacks, are counted as unknown; none is served by default."""
    run_files.write_broadband(inputs)
    places = {"file": "postcodes.csv", "name": "pcds", "x": "x", "y": "y", "crs": "EPSG:27700"}
    outcome = outcome_of(
        inputs, results={"broadband": {"files": ["fixed.csv"], "postcodes": places}}
    )
    rows = {(r["area_id"], r["theme"]): r for r in table_of(outcome, "broadband")}
    first = rows["W1", "below-30-mbps"]
    assert (first["without"], first["premises"], first["share"]) == (10.0, 40.0, 0.25)
    assert (first["postcodes"], first["postcodes_unknown"]) == (2, 1)
    second = rows["W2", "below-30-mbps"]
    assert (second["without"], second["premises"], second["postcodes_unknown"]) == (0, 20, 1)
    assert rows["all", "no-gigabit"]["without"] == 20.0
    write(outcome, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "broadband_below_30_mbps.tif") as raster:
        values = raster.read(1)
    assert np.nansum(values) == 10.0
    assert np.isnan(values).sum() == 2


def write_measurements(folder: Path, outcome: Outcome, error_db: float = -8.0) -> None:
    """A level in every second cell: what a was predicted, `error_db` off, and a row of b."""
    grid, levels = outcome.result.grid, outcome.result.by_operator["a"].rsrp_dbm
    rows = []
    for row, column in zip(*np.nonzero(np.isfinite(levels)), strict=True):
        level = levels[row, column] + error_db
        if (row + column) % 2 and -150 < level < -40:
            rows.append(
                f"{grid.eastings_m[column]},{grid.northings_m[row]},2026-01-05T10:00:00Z,"
                f"{level:.3f},A,LTE"
            )
    text = "\n".join(
        ["E,N,when,rsrp,net,rat", *rows, "528000,184100,2026-01-05T10:00:00Z,-80,B,NR"]
    )
    (folder / "drive.csv").write_text(text + "\n")


MEASURED = {
    "file": "drive.csv", "x": "E", "y": "N", "crs": "EPSG:27700", "time": "when",
    "rsrp_dbm": "rsrp", "operator": "net", "technology": "rat", "block_m": 100.0,
}  # fmt: skip


def test_measurements_judge_predictions_and_change_nothing(inputs: Path, tmp_path: Path) -> None:
    """The bias of 8 dB is found, told and not applied; layers and figures are as without."""
    plain = outcome_of(inputs)
    write_measurements(inputs, plain)
    outcome = outcome_of(inputs, measurements=MEASURED)
    a, b = table_of(outcome, "calibration")
    assert a["all_bias_before"] == pytest.approx(8.0, abs=0.01)
    assert a["all_rmse_before"] == pytest.approx(8.0, abs=0.01)
    assert (a["offset"], a["slope"]) == pytest.approx((-8.0, 1.0), abs=0.01)
    assert a["held_out_rmse_after"] < 0.01
    assert a["training_cells"] + a["held_out_cells"] == a["cells"]
    assert (a["applied"], a["reason"]) == (False, "not asked for")
    assert (b["cells"], b["applied"]) == (0, False)
    assert outcome.figures == plain.figures
    assert dict(outcome.provenance.parameters)["calibration"] == "judged, not applied"
    assert "1 measurements are of other operators or technologies" in told(outcome)
    write(outcome, tmp_path / "out")
    assert not list((tmp_path / "out").glob("calibrated*"))
    with (tmp_path / "out" / "measured_cells.csv").open(encoding="utf-8-sig") as file:
        heading = next(csv.reader(file))
    assert not [name for name in heading if "predicted" in name or "rsrp" in name]


def test_calibration_that_is_applied_is_a_step_of_its_own(inputs: Path, tmp_path: Path) -> None:
    """Corrected levels are layers beside those predicted, which stay to the bit; figures are
    of the corrected ones, those predicted have their own place, and provenance tells."""
    plain = outcome_of(inputs)
    write_measurements(inputs, plain)
    outcome = outcome_of(inputs, measurements={**MEASURED, "apply": True})
    predicted, kept = (each.result.by_operator["a"].rsrp_dbm for each in (plain, outcome))
    assert np.array_equal(predicted, kept, equal_nan=True)
    full = {
        place: next(row.area_m2 for row in rows_of(outcome, place, "a") if row.status == "covered")
        for place in ("outdoor", "outdoor-as-predicted")
    }
    was = next(row for row in rows_of(plain, "outdoor", "a") if row.status == "covered")
    assert full["outdoor-as-predicted"] == was.area_m2
    assert full["outdoor"] < was.area_m2
    assert (
        "applied to figures and not-spots: a -8.0"
        in dict(outcome.provenance.parameters)["calibration"]
    )
    assert [each.name for each in outcome.provenance.methods][-1] == "calibration"
    write(outcome, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "calibrated_operator_rsrp_dbm.tif") as raster:
        assert raster.descriptions == ("a", "b")
        corrected = raster.read(1)
    known = np.isfinite(predicted)
    assert np.allclose(corrected[known], predicted[known] - 8.0, atol=0.05)
    with rasterio.open(tmp_path / "out" / "operator_rsrp_dbm.tif") as raster:
        assert np.array_equal(raster.read(1), predicted, equal_nan=True)


def test_measurements_of_nobody_in_particular_are_refused(inputs: Path) -> None:
    """With two operators and no column that tells them apart, a level could be either's."""
    write_measurements(inputs, outcome_of(inputs))
    without = {name: value for name, value in MEASURED.items() if name != "operator"}
    with pytest.raises(Refused, match="name the column that tells whose level"):
        outcome_of(inputs, measurements=without)


def test_too_few_measurements_correct_nothing(inputs: Path) -> None:
    """The reason stands in the table, with the bias of the few."""
    write_measurements(inputs, outcome_of(inputs))
    lines = (inputs / "drive.csv").read_text().splitlines()
    (inputs / "drive.csv").write_text("\n".join(lines[:6]) + "\n")
    outcome = outcome_of(inputs, measurements={**MEASURED, "apply": True})
    a, _ = table_of(outcome, "calibration")
    assert (a["cells"], a["offset"], a["applied"]) == (5, None, False)
    assert a["all_bias_before"] == pytest.approx(8.0, abs=0.01)
    assert "needed" in a["reason"]
