"""The combined infrastructure map as one HTML file that needs nothing but a browser.

`write_map` turns a stream of asset batches, already cut to what its reader may see, into a
folium page with layers, legend, search, table and print layout inside. The page makes no
request unless a tile server is asked for. It needs a browser from 2023 or later (for
``DecompressionStream``).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from folium.template import Template

from canopy.assets.batches import AssetBatch
from canopy.geo import WGS84, Transformation, transformer
from canopy.render.document import (
    CanopyMap,
    MapDocument,
    TileSource,
    credits_line,
    shell_template,
)
from canopy.render.payload import MAX_ASSETS, MAX_VERTICES, MapArea, MapPayload

__all__ = [
    "MAX_ASSETS",
    "MAX_VERTICES",
    "MapArea",
    "MapReport",
    "MapStamp",
    "TileSource",
    "write_map",
]


@dataclass(frozen=True, slots=True)
class MapStamp:
    """What a map says about itself, on the page, in print and in its ``<meta>`` elements.

    `audience`: the role the content was cut to, such as ``public``. `generated_at`: an
    aware datetime, shown in UTC. `catalogue`: the catalogue's name. `attribution`: a line
    per source. `licence`: of the content, None where it is not stated. `filter_text`: the
    selection in words or as typed, None for everything.
    """

    audience: str
    generated_at: datetime
    catalogue: str
    attribution: tuple[str, ...] = ()
    licence: str | None = None
    filter_text: str | None = None
    title: str = "Combined infrastructure map"

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("generated_at needs a time zone")

    @property
    def generated_text(self) -> str:
        """The time in words, UTC."""
        moment = self.generated_at.astimezone(UTC)
        return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class MapReport:
    """What was written. `size_bytes` of the file; `by_kind` assets by kind.

    `without_position`: assets in the table but not on the map (withheld, unknown or, as
    `warnings` tells, not transformable). `generalised`: assets drawn as a grid cell.
    """

    path: Path
    size_bytes: int
    assets: int
    by_kind: dict[str, int]
    without_position: int
    generalised: int
    transformation: Transformation
    warnings: tuple[str, ...] = ()


def write_map(
    batches: Iterable[AssetBatch],
    path: Path,
    *,
    storage_crs: str,
    stamp: MapStamp,
    areas: Iterable[MapArea] = (),
    tiles: TileSource | None = None,
) -> MapReport:
    """Write the assets of `batches` as one self-contained HTML map.

    storage_crs: the CRS of the geometries of `batches` and `areas`, projected, in metres.
    areas: outlines such as wards. tiles: a background to fetch from a tile server when the
    page is open; None (the default) keeps the page from making any request.

    The same input and stamp give the same bytes (with one version of Python, its zlib and
    Canopy). Memory grows with the number of assets, about 1 kB each. The file at `path` is
    replaced only once the new one is complete.

    Raises LimitExceeded above `MAX_ASSETS` assets or `MAX_VERTICES` vertices, ValueError
    for a kind without symbology.
    """
    to_lonlat = transformer(storage_crs, WGS84)
    payload = MapPayload(storage_crs, to_lonlat)
    payload.add_areas(areas)
    for batch in batches:
        if len(batch):
            payload.add_batch(batch)
    size_bytes = replace_file(path, _page(payload, stamp, tiles))
    counts = payload.counts
    return MapReport(
        path=path,
        size_bytes=size_bytes,
        assets=counts.assets,
        by_kind=dict(sorted(counts.by_kind.items())),
        without_position=counts.without_position,
        generalised=counts.generalised,
        transformation=to_lonlat.transformation,
        warnings=_warnings(counts.untransformed, storage_crs),
    )


def _warnings(untransformed: int, storage_crs: str) -> tuple[str, ...]:
    if not untransformed:
        return ()
    return (
        f"{untransformed:,} assets have a position in {storage_crs} that cannot be expressed "
        "in longitude and latitude: they are in the table but not on the map",
    )


def _page(payload: MapPayload, stamp: MapStamp, tiles: TileSource | None) -> str:
    fields = {
        "stamp": stamp,
        "assets": f"{payload.counts.assets:,}",
        "credits": credits_line(),
        "tiles": tiles,
    }
    document = MapDocument(
        map_=CanopyMap(tiles),
        head=_head(stamp, payload.counts.assets),
        shell=str(Template(shell_template(), autoescape=True).render(**fields)),
        data=payload.encoded(),
    )
    return document.html_text((tiles.origin,) if tiles else ())


def _head(stamp: MapStamp, assets: int) -> str:
    described = {
        "generator": credits_line(),
        "canopy:audience": stamp.audience,
        "canopy:generated": stamp.generated_at.astimezone(UTC).isoformat(timespec="seconds"),
        "canopy:catalogue": stamp.catalogue,
        "canopy:assets": str(assets),
        "canopy:filter": stamp.filter_text,
        "canopy:attribution": "; ".join(stamp.attribution) or None,
        "canopy:licence": stamp.licence,
    }
    lines = [f"<title>{escape(stamp.title)} – {escape(stamp.catalogue)}</title>"]
    lines += [
        f'<meta name="{name}" content="{escape(content)}">'
        for name, content in described.items()
        if content is not None
    ]
    return "\n".join(lines)


def replace_file(path: Path, text: str) -> int:
    """Write a file and put it in place of another once it is complete; its size [bytes]."""
    content = text.encode("utf-8")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return len(content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
