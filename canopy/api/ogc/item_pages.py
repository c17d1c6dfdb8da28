"""Features as pages for people."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from canopy.api.ogc import html
from canopy.api.ogc.collections import Collection
from canopy.api.ogc.listing import COLLECTIONS, HOME
from canopy.assets.reading.paging import Page

COLUMNS = ("kind", "ref", "name", "status", "availability", "height_m", "street", "ward")


def features_page(
    collection: Collection, found: Page, links: Sequence[dict[str, str]], total: int | None
) -> str:
    """A page of features as a table; each leads to its own page."""
    way = (f"/collections/{collection.id}?f=html", collection.title)
    here = f"/collections/{collection.id}/items"
    rows = []
    for each, values in zip(found.ids, found.properties, strict=True):
        name = str(values.get("ref") or values.get("name") or each)
        cells: list[tuple[str, str | None]] = [(name, f"{here}/{each}?f=html")]
        cells += [(_shown(values.get(column)), None) for column in COLUMNS]
        rows.append(cells)
    counted = f"{len(found):,} shown" + ("" if total is None else f" of {total:,}")
    ways = [(each["href"], each["title"]) for each in links if each["rel"] != "self"]
    body = (
        html.paragraph(counted + ".")
        + html.table(collection.title, ("Asset", *COLUMNS), rows)
        + html.links(ways, "Pages")
    )
    return html.whole(collection.title, [HOME, COLLECTIONS, way], body)


def feature_page(collection: Collection, found: Page, links: Sequence[dict[str, str]]) -> str:
    """One feature with everything that may be seen of it."""
    values = found.properties[0]
    title = str(values.get("ref") or values.get("name") or found.ids[0])
    trail = [HOME, COLLECTIONS, (f"/collections/{collection.id}/items?f=html", collection.title)]
    geometry = found.geometries[0]
    place = "unknown" if geometry is None else shapely.to_wkt(geometry, rounding_precision=7)
    body = html.definitions({**values, "position": place[:500]})
    body += html.links([(e["href"], e["title"]) for e in links if e["rel"] != "self"], "Forms")
    return html.whole(title, trail, body)


def _shown(value: object) -> str:
    return "" if value is None else html.text_of(value)
