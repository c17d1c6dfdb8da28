"""What differs between two scenarios, written as a map and as a GeoPackage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from canopy.cli.context import console
from canopy.cli.plan_told import number
from canopy.errors import NotFound, Refused

if TYPE_CHECKING:
    from canopy.plan.scenarios.computing import Inputs, Result


def pair_of(wanted: Sequence[str]) -> tuple[int, int]:
    """Places of the two that are held against each other; the first is the do-minimum."""
    if len(wanted) not in (2, 3):
        raise Refused("--map and --gpkg show the difference of two scenarios: name one or two")
    return (0, 1) if len(wanted) == 2 else (1, 2)


def write(
    inputs: Inputs, pair: Sequence[Result], catalogue: str, page: Path | None, gpkg: Path | None
) -> None:
    """Write what is asked for, and tell what was written."""
    from canopy.plan.scenarios.difference import as_geojson, difference, reach_of
    from canopy.plan.scenarios.difference_files import write_geopackage

    before, after = pair
    reach_m = reach_of(before, _reach(inputs, before)), reach_of(after, _reach(inputs, after))
    found = difference(before, after, reach_m)
    if gpkg is not None:
        write_geopackage(found, gpkg, inputs.database.storage_crs)
        _say(f"Wrote the sites and what is in their reach to {gpkg}.")
    if page is None:
        return
    from canopy.plan.scenarios.comparing import compared
    from canopy.render.difference_map import DifferencePage, write_difference

    rows = [
        (row.name, row.unit, number(row.values[0]), number(row.values[1]), number(row.changes[1]))
        for row in compared(pair)
    ]
    told = as_geojson(found, inputs.database.storage_crs)
    title = f"What changes from {found.before} to {found.after}"
    write_difference(DifferencePage(title, catalogue, f"{inputs.day:%d %B %Y}", told, rows), page)
    _say(f"Wrote the map of what differs to {page}.")


def _reach(inputs: Inputs, result: Result) -> float | None:
    try:
        return inputs.rule_file.rules.technology(result.kept.scenario.technology).reach_m
    except NotFound:
        return None


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
