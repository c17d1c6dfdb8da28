"""Writing assets to files that other programs open: `write`, its stamp and its report."""

from __future__ import annotations

from canopy.assets.exporters.formats import FORMATS, Format
from canopy.assets.exporters.report import ExportReport, Layer
from canopy.assets.exporters.stamp import ExportStamp
from canopy.assets.exporters.writing import write

__all__ = ["FORMATS", "ExportReport", "ExportStamp", "Format", "Layer", "write"]
