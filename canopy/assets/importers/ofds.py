"""Open Fibre Data Standard 0.3: networks of nodes and spans.

Read from the JSON format (a network package, or the nodes and spans of one network) and
from the GeoJSON format. Each kind of asset becomes a table of its own:

- nodes are chambers, but a `cabinet` is a cabinet and a `tower` a mast;
- spans are fibre when their transmission medium includes fibre. The standard has no
  empty duct: a span without a medium but with `deploymentDetails.description` is one.
  Without either, a fibre network is the standard's own default, and a notice says so;
- spans of copper, coaxial cable or microwave only are no asset kind; they come in a table
  without a suggested kind.

Identifiers become `ref`, the physical infrastructure provider `owner`; fibre lengths
are in kilometres. Source: OFDS 0.3 network schema and codelists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import cast

from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RawValue, RowIssue, SourceTable
from canopy.assets.importers.crs_text import declared_crs
from canopy.assets.importers.encoding import TextEncoding
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.geojson import (
    GeoJsonFile,
    Numbered,
    columns_of,
    more_pages,
    names_next_page,
)
from canopy.assets.importers.json_geometry import geometries
from canopy.assets.importers.json_stream import JsonCursor
from canopy.assets.importers.mojibake import repair_columns

NODES, SPANS = "nodes", "spans"
_NODE_KINDS = {"tower": "mast", "cabinet": "cabinet"}
_GEOMETRY = {NODES: "location", SPANS: "route"}


@dataclass(frozen=True, slots=True)
class Part:
    """A node or span: its position among the file's nodes or spans, and its members.

    `network` is the name of its network, or its id, or None.
    """

    section: str
    number: int
    network: str | None
    members: object


@dataclass(frozen=True, slots=True)
class OfdsJson:
    """The JSON publication format."""

    path: Path
    encoding: TextEncoding

    def parts(self) -> Iterator[Part]:
        """All nodes and spans in file order, numbered separately over all networks."""
        counts = {NODES: 0, SPANS: 0}
        with self.path.open(encoding=self.encoding.name, errors=self.encoding.errors) as stream:
            cursor = JsonCursor(stream, self.path)
            for key in cursor.members():
                if key == "networks" and cursor.peek() == "[":
                    for _ in cursor.items():
                        yield from self._network(cursor, counts)
                elif key in (NODES, SPANS) and cursor.peek() == "[":
                    yield from self._section(cursor, key, None, counts)
                else:
                    cursor.value()

    def outline(self) -> tuple[str | None, bool]:
        """(the CRS that the networks declare, else WGS 84; whether more pages follow)."""
        crs: str | None = "EPSG:4326"
        has_next = False
        with self.path.open(encoding=self.encoding.name, errors=self.encoding.errors) as stream:
            cursor = JsonCursor(stream, self.path)
            for key in cursor.members():
                if key == "networks" and cursor.peek() == "[":
                    for _ in cursor.items():
                        found = self._network_crs(cursor)
                        crs = declared_crs(found) if found else crs
                elif key in (NODES, SPANS) and cursor.peek() == "[":
                    for _ in cursor.items():
                        cursor.value()
                else:
                    value = cursor.value()
                    has_next = has_next or (key == "links" and names_next_page(value))
        return crs, has_next

    def _network_crs(self, cursor: JsonCursor) -> str | None:
        found = None
        for key in cursor.members():
            if key in (NODES, SPANS) and cursor.peek() == "[":
                for _ in cursor.items():
                    cursor.value()
                continue
            value = cursor.value()
            if key == "crs" and isinstance(value, dict):
                found = value.get("uri") or value.get("name")
        return None if found is None else str(found)

    def _network(self, cursor: JsonCursor, counts: dict[str, int]) -> Iterator[Part]:
        name = None
        for key in cursor.members():
            if key in (NODES, SPANS) and cursor.peek() == "[":
                yield from self._section(cursor, key, name, counts)
                continue
            value = cursor.value()
            if key == "name" or (key == "id" and name is None):
                name = str(value)

    def _section(
        self, cursor: JsonCursor, section: str, network: str | None, counts: dict[str, int]
    ) -> Iterator[Part]:
        for _ in cursor.items():
            counts[section] += 1
            yield Part(section, counts[section], network, cursor.value())


@dataclass(frozen=True, slots=True)
class OfdsGeoJson:
    """The GeoJSON publication format, where properties name a `featureType`."""

    source: GeoJsonFile

    def parts(self) -> Iterator[Part]:
        """The features as parts, numbered by their position in the file."""
        for item in self.source.values():
            if isinstance(item, Numbered) and isinstance(item.value, dict):
                yield _from_feature(item.number, item.value)
            else:
                number = item.number if isinstance(item, Numbered) else item.row or 0
                yield Part(NODES, number, None, item)


def _from_feature(number: int, feature: dict[str, object]) -> Part:
    properties = feature.get("properties")
    members = dict(properties) if isinstance(properties, dict) else {}
    section = SPANS if members.pop("featureType", None) == "span" else NODES
    network = members.pop("network", None)
    name = None
    if isinstance(network, dict):
        name = network.get("name") or network.get("id")
    members[_GEOMETRY[section]] = feature.get("geometry")
    return Part(section, number, None if name is None else str(name), members)


def is_ofds_geojson(source: GeoJsonFile) -> bool:
    """Whether a GeoJSON file's first features say that they are OFDS nodes or spans."""
    first = list(islice(source.values(), 5))
    return bool(first) and all(
        isinstance(item, Numbered)
        and isinstance(item.value, dict)
        and isinstance(properties := item.value.get("properties"), dict)
        and properties.get("featureType") in ("node", "span")
        and "network" in properties
        for item in first
    )


