"""All files of a plan for one audience, in one folder that appears whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from canopy.assets.exporters.stamp import ExportStamp
from canopy.coverage.files.replacing import whole_folder
from canopy.plan.exports.layers import plan_layers
from canopy.plan.exports.metadata import data_package, dcat
from canopy.plan.exports.vectors import (
    write_csv,
    write_geopackage,
    write_geoparquet,
    write_kmz,
    write_shapefiles,
)
from canopy.plan.exports.workbook import write_workbook
from canopy.plan.report.maps import site_map, ward_map
from canopy.plan.report.material import Material
from canopy.render.report.document import Audience

RASTER = "operators_above.tif"
"""Of a run's files, the one that is taken: how many operators cover each cell."""


def write_exports(
    material: Material,
    audience: Audience,
    out: Path,
    runs: Mapping[str, Path],
    now: datetime,
) -> list[str]:
    """Write them; their names. Material must have been gathered for the audience.

    runs: folders of the coverage runs as they are ("now") and with the plan ("plan"), as far as
    there are. Raises Refused for a folder that is not empty.
    """
    crs = material.spread.crs
    stamp = stamp_of(material, audience, now)
    layers = plan_layers(material, audience)
    with whole_folder(out) as folder:
        if layers:
            write_geopackage(layers, folder / "plan.gpkg", crs, stamp)
            write_shapefiles(layers, folder / "plan_shapefiles.zip", crs, stamp)
            write_kmz(layers, folder / "plan.kmz", crs, stamp)
        for layer in layers:
            write_geoparquet(layer, folder / f"{layer.name}.parquet", crs, stamp)
            write_csv(layer, folder / f"{layer.name}.csv", crs)
        drawn = site_map(material) if audience == "exempt" else ward_map(material)
        if drawn is not None:
            (folder / "map.svg").write_text(drawn.svg, encoding="utf-8")
        _rasters(material, audience, folder, runs)
        if audience == "exempt":
            write_workbook(material.cash, material.words, folder / "cash_flow.xlsx", stamp)
        files = sorted(folder.iterdir())
        name = material.result.kept.scenario.name
        package = data_package(files, layers, f"{name}-{audience}", stamp, crs)
        for told, document in (("datapackage.json", package), ("dcat.jsonld", dcat(package, crs))):
            text = json.dumps(document, ensure_ascii=False, indent=1)
            (folder / told).write_text(text + "\n", encoding="utf-8")
        return sorted(each.name for each in folder.iterdir())


def _rasters(
    material: Material, audience: Audience, folder: Path, runs: Mapping[str, Path]
) -> None:
    """Cloud Optimized GeoTIFFs as the runs wrote them, with their own provenance inside."""
    for when, run in (("now", material.now), ("plan", material.after)):
        source = runs.get(when)
        if run is None or source is None or not (audience == "exempt" or run.is_public):
            continue
        if (source / RASTER).is_file():
            shutil.copyfile(source / RASTER, folder / f"coverage_{when}.tif")


def stamp_of(material: Material, audience: Audience, now: datetime) -> ExportStamp:
    """What every file of the audience says of itself."""
    licences = dict(material.licences)
    scenario = material.result.kept
    return ExportStamp(
        audience=audience, title=f"{material.council}: {scenario.scenario.title}",
        attribution=tuple(material.attribution),
        licence=licences.get("Licences of the data", "none is named"), generated_at=now,
        source_note=f"scenario {scenario.label}, inputs SHA-256 {material.result.inputs_sha256}",
    )  # fmt: skip
