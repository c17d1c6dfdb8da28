"""QGIS's own OGC API provider reads the collections, with nothing set by hand."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ogc_catalogue import LAMPPOSTS, seen_by
from ogc_service import running

from canopy.access.rules import Role
from canopy.db.engine import Database

PYTHON = "/usr/bin/python3"
"""The interpreter that Debian's QGIS is built for."""
needs_qgis = pytest.mark.skipif(
    not Path("/usr/lib/python3/dist-packages/qgis").is_dir(), reason="QGIS is not installed"
)
SCRIPT = """
import json, os, sys
from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
url, collection = sys.argv[1:]
layer = QgsVectorLayer(
    f"url='{url}' typename='{collection}' pagingEnabled='true' pageSize='7'", "x", "OAPIF")
told = {"valid": layer.isValid(), "crs": layer.crs().authid(),
        "fields": [field.name() for field in layer.fields()],
        "ids": sorted(feature["asset_id"] for feature in layer.getFeatures()),
        "count": layer.featureCount()}
west = layer.extent()
half = QgsRectangle(west.xMinimum(), west.yMinimum(), west.center().x(), west.yMaximum())
told["half"] = sum(1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterRect(half)))
layer.setSubsetString("height_m > 6")
told["high"] = sorted(feature["asset_id"] for feature in layer.getFeatures())
print(json.dumps(told), flush=True)
os._exit(0)  # QGIS 3.22 falls over its own threads when it ends
"""


@pytest.fixture(scope="module")
def address(mixed: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a `canopy serve` of its own over the mixed catalogue."""
    with running(mixed, tmp_path_factory.mktemp("serve")) as found:
        yield found


@needs_qgis
def test_qgis_reads_a_collection(address: str, mixed: Database, tmp_path: Path) -> None:
    """Every lamppost that the public sees, over several pages; by place and by height."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, address, "lamppost"], env=environment,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    expected = seen_by(mixed, Role.public, "lamppost")
    assert told["valid"]
    assert told["crs"] == "EPSG:4326"
    assert {"asset_id", "ref", "height_m", "lamp_w"} <= set(told["fields"])
    assert told["ids"] == sorted(expected)
    assert told["count"] == len(expected) == LAMPPOSTS - 1
    assert 0 < told["half"] < len(expected)
    high = sorted(key for key, each in expected.items() if (each["height_m"] or 0) > 6)
    assert told["high"] == high
