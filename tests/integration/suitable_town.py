"""A street to be scored: lampposts, a duct with fibre at its end, and rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from ogc_catalogue import E0, N0, add, point, record

from canopy.assets.record import Record
from canopy.db.engine import Database

RULES = """
title = "Rules of the test"
none_here = ["sssi"]
[technologies.small_cell]
label = "Small cell"
kinds = ["lamppost", "cctv"]
reach_m = 100.0
confident_from = 0.5
[[technologies.small_cell.hard]]
name = "stands"
fact = "status"
any_of = ["operational"]
text = "Stands"
source = "the test"
standing = "assumption"
[[technologies.small_cell.hard]]
name = "not_let"
fact = "held"
none_of = ["exclusive"]
text = "Is not let to one alone"
source = "the test"
standing = "assumption"
[[technologies.small_cell.factors]]
name = "height"
fact = "height_m"
weight = 60
points = [[5.0, 0], [10.0, 100]]
text = "Is high"
source = "the test"
standing = "assumption"
[[technologies.small_cell.factors]]
name = "backhaul"
fact = "fibre_m"
weight = 40
points = [[0.0, 100], [200.0, 0]]
text = "Is near fibre"
source = "the test"
standing = "assumption"
"""

LEASE: dict[str, Any] = {
    "ref": "EST/2026/7", "title": "Roof of Town Hall", "kind": "lease",
    "term": {"start": "2026-04-01", "months": 144},
    "parties": [{"name": "Camford Council", "role": "council"},
                {"name": "Example Mast Ltd", "role": "operator"}],
    "valuation_basis": "code-no-network", "vat": "exempt",
    "payment": {"frequency": "yearly", "timing": "advance"},
    "charges": [{"name": "rent", "type": "rent", "amount": "2551.77"}],
}  # fmt: skip
"""Terms that follow no index."""


def lamp(number: int, x: float, **columns: Any) -> Record:
    """A lamppost 10 m north of the duct."""
    given = {"ref": f"L{number}", "height_m": 10.0, "status": "operational", **columns}
    return record("lamppost", point(x, 10), **given)


def line(kind: str, ref: str, *at: tuple[float, float], **attributes: object) -> Record:
    """A line some metres from the catalogue's corner."""
    shape = shapely.LineString([(E0 + x, N0 + y) for x, y in at])
    return record(kind, shape, attributes or None, ref=ref)


def town() -> list[Record]:
    """Fibre at 100 m; L1 is 15 m from it along the duct, L2 50 m; L3 is far away, L4 of unknown
    height, L5 planned, L6 for estates alone."""
    return [
        lamp(1, 85), lamp(2, 50), lamp(3, 900), lamp(4, 40, height_m=None),
        lamp(5, 30, status="planned"), lamp(6, 80, sensitivity="estates"),
        line("duct", "D1", (0, 0), (100, 0)), line("fibre", "F1", (100, -20), (100, 20)),
        record("cctv", point(95, 5), ref="C1", height_m=8.0),
    ]  # fmt: skip


def fill(database: Database, folder: Path) -> Path:
    """The town in a catalogue, and a file with its rules."""
    add(database, town())
    path = folder / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path
