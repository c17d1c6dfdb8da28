"""`/iot/products`: what is published, what catalogues are told of it, and its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.iot.products.deps import KnownOf, Opened, OpenedOf, address_of
from canopy.api.sensorthings.service import readings_of
from canopy.assets.queries import now_utc
from canopy.iot.products import metadata, queries
from canopy.iot.products.contents import MOST_ROWS, columns_of, parts
from canopy.iot.products.files import CSV, PARQUET, csv_parts, write_parquet
from canopy.iot.products.paging import MOST, page
from canopy.iot.products.tables import DataProduct
from canopy.iot.store.opening import Readings

MOST_LISTED = 200
_SENT_BYTES = 1_000_000
_JSON_LD = "application/ld+json"
router = APIRouter(prefix="/iot/products", tags=["data products"])


class TariffOut(BaseModel):
    """What it costs, without VAT [GBP]: exact decimals."""

    per_month_gbp: str
    per_1000_rows_gbp: str
    vat_percent: str
    free_rows: str


class ProductOut(BaseModel):
    """A data product. `address` has what it is and where its raw data is free."""

    name: str
    title: str
    description: str
    aggregation: str
    licence: str
    area: tuple[float, float, float, float] | None
    added_value: str
    tariff: TariffOut | None
    published_at: datetime
    address: str


class WholeProductOut(ProductOut):
    """A data product with what it holds. `free_raw_data` is open to all, without a key."""

    licence_address: str
    free_raw_data: list[str]
    datastreams: int
    columns: list[str]


class ProductsOut(BaseModel):
    """A page of products; `next` is the `after` of the next one."""

    products: list[ProductOut]
    next: int | None


@router.get("")
def data_products(
    request: Request, database: DatabaseOf, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> ProductsOut:
    """Data products that are published."""
    with database.reading() as session:
        found = queries.products_after(session, after, MOST_LISTED + 1)
        base = address_of(request)
        shown = [ProductOut(**_described(base, each)) for each in found[:MOST_LISTED]]
        more = found[MOST_LISTED - 1].id if len(found) > MOST_LISTED else None
    return ProductsOut(products=shown, next=more)


@router.get("/catalogue.jsonld", response_class=Response)
def data_product_catalogue(
    request: Request, database: DatabaseOf, settings: SettingsOf
) -> Response:
    """The first 200 products as a DCAT catalogue, in JSON-LD."""
    with database.reading() as session:
        found = queries.products_after(session, 0, MOST_LISTED)
        document = metadata.dcat_catalogue(address_of(request), settings.catalogue_title, found)
    return Response(orjson.dumps(document), media_type=_JSON_LD)


@router.get("/{name}")
def data_product(known: KnownOf) -> WholeProductOut:
    """What a product is, what it costs, and where its raw data is free."""
    return WholeProductOut(
        **_described(known.base, known.product),
        licence_address=metadata.licence_address(known.base, known.product),
        free_raw_data=metadata.raw_addresses(known.base, known.members),
        datastreams=len(known.members), columns=list(columns_of(known.product)),
    )  # fmt: skip


def _described(base: str, product: DataProduct) -> dict[str, Any]:
    return {
        "name": product.name, "title": product.title, "description": product.description,
        "aggregation": product.aggregation, "licence": product.licence, "area": product.area,
        "added_value": product.added_value, "tariff": product.tariff,
        "published_at": product.created_at, "address": f"{base}/iot/products/{product.name}",
    }  # fmt: skip


@router.get("/{name}/dcat.jsonld", response_class=Response)
def data_product_dcat(known: KnownOf) -> Response:
    """The product as DCAT, in JSON-LD."""
    document = metadata.dcat(
        known.base, known.publisher, known.contact, known.product, known.members
    )
    return Response(orjson.dumps(document), media_type=_JSON_LD)


@router.get("/{name}/datapackage.json", response_class=Response)
def data_product_package(known: KnownOf) -> Response:
    """The product as a Frictionless data package."""
    document = metadata.datapackage(known.base, known.publisher, known.product, known.members)
    return Response(orjson.dumps(document), media_type="application/json")


class RowsOut(BaseModel):
    """A page of rows, values in the order of `columns`; `next` is the `after` of the next one."""

    columns: list[str]
    rows: list[list[Any]]
    next: str | None


@router.get("/{name}/rows", response_model=RowsOut)
def data_product_rows(
    request: Request,
    opened: OpenedOf,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1_000,
    after: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Rows of a span of time, a page at a time. A priced product needs its key."""
    with readings_of(request).reading() as session:
        found = page(session, opened.product, opened.members, opened.span, now_utc(), limit, after)
    body = orjson.dumps(
        {"columns": columns_of(opened.product), "rows": found.rows, "next": found.next},
        option=orjson.OPT_UTC_Z,
    )
    opened.meter.about_to_send(len(found.rows), len(body))
    return Response(body, media_type="application/json")


@router.get("/{name}/rows.csv", response_class=StreamingResponse)
def data_product_csv(request: Request, opened: OpenedOf) -> StreamingResponse:
    """All rows of a span of time as CSV. A priced product needs its key."""
    headers = {"Content-Disposition": f'attachment; filename="{opened.product.name}.csv"'}
    return StreamingResponse(_csv(readings_of(request), opened), media_type=CSV, headers=headers)


def _csv(readings: Readings, opened: Opened) -> Iterator[bytes]:
    columns = columns_of(opened.product)
    with readings.reading() as session:
        rows = parts(session, opened.product, opened.members, opened.span, now_utc())
        for number, written in csv_parts(columns, rows):
            opened.meter.about_to_send(number, len(written))
            yield written


@router.get("/{name}/rows.parquet", response_class=StreamingResponse)
def data_product_parquet(request: Request, opened: OpenedOf) -> StreamingResponse:
    """All rows of a span of time as Parquet. A priced product needs its key."""
    product = opened.product
    about = {
        "title": product.title, "licence": metadata.licence_address(address_of(request), product)
    }  # fmt: skip
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        with readings_of(request).reading() as session:
            rows = parts(session, product, opened.members, opened.span, now_utc(), MOST_ROWS)
            number = write_parquet(file, columns_of(product), rows, about)
        file.seek(0)
        stack.pop_all()  # it is closed when it was sent
    headers = {"Content-Disposition": f'attachment; filename="{product.name}.parquet"'}
    return StreamingResponse(_sent(file, opened, number), media_type=PARQUET, headers=headers)


def _sent(file: IO[bytes], opened: Opened, rows: int) -> Iterator[bytes]:
    with file:
        while part := file.read(_SENT_BYTES):
            opened.meter.about_to_send(rows, len(part))
            rows = 0  # they were counted with the first part
            yield part