def open_ofds(path: Path, encoding: TextEncoding) -> list[SourceTable]:
    """The tables of a file in OFDS's JSON format."""
    source = OfdsJson(path, encoding)
    crs, has_next = source.outline()
    tables = _tables(path, encoding, source.parts, crs)
    if not has_next:
        return tables
    return [replace(table, notices=(*table.notices, more_pages(path))) for table in tables]


def open_ofds_geojson(path: Path, encoding: TextEncoding, source: GeoJsonFile) -> list[SourceTable]:
    """The tables of a file in OFDS's GeoJSON format."""
    return _tables(path, encoding, OfdsGeoJson(source).parts, "EPSG:4326")


def _tables(
    path: Path, encoding: TextEncoding, parts: Callable[[], Iterator[Part]], crs: str | None
) -> list[SourceTable]:
    counts: Counter[tuple[str, str | None]] = Counter()
    columns: dict[tuple[str, str | None], dict[str, None]] = {}
    undeclared = 0
    for part in parts():
        table = (part.section, kind_of(part))
        counts[table] += 1
        columns.setdefault(table, {}).update(dict.fromkeys(row_of(part)))
        undeclared += table == (SPANS, "fibre") and not _media(part)
    if not counts:
        raise bad_source(
            path,
            "no-tables",
            "holds networks without nodes or spans; if they are linked files, import those.",
        )
    notices = list(encoding.notices)
    if undeclared:
        notices.append(
            RowIssue(
                None,
                "medium-undeclared",
                f"{undeclared} of {path.name}'s spans name no transmission medium; they are "
                "taken as fibre, which the standard is about. Import them as ducts if they are.",
            )
        )
    return [
        SourceTable(
            path=path,
            name=section if kind is None else f"{section} ({kind})",
            format="OFDS",
            columns=tuple(columns[section, kind]),
            batches=_Reader(parts, section, kind, tuple(columns[section, kind])),
            declared_crs=crs,
            encoding=encoding.name,
            row_count=count,
            row_count_exact=True,
            has_geometry=True,
            suggested_kind=kind,
            notices=tuple(notices) if kind == "fibre" or not undeclared else encoding.notices,
        )
        for (section, kind), count in counts.items()
    ]


