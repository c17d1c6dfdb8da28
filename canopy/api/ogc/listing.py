"""Collections and their fields as pages for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from canopy.api.ogc import html, schemas
from canopy.api.ogc.collections import Collection
from canopy.assets.filtering import FilterField

HOME = ("/", "Home")
COLLECTIONS = ("/collections?f=html", "Collections")


def collections_page(base: str, found: Sequence[Collection]) -> str:
    """Every collection."""
    del base
    rows = [
        ((each.title, f"collections/{each.id}?f=html"), (each.description, None)) for each in found
    ]
    body = html.table("Collections of assets", ("Collection", "What is in it"), rows)
    return html.whole("Collections", [HOME], body)


def collection_page(base: str, collection: Collection, fields: Mapping[str, FilterField]) -> str:
    """One collection and its fields."""
    here = f"{base}/collections/{collection.id}"
    ways = html.links(
        [
            (f"{here}/items?f=html", "Browse the features"),
            (f"{here}/items?f=json", "The features as GeoJSON"),
            (f"{here}/queryables?f=html", "Fields to filter on"),
        ],
        "Features",
    )
    body = html.paragraph(collection.description) + ways + _fields(collection, fields)
    return html.whole(collection.title, [HOME, COLLECTIONS], body)


def queryables_page(base: str, collection: Collection, fields: Mapping[str, FilterField]) -> str:
    """The fields alone."""
    way = (f"{base}/collections/{collection.id}?f=html", collection.title)
    body = _fields(collection, fields)
    return html.whole(f"{collection.title}: fields", [HOME, COLLECTIONS, way], body)


def _fields(collection: Collection, fields: Mapping[str, FilterField]) -> str:
    rows = []
    for name, each in fields.items():
        schema = schemas.field_schema(collection, each)
        allowed = schema.get("enum")
        values = ", ".join(allowed) if isinstance(allowed, list) else ""
        rows.append(
            ((name, None), (str(schema["description"]), None), (each.type, None), (values, None))
        )
    return html.table("Fields", ("Field", "What it is", "Type", "Values"), rows)


def conformance_page(content: Mapping[str, object]) -> str:
    """What is conformed to."""
    found = content["conformsTo"]
    assert isinstance(found, list)
    rows = [((str(each), None),) for each in found]
    return html.whole("Conformance", [HOME], html.table("Conformance classes", ("Class",), rows))


def api_page(content: Mapping[str, object]) -> str:
    """The addresses of the API."""
    paths = content["paths"]
    assert isinstance(paths, dict)
    rows = [
        ((path, None), (method.upper(), None), (str(each.get("summary", "")), None))
        for path, methods in paths.items()
        for method, each in methods.items()
    ]
    body = html.links([("/api?f=json", "The same for programs (OpenAPI)")], "Description")
    body += html.table("Addresses", ("Address", "Method", "What it does"), rows)
    return html.whole("The API", [HOME], body)
