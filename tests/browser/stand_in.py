"""A stand-in for the HTTP API that the map app talks to: the same addresses, kept in memory.

It answers what Playwright catches, so that the app is tried without a port. Files of the app
and its configuration come from the real service. A parameter that it does not know is a 400,
as the API's own tests demand.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import shapely
from fastapi.testclient import TestClient
from made_towns import BNG
from playwright.sync_api import Route

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, Kind, attribute_fields
from canopy.db.tiles import TileAddress, encode_tile
from canopy.geo import WGS84, transformer

ORIGIN = "http://canopy.test"
TOKEN = "canopy_stand-in"
DETAIL_ZOOM = 13

Json = dict[str, Any]


@dataclass
class Stored:
    """An asset: properties as the wire has them, the shape in the storage CRS."""

    kind: str
    properties: Json
    shape: shapely.Geometry | None
    lonlat: shapely.Geometry | None
    version: int = 1
    revisions: list[Json] = field(default_factory=list)

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


@dataclass
class Answer:
    """What a request is answered."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_json(content: object, status: int = 200, **headers: str) -> Answer:
    kind = "application/json" if status < 400 else "application/problem+json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps(content).encode(), status, {"Content-Type": kind, **named})


def problem(status: int, detail: str) -> Answer:
    return as_json({"status": status, "detail": detail, "title": "Refused"}, status)


