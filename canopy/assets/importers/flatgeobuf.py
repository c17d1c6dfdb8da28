"""FlatGeobuf: one layer, read in file order."""

from __future__ import annotations

from pathlib import Path

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.vector import Layer, layer_names, open_layer


def open_flatgeobuf(path: Path) -> list[SourceTable]:
    """The layer of a FlatGeobuf file."""
    return [open_layer(Layer(path, name, "FlatGeobuf")) for name in layer_names(path)]
