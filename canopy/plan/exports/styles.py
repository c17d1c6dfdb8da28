"""How layers of a plan look in QGIS and in Google Earth; readable in black and white.

Source: QGIS 3 keeps styles of a GeoPackage in a table ``layer_styles`` and opens a layer in the
one that has ``useAsDefault``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from canopy.plan.exports.layers import PlanLayer

_HATCHES = {"total": ("45", "1.2"), "partial": ("135", "2.6"), "unknown": ("0", "2.6")}
"""Direction [degrees] and distance [mm] of lines by status."""
_MARKS = ("circle", "square", "triangle", "diamond")

KML_STYLES = (
    '<Style id="sites"><IconStyle><color>ff0c0c0b</color><scale>0.8</scale></IconStyle></Style>'
    '<Style id="wards"><LineStyle><color>ff0c0c0b</color><width>2</width></LineStyle>'
    "<PolyStyle><fill>0</fill></PolyStyle></Style>"
    '<Style id="not_spots_now"><LineStyle><color>ff505048</color></LineStyle>'
    "<PolyStyle><color>80505048</color></PolyStyle></Style>"
    '<Style id="not_spots_plan"><LineStyle><color>ff0c0c0b</color></LineStyle>'
    "<PolyStyle><color>b00c0c0b</color></PolyStyle></Style>\n"
)


def style_rows(
    connection: sqlite3.Connection, layers: Sequence[PlanLayer], updated_at: str
) -> None:
    """Write the table of styles, and register it as the standard asks of any table."""
    connection.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
    )
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
        "update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, 'canopy', ?)",
        [(each.name, each.name, qml(each), each.title, updated_at) for each in layers],
    )
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles of QGIS', ?)",
        (updated_at,),
    )


def qml(layer: PlanLayer) -> str:
    """The style of a layer as QGIS writes it."""
    if layer.name == "sites":
        renderer = _by_value("phase", _phases(layer), [_mark(each) for each in _MARKS])
        label = "number"
    elif layer.name == "wards":
        renderer, label = _single(_outline()), "name"
    else:
        renderer = _by_value(
            "status", list(_HATCHES), [_hatch(*each) for each in _HATCHES.values()]
        )
        label = ""
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n'
        f'<qgis version="3.28" styleCategories="Symbology|Labeling" '
        f'labelsEnabled="{int(bool(label))}">{renderer}{_label(label)}</qgis>'
    )


def _phases(layer: PlanLayer) -> list[str]:
    (column,) = (each for each in layer.columns if each.name == "phase")
    return list(dict.fromkeys(str(each) for each in column.values))


def _single(symbol: str) -> str:
    return (
        '<renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="0"><symbols>'
        f"{symbol.format(name='0')}</symbols></renderer-v2>"
    )


def _by_value(column: str, values: Sequence[str], symbols: Sequence[str]) -> str:
    classes = "".join(
        f'<category value={quoteattr(each)} symbol="{at}" label={quoteattr(each)} render="true"/>'
        for at, each in enumerate(values)
    )
    drawn = "".join(symbols[at % len(symbols)].format(name=at) for at in range(len(values)))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr="{column}" symbollevels="0" '
        f'enableorderby="0"><categories>{classes}</categories><symbols>{drawn}</symbols>'
        "</renderer-v2>"
    )


def _options(**given: str) -> str:
    told = "".join(
        f'<Option type="QString" name="{name}" value="{value}"/>' for name, value in given.items()
    )
    return f'<Option type="Map">{told}</Option>'


def _mark(shape: str) -> str:
    options = _options(
        name=shape, color="11,12,12,255", outline_color="255,255,255,255", size="3.6",
        size_unit="MM",
    )  # fmt: skip
    return (
        '<symbol type="marker" name="{name}" alpha="1"><layer class="SimpleMarker" enabled="1" '
        f'pass="0" locked="0">{options}</layer></symbol>'
    )


def _outline() -> str:
    options = _options(
        style="no", outline_color="11,12,12,255", outline_style="solid", outline_width="0.4",
        outline_width_unit="MM",
    )  # fmt: skip
    return (
        '<symbol type="fill" name="{name}" alpha="1"><layer class="SimpleFill" enabled="1" '
        f'pass="0" locked="0">{options}</layer></symbol>'
    )


def _hatch(angle: str, distance_mm: str) -> str:
    options = _options(
        angle=angle, distance=distance_mm, distance_unit="MM", color="11,12,12,255",
        line_width="0.3", line_width_unit="MM",
    )  # fmt: skip
    line = _options(line_color="11,12,12,255", line_width="0.3", line_width_unit="MM")
    return (
        '<symbol type="fill" name="{name}" alpha="1"><layer class="LinePatternFill" enabled="1" '
        f'pass="0" locked="0">{options}<symbol type="line" name="@{{name}}@0" alpha="1">'
        f'<layer class="SimpleLine" enabled="1" pass="0" locked="0">{line}</layer></symbol></layer>'
        "</symbol>"
    )


def _label(column: str) -> str:
    if not column:
        return ""
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName="{column}" fontSize="8" textColor="11,12,12,255">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255"/></text-style>'
        "</settings></labeling>"
    )