class StandIn:
    """Call `answer` for a route. `asked` holds method and address of every request."""

    def __init__(self, batches: Iterable[AssetBatch], real: TestClient) -> None:
        self.real = real
        self.asked: list[str] = []
        self.elsewhere: list[str] = []
        self.assets: dict[str, Stored] = {}
        self.withdrawn: dict[str, Stored] = {}
        for batch in batches:
            self._add(batch)

    def _add(self, batch: AssetBatch) -> None:
        names = [name for name in batch.columns if name in (*COMMON_COLUMNS, GENERALISED_COLUMN)]
        moved = transformer(BNG, WGS84).geometries(batch.geometries)
        for row, shape in enumerate(batch.geometries):
            values = {name: batch.columns[name][row] for name in names}
            told = {name: _wire(each) for name, each in values.items() if each not in (None, ())}
            told.pop("version", None)
            told |= batch.attributes[row]
            self.assets[str(told["asset_id"])] = Stored(str(told["kind"]), told, shape, moved[row])

    def handle(self, route: Route) -> None:
        """Answer one request of the page."""
        request = route.request
        address = urlsplit(request.url)
        if f"{address.scheme}://{address.netloc}" != ORIGIN:
            self.elsewhere.append(request.url)
            route.abort()
            return
        self.asked.append(f"{request.method} {request.url.removeprefix(ORIGIN)}")
        if address.path.startswith("/explore"):
            answered = self.real.get(request.url.removeprefix(ORIGIN), follow_redirects=False)
            headers = {
                name: value
                for name, value in answered.headers.items()
                if name not in ("content-encoding", "content-length")
            }
            route.fulfill(status=answered.status_code, headers=headers, body=answered.content)
            return
        given = {name: values[-1] for name, values in parse_qs(address.query).items()}
        answer = self._answer(request.method, address.path, given, request.headers,
                              request.post_data)  # fmt: skip
        route.fulfill(status=answer.status, headers=answer.headers, body=answer.body)

    def _answer(
        self, method: str, path: str, given: Json, headers: dict[str, str], body: str | None
    ) -> Answer:
        if method != "GET" and headers.get("authorization") != f"Bearer {TOKEN}":
            return problem(401, "Changing the catalogue needs a token.")
        if method == "OPTIONS":
            return Answer(b"", 204, {"Allow": "GET, HEAD, OPTIONS, POST"})
        content = json.loads(body) if body else {}
        if method == "POST":
            return self._create(path.split("/")[2], content)
        if method != "GET":
            return self.write(method, path.split("/")[-1], headers, content)
        for pattern, known, act in self._routes():
            found = re.fullmatch(pattern, path)
            if found and set(given) <= known:
                return act(*found.groups(), given)
        return problem(400, f"{method} {path} {given} is not known here.")

    def _routes(self) -> list[tuple[str, set[str], Callable[..., Answer]]]:
        items = {"f", "bbox", "limit", "filter", "filter-lang", "sortby", "after"}
        return [
            ("/collections/([a-z_]+)/queryables", {"f"}, self._queryables),
            ("/collections/assets/tiles/WebMercatorQuad", {"f"}, self._tilejson),
            (
                "/collections/([a-z_]+)/tiles/WebMercatorQuad/(\\d+)/(\\d+)/(\\d+)",
                set(),
                self._tile,
            ),
            ("/collections/([a-z_]+)/items", items, self._items),
            ("/collections/([a-z_]+)/items/([0-9a-f-]+)", {"f"}, self._item),
            ("/search", {"q"}, self._search),
            ("/assets/([0-9a-f-]+)/history", set(), self._history),
        ]

    # Reading

    def _queryables(self, kind: str, *_: object) -> Answer:
        fields = {**COMMON_FIELDS, **(attribute_fields(Kind(kind)) if kind != "assets" else {})}
        properties = {name: _schema(each) for name, each in fields.items()}
        for name in ("asset_id", "kind", "authority", "source", "ward", "designations"):
            if name in properties:
                properties[name]["readOnly"] = True
        return as_json({"type": "object", "properties": properties})

    def _tilejson(self, *_: object) -> Answer:
        fields = dict.fromkeys([*(kind.value for kind in KINDS), "count"], "Number")
        layer = {"id": "assets", "fields": fields | {"kind": "String", "asset_id": "String"}}
        shapes = [each.lonlat for each in self.assets.values() if each.lonlat is not None]
        bounds = [float(each) for each in shapely.total_bounds(shapes)]
        told = {"vector_layers": [layer], "minzoom": 0, "maxzoom": 16, "bounds": bounds}
        return as_json(told)

    def _tile(self, kind: str, z: str, y: str, x: str, *_: object) -> Answer:
        address = TileAddress(int(z), int(x), int(y))
        chosen = [
            each for each in self.assets.values()
            if each.shape is not None and kind in ("assets", each.kind)
        ]  # fmt: skip
        cut = _cells if address.z < DETAIL_ZOOM else _details
        body = cut(address, kind, chosen)
        return Answer(
            body, 200 if body else 204, {"Content-Type": "application/vnd.mapbox-vector-tile"}
        )

    def _items(self, kind: str, given: Json) -> Answer:
        found = [
            (asset_id, each) for asset_id, each in self.assets.items()
            if kind in ("assets", each.kind)
            and _matches(each.properties, given.get("filter", ""))
            and _within(each, given.get("bbox"))
        ]  # fmt: skip
        column = given.get("sortby", "").lstrip("+- ")
        if column:
            known = [each for each in found if each[1].properties.get(column) is not None]
            known.sort(key=lambda each: each[1].properties[column],
                       reverse=given["sortby"].startswith("-"))  # fmt: skip
            found = known + [each for each in found if each not in known]
        start, limit = int(given.get("after", 0)), int(given["limit"])
        page = found[start : start + limit]
        links = []
        if start + limit < len(found):
            rest = "&".join(f"{name}={_quoted(value)}" for name, value in given.items()
                            if name != "after")  # fmt: skip
            href = f"{ORIGIN}/collections/{kind}/items?{rest}&after={start + limit}"
            links.append({"rel": "next", "href": href})
        return as_json({
            "type": "FeatureCollection", "numberMatched": len(found), "links": links,
            "features": [_feature(asset_id, each) for asset_id, each in page],
        })  # fmt: skip

    def _item(self, kind: str, asset_id: str, given: Json) -> Answer:
        stored = self.assets.get(asset_id)
        if stored is None:
            return problem(404, "There is no such asset.")
        return as_json(_feature(asset_id, stored), ETag=stored.etag)

    def _search(self, given: Json, *_: object) -> Answer:
        text = given["q"].lower()
        names = ("ref", "street", "postcode", "uprn", "name")
        found = [
            _feature(asset_id, each) for asset_id, each in self.assets.items()
            if any(text in str(each.properties.get(name, "")).lower() for name in names)
        ]  # fmt: skip
        return as_json({"type": "FeatureCollection", "features": found[:20]})

    def _history(self, asset_id: str, *_: object) -> Answer:
        stored = self.assets[asset_id]
        created = {"version": 1, "action": "created", "at": "2026-03-12T14:05:00Z",
                   "reason": "Street lighting register", "before": {}, "after": {}}  # fmt: skip
        return as_json({"entries": [created, *stored.revisions]})

    # Writing

    def _create(self, kind: str, body: Json) -> Answer:
        asset_id = str(uuid.uuid4())
        wrong = _wrong_height(body["properties"])
        if wrong:
            return wrong
        told = {"asset_id": asset_id, "kind": kind} | _known(body["properties"])
        self.assets[asset_id] = Stored(kind, told, *_both_shapes(body["geometry"]))
        return Answer(b"", 201, {"Location": f"{ORIGIN}/collections/{kind}/items/{asset_id}"})

    def write(self, method: str, asset_id: str, headers: dict[str, str], body: Json) -> Answer:
        """PUT, PATCH and DELETE of an item, under If-Match."""
        if method == "PUT" and asset_id in self.withdrawn:
            self.assets[asset_id] = self.withdrawn.pop(asset_id)
        stored = self.assets.get(asset_id)
        if stored is None:
            return problem(404, "There is no such asset.")
        if headers.get("if-match") != stored.etag:
            return problem(412, f"The asset is at version {stored.version}.")
        wrong = _wrong_height(body.get("properties", {}))
        if wrong:
            return wrong
        before = dict(stored.properties)
        if method == "DELETE":
            self.withdrawn[asset_id] = self.assets.pop(asset_id)
            return Answer(b"", 204)
        stored.properties = _known(stored.properties | body.get("properties", {}))
        if "geometry" in body:
            stored.shape, stored.lonlat = _both_shapes(body["geometry"])
        stored.version += 1
        stored.revisions.append({
            "version": stored.version, "action": "updated", "at": "2026-03-13T10:00:00Z",
            "author": "jane.doe", "before": before, "after": stored.properties,
        })  # fmt: skip
        return Answer(b"", 204, {"ETag": stored.etag})


