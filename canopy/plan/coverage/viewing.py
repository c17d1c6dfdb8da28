"""What a map tile shows of a run's files, or of the change from one run to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.layers import (
    OPERATOR_PROBABILITY,
    OPERATOR_RSRP,
    RUN_LAYERS,
    LayerKind,
)
from canopy.coverage.files.parts import layer_file
from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.style import NOTHING
from canopy.coverage.files.tiles import TileCells, tile_cells
from canopy.coverage.files.value_tiles import (
    BEYOND,
    COMPARED,
    SCALES,
    Floats,
    change,
    numbers,
    real_values,
)
from canopy.coverage.grid import Grid
from canopy.coverage.validity import Validity
from canopy.errors import NotFound, Refused
from canopy.plan.coverage.places import layer_path
from canopy.render.coverage import Ramp, ramp

_BY_OPERATOR = (OPERATOR_RSRP, OPERATOR_PROBABILITY)
_KINDS = {kind.name: kind for kind in (*RUN_LAYERS, *_BY_OPERATOR)}
_FLAG = _KINDS["flag"]
CHANGE = "difference_db"
"""The look of a change."""


@dataclass(frozen=True, slots=True)
class TileAsked:
    """A tile of one layer: `column` and `row` are its x and y."""

    layer: str
    operator: str | None
    zoom: int
    column: int
    row: int
    size_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What lies under the pixels of a tile.

    Attributes:
        kind: of the layer.
        cells: which pixels have a cell.
        values: of them; NaN where not known, -inf where no site reaches.
        is_beyond: cells that the run was not asked for.
        look: how they are drawn.
    """

    kind: LayerKind
    cells: TileCells
    values: Floats
    is_beyond: NDArray[np.bool_]
    look: Ramp


def shown(folder: Path, asked: TileAsked, minus: Path | None = None) -> Shown | None:
    """What a tile shows of the run in `folder`, None where no cell lies under it.

    minus: the folder of another run: the change from that to this one [dB]. Raises NotFound
    for a layer or operator that is not there, Refused for runs that cannot be compared.
    """
    kind = _kind(asked, compares=minus is not None)
    with layer_file(layer_path(folder, _FLAG)) as flags:
        grid = flags.grid
        if minus is not None:
            _require_same_cells(grid, minus)
        cells = tile_cells(grid, asked.zoom, asked.column, asked.row, asked.size_px)
        if cells is None or not cells.inside.any():
            return None
        is_beyond = flags.under(cells, _FLAG.name) == Validity.OUTSIDE
    values = _values(folder, kind, cells, asked)
    if minus is None:
        return Shown(kind, cells, values, is_beyond, ramp(kind.name))
    with layer_file(layer_path(minus, _FLAG)) as flags:
        is_beyond |= flags.under(cells, _FLAG.name) == Validity.OUTSIDE
    changed = change(values, _values(minus, kind, cells, asked))
    return Shown(kind, cells, changed, is_beyond, ramp(CHANGE))


def picture(tile: Shown, threshold: float | None = None) -> bytes:
    """A tile as PNG in the layer's colours; what is below `threshold` is transparent."""
    look = tile.look if threshold is None else tile.look.shown_above(threshold)
    drawn = np.where(tile.is_beyond, np.uint8(NOTHING), look.indices(tile.values))
    return indexed_png(tile.cells.on_tile(drawn, np.uint8(NOTHING)), look.palette)


def value_tile(tile: Shown) -> bytes:
    """A tile as numbers; see `canopy.coverage.files.value_tiles`. Refused for indices."""
    scale = SCALES.get(tile.kind.name)
    if scale is None:
        raise Refused(f"{tile.kind.name} comes as pictures only; leave f=values out.")
    inside = np.where(tile.is_beyond, np.uint16(BEYOND), numbers(tile.values, scale))
    return tile.cells.on_tile(inside, np.uint16(BEYOND)).astype("<u2").tobytes()


def _kind(asked: TileAsked, *, compares: bool) -> LayerKind:
    kind = _KINDS.get(asked.layer)
    if kind is None:
        raise NotFound(f"There is no layer {asked.layer[:100]!r}, but {', '.join(_KINDS)}.")
    if (asked.operator is None) == (kind in _BY_OPERATOR):
        words = "one of its operators" if kind in _BY_OPERATOR else "no operator"
        raise Refused(f"The layer {kind.name} is asked for with {words}.")
    if compares and kind.name not in COMPARED:
        raise Refused(f"Runs are compared by {', '.join(COMPARED)}, not by {kind.name}.")
    return kind


def _require_same_cells(grid: Grid, minus: Path) -> None:
    with layer_file(layer_path(minus, _FLAG)) as flags:
        differing = grid.differing(flags.grid)
    if differing:
        told = (
            f"{name} is {getattr(grid, name):g} and {getattr(flags.grid, name):g}"
            for name in differing
        )
        raise Refused(
            f"The two runs have different cells: {'; '.join(told)}. Compare runs of one area and "
            "resolution."
        )


def _values(folder: Path, kind: LayerKind, cells: TileCells, asked: TileAsked) -> Floats:
    with layer_file(layer_path(folder, kind)) as layer:
        return real_values(layer.under(cells, asked.operator or kind.name), kind)
