"""Seeded batches of made-up assets for the map's tests and benchmark."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import shapely

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.render.folium_map import MapArea, MapStamp

BNG = "EPSG:27700"
CENTRE_M = (452_000.0, 312_000.0)
MADE_AT = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
STATUSES = ("operational", "planned", "underConstruction", "proposed", "inactive", None)
STREETS = ("Church Lane", "Mill Road", "Station Road", "King Street", "The Green", "Park View")

NAMESPACE = uuid.UUID("6f9619ff-8b86-4011-b42d-00c04fc964ff")

Generator = np.random.Generator


def stamp(**changes: object) -> MapStamp:
    """A stamp with valid defaults."""
    values: dict[str, object] = {
        "audience": "public",
        "generated_at": MADE_AT,
        "catalogue": "Ashford Vale Borough Council",
        "attribution": ("Contains made-up data of the Canopy developers",),
        "licence": "OGL-UK-3.0",
    }
    return MapStamp(**(values | changes))  # type: ignore[arg-type] # values are valid


def asset(kind: str, geometry: object, /, number: int = 1, **values: object) -> dict[str, object]:
    """One asset with valid defaults, as `batch_of` takes it."""
    row: dict[str, object] = dict.fromkeys(COMMON_COLUMNS)
    row |= {
        "asset_id": str(uuid.uuid5(NAMESPACE, f"{kind} {number}")),
        "kind": kind,
        "authority": "ashford-vale",
        "source": f"{kind}-register",
        "ref": f"{kind[:3].upper()}{number:06d}",
        "status": "operational",
        "version": 1,
        "designations": (),
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }
    attributes = values.pop("attributes", {})
    return row | values | {"geometry": geometry, "attributes": attributes}


def batch_of(*assets: dict[str, object]) -> AssetBatch:
    """A batch of assets; a generalised position adds its column."""
    names = [*COMMON_COLUMNS]
    if any(GENERALISED_COLUMN in each for each in assets):
        names.append(GENERALISED_COLUMN)
    geometries = np.empty(len(assets), dtype=object)
    geometries[:] = [each["geometry"] for each in assets]
    return AssetBatch(
        columns={name: [each.get(name) for each in assets] for name in names},
        attributes=[dict(each["attributes"]) for each in assets],  # type: ignore[call-overload]
        geometries=geometries,
    )


def lampposts(count: int, random: Generator, size_m: float) -> Iterator[dict[str, object]]:
    """Columns along a street grid."""
    spacing = size_m / 24
    for number in range(count):
        along, across = random.uniform(0, size_m), random.integers(0, 25) * spacing
        x, y = (along, across) if random.random() < 0.5 else (across, along)
        yield asset(
            "lamppost",
            shapely.Point(CENTRE_M[0] + x + random.normal(0, 3), CENTRE_M[1] + y),
            number,
            street=str(random.choice(STREETS)),
            postcode=f"AV{random.integers(1, 20)} {random.integers(1, 9)}AB",
            usrn=f"{random.integers(10_000_000, 99_999_999)}",
            height_m=float(random.choice([5.0, 6.0, 8.0, 10.0])) if random.random() < 0.8 else None,
            status=STATUSES[int(random.choice(6, p=[0.8, 0.04, 0.03, 0.02, 0.03, 0.08]))],
            power="unmetered",
            observed_on=date(2025, 1, 1 + int(random.integers(0, 28))),
            pos_accuracy_m=1.0,
            attributes={
                "lamp_w": int(random.choice([14, 21, 35, 60])),
                "material": str(random.choice(["steel", "aluminium", "cast_iron"])),
                "lamp_tech": "LED" if random.random() < 0.7 else "SON",
                "heritage": bool(random.random() < 0.1),
                "installed_year": int(random.integers(1975, 2024)),
                "door_size_mm": 500,
            },
        )


def buildings(count: int, random: Generator, size_m: float) -> Iterator[dict[str, object]]:
    """Rectangular council buildings, each with a UPRN."""
    for number in range(count):
        x, y = CENTRE_M + random.uniform(0, size_m, 2)
        width, depth = random.uniform(12, 60, 2)
        yield asset(
            "building",
            shapely.box(x, y, x + width, y + depth),
            number,
            name=f"{random.choice(STREETS)} depot {number}",
            uprn=f"{random.integers(10**9, 10**11):012d}",
            height_m=round(float(random.uniform(4, 40)), 1),
            attributes={"storeys": int(random.integers(1, 12))},
        )


def ducts(
    count: int, random: Generator, size_m: float, kind: str = "duct"
) -> Iterator[dict[str, object]]:
    """Lines along the streets."""
    spacing = size_m / 24
    for number in range(count):
        x, y = random.integers(0, 25, 2) * spacing
        length = random.uniform(80, 600)
        end = (x + length, y) if random.random() < 0.5 else (x, y + length)
        line = shapely.LineString([CENTRE_M + np.array(point) for point in ((x, y), end)])
        yield asset(
            kind,
            line,
            number,
            status=STATUSES[int(random.choice(3, p=[0.7, 0.2, 0.1]))],
            attributes={"length_m": round(length, 1)},
        )


def scattered(
    kind: str, count: int, random: Generator, size_m: float
) -> Iterator[dict[str, object]]:
    """Points anywhere."""
    for number in range(count):
        x, y = CENTRE_M + random.uniform(0, size_m, 2)
        yield asset(
            kind,
            shapely.Point(x, y),
            number,
            street=str(random.choice(STREETS)),
            status=STATUSES[int(random.choice(6, p=[0.7, 0.1, 0.05, 0.05, 0.05, 0.05]))],
        )


def parks(count: int, random: Generator, size_m: float) -> Iterator[dict[str, object]]:
    """Roundish open spaces, one with a pond."""
    for number in range(count):
        middle = shapely.Point(CENTRE_M + random.uniform(0, size_m, 2))
        shape = middle.buffer(random.uniform(60, 180), quad_segs=4)
        if number == 0:
            shape = shape.difference(middle.buffer(25))
        yield asset("open_space", shape, number, name=f"{random.choice(STREETS)} recreation ground")


def generalised(
    kind: str, count: int, random: Generator, size_m: float, cell_m: float
) -> Iterator[dict[str, object]]:
    """Points told only by the cell they lie in."""
    for number in range(count):
        x, y = (CENTRE_M + random.uniform(0, size_m, 2)) // cell_m * cell_m + cell_m / 2
        yield asset(kind, shapely.Point(x, y), number, position_generalised_m=cell_m)


def town(lamppost_count: int = 1_500, seed: int = 7, size_m: float = 4_000.0) -> list[AssetBatch]:
    """A small town with every way of drawing in it."""
    random = np.random.default_rng(seed)
    assets = [
        *parks(14, random, size_m),
        *buildings(120, random, size_m),
        *scattered("rooftop", 30, random, size_m),
        *ducts(60, random, size_m),
        *ducts(40, random, size_m, kind="fibre"),
        *scattered("chamber", 90, random, size_m),
        *scattered("cabinet", 40, random, size_m),
        *lampposts(lamppost_count, random, size_m),
        *scattered("street_furniture", 50, random, size_m),
        *scattered("wifi_ap", 25, random, size_m),
        *generalised("cctv", 40, random, size_m, 100.0),
        *scattered("small_cell_site", 30, random, size_m),
        *scattered("mast", 8, random, size_m),
        asset("mast", None, 999, ref="MAST-WITHHELD", name="Mast without a position"),
    ]
    return [batch_of(*assets[start : start + 5_000]) for start in range(0, len(assets), 5_000)]


def wards(size_m: float = 4_000.0) -> list[MapArea]:
    """Four square wards."""
    half = size_m / 2
    names = ("St Mary's", "Riverside", "Northgate", "Hillcrest")
    return [
        MapArea(
            name,
            "ward",
            shapely.box(
                CENTRE_M[0] + (i % 2) * half,
                CENTRE_M[1] + (i // 2) * half,
                CENTRE_M[0] + (i % 2 + 1) * half,
                CENTRE_M[1] + (i // 2 + 1) * half,
            ),
        )
        for i, name in enumerate(names)
    ]