def kind_of(part: Part) -> str | None:
    """The asset kind of a node or span, None where there is none for it."""
    members = part.members if isinstance(part.members, dict) else {}
    if part.section == NODES:
        types = members.get("type")
        codes = types if isinstance(types, list) else [types]
        return next(
            (_NODE_KINDS[c] for c in codes if isinstance(c, str) and c in _NODE_KINDS), "chamber"
        )
    media = _media(part)
    if media:
        return "fibre" if "fibre" in media else None
    if any(members.get(name) is not None for name in ("fibreCount", "fibreType", "fibreLength")):
        return "fibre"
    details = members.get("deploymentDetails")
    described = isinstance(details, dict) and bool(details.get("description"))
    return "duct" if described else "fibre"


def _media(part: Part) -> list[str]:
    members = part.members if isinstance(part.members, dict) else {}
    media = members.get("transmissionMedium")
    if isinstance(media, str):
        return [media]
    return [str(medium) for medium in media] if isinstance(media, list) else []


def row_of(part: Part) -> dict[str, RawValue]:
    """A part's members as columns: `id` as ref, the provider as owner, objects flattened."""
    row: dict[str, RawValue] = {}
    members = part.members if isinstance(part.members, dict) else {}
    for name, value in members.items():
        if name == _GEOMETRY[part.section]:
            continue
        if name == "id":
            row["ref"] = None if value is None else str(value)
        elif name == "physicalInfrastructureProvider" and isinstance(value, dict):
            row["owner"] = value.get("name") or value.get("id")
            row["owner_id"] = value.get("id")
        elif name == "fibreLength":
            row["fibreLength_km"] = value
        else:
            _flatten(row, name, value)
    row["network"] = part.network
    return row


def _flatten(row: dict[str, RawValue], name: str, value: object) -> None:
    if isinstance(value, dict):
        if set(value) <= {"id", "name"}:
            row[name] = value.get("name") or value.get("id")
            return
        for inner, inner_value in value.items():
            _flatten(row, f"{name}.{inner}", inner_value)
    elif isinstance(value, list):
        row[name] = "; ".join(_label(item) for item in value)
    else:
        row[name] = value


def _label(item: object) -> str:
    if isinstance(item, dict):
        return str(item.get("name") or item.get("id") or ", ".join(map(str, item.values())))
    return str(item)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One pass over the parts that belong to one table."""

    parts: Callable[[], Iterator[Part]]
    section: str
    kind: str | None
    columns: tuple[str, ...]

    def __call__(self) -> Iterator[RawBatch]:
        chosen = (
            part
            for part in self.parts()
            if part.section == self.section and kind_of(part) == self.kind
        )
        while batch := list(islice(chosen, BATCH_ROWS)):
            yield self._batch(batch)

    def _batch(self, parts: list[Part]) -> RawBatch:
        rejects = [_unusable(part) for part in parts if not isinstance(part.members, dict)]
        parts = [part for part in parts if isinstance(part.members, dict)]
        values = [
            cast("dict[str, object]", part.members).get(_GEOMETRY[self.section]) for part in parts
        ]
        shapes, faults = geometries(values)
        bad = dict(faults)
        rejects += [_bad_geometry(parts[index], reason) for index, reason in faults]
        kept = [index for index in range(len(parts)) if index not in bad]
        numbers = [parts[index].number for index in kept]
        columns = columns_of([row_of(parts[index]) for index in kept], self.columns)
        warnings = repair_columns(columns, numbers)
        return RawBatch(numbers, columns, shapes[kept], rejects, warnings)


def _unusable(part: Part) -> RowIssue:
    what = part.section.removesuffix("s").capitalize()
    return RowIssue(part.number, "bad-feature", f"{what} {part.number} is no JSON object.")


def _bad_geometry(part: Part, reason: str) -> RowIssue:
    what = part.section.removesuffix("s").capitalize()
    return RowIssue(part.number, "bad-geometry", f"{what} {part.number}: {reason}.")