def _wire(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)


def _known(properties: Json) -> Json:
    return {name: value for name, value in properties.items() if value is not None}


def _quoted(value: str) -> str:
    return value.replace("+", "%2B").replace(" ", "%20").replace("&", "%26")


def _both_shapes(geometry: Json) -> tuple[shapely.Geometry, shapely.Geometry]:
    """A geometry of the wire in the storage CRS, and as it came."""
    given = shapely.from_geojson(json.dumps(geometry))
    return transformer(WGS84, BNG).geometries(np.array([given]))[0], given


def _feature(asset_id: str, stored: Stored) -> Json:
    shape = None if stored.lonlat is None else json.loads(shapely.to_geojson(stored.lonlat))
    return {"type": "Feature", "id": asset_id, "geometry": shape, "properties": stored.properties}


def _schema(each: AttributeField) -> Json:
    types = {"text": "string", "list": "array", "date": "string"}
    schema: Json = {"type": types.get(each.type, each.type), "description": each.description}
    if each.type == "date":
        schema["format"] = "date"
    if each.unit:
        schema["x-ogc-unit"] = each.unit
    if each.allowed:
        schema["enum"] = list(each.allowed)
    if each.minimum is not None:
        schema["minimum"] = each.minimum
    if each.maximum is not None:
        schema["maximum"] = each.maximum
    return schema


def _wrong_height(properties: Json) -> Answer | None:
    height_m = properties.get("height_m")
    if isinstance(height_m, int | float) and height_m > 20:
        return problem(422, "height_m: 25 m is above 20 m, the most a lamppost may have.")
    return None


def _within(stored: Stored, bbox: str | None) -> bool:
    if bbox is None:
        return True
    box = shapely.box(*map(float, bbox.split(",")))
    return stored.lonlat is not None and bool(shapely.intersects(stored.lonlat, box))


def _matches(properties: Json, text: str) -> bool:
    """The few forms of CQL2 that the app writes."""
    if not text:
        return True
    for part in text.split(" AND "):
        if part.startswith("("):
            if not any(_matches(properties, each) for each in part[1:-1].split(" OR ")):
                return False
            continue
        found = re.fullmatch(r"(\w+) (IN|IS|>=|<=|=) (.+)", part)
        assert found, f"not understood: {part}"
        name, operator, value = found.groups()
        if not _holds(properties.get(name), operator, value):
            return False
    return True


def _holds(given: object, operator: str, value: str) -> bool:
    if operator == "IS":
        return given is None
    if given is None:
        return False
    if operator == "IN":
        return given in re.findall(r"'((?:[^']|'')*)'", value)
    if operator == "=":
        return given == value[1:-1].replace("''", "'")
    number = float(str(given))
    return number >= float(value) if operator == ">=" else number <= float(value)


def _details(address: TileAddress, layer: str, chosen: list[Stored]) -> bytes:
    names = ("asset_id", "kind", "status", "height_m")
    records = [{name: each.properties.get(name) for name in names} for each in chosen]
    shapes = np.array([each.shape for each in chosen], dtype=object)
    return encode_tile(address, BNG, layer, list(range(len(chosen))), shapes, records)


def _cells(address: TileAddress, layer: str, chosen: list[Stored]) -> bytes:
    """Counts by cell of a grid in the storage CRS that halves with the zoom."""
    side_m = 40_000.0 / 2 ** max(0, address.z - 4)
    cells: dict[tuple[int, int], dict[str, int]] = {}
    for each in chosen:
        point = shapely.point_on_surface(each.shape)
        cell = cells.setdefault((int(point.x // side_m), int(point.y // side_m)), {})
        for name in ("count", each.kind):
            cell[name] = cell.get(name, 0) + 1
    middles = [shapely.Point((x + 0.5) * side_m, (y + 0.5) * side_m) for x, y in cells]
    shapes = np.array(middles, dtype=object)
    return encode_tile(address, BNG, layer, list(range(len(cells))), shapes, list(cells.values()))
