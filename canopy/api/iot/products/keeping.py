"""Publishing, withdrawing, keys and statements, for those who keep the register of Things."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from canopy.api.deps import DatabaseOf, PolicyOf
from canopy.api.iot.deps import KeeperOf
from canopy.api.iot.products.deps import NameOf
from canopy.assets.queries import now_utc
from canopy.iot.products import keys, publishing, queries
from canopy.iot.products.rules import MOST_STREAMS, OGL, Draft, tariff_of
from canopy.iot.products.statements import statement

router = APIRouter(prefix="/iot", tags=["data products"])
KeyNameOf = Annotated[str, Path(min_length=2, max_length=63)]


class TariffIn(BaseModel):
    """Prices without VAT [GBP]."""

    model_config = ConfigDict(extra="forbid")

    per_month_gbp: Decimal
    per_1000_rows_gbp: Decimal
    vat_percent: Decimal
    free_rows: int = 0


class ProductIn(BaseModel):
    """What is to be published; docs/how-to/data-products.md explains the fields."""

    model_config = ConfigDict(extra="forbid")

    name: str
    title: str
    description: str
    streams: Annotated[list[int], Field(min_length=1, max_length=MOST_STREAMS)]
    aggregation: str
    licence: str = OGL
    added_value: str = ""
    area: tuple[float, float, float, float] | None = None
    tariff: TariffIn | None = None


class PublishedOut(BaseModel):
    """The name of a product that was published or withdrawn."""

    name: str


class NewlyPublishedOut(PublishedOut):
    """A product that was published. `warnings`: what of it can have no row."""

    warnings: list[str]


class KeyIn(BaseModel):
    """Who may open a product, and for how long."""

    model_config = ConfigDict(extra="forbid")

    name: str
    holder: str
    days: int = keys.DEFAULT_DAYS


class GivenKeyOut(BaseModel):
    """A new key. Its secret is kept nowhere: this is the only time it is told."""

    name: str
    secret: str


class KeyOut(BaseModel):
    """A key, without its secret."""

    name: str
    product: str
    holder: str
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None


@router.post("/products")
def publish_product(
    database: DatabaseOf, policy: PolicyOf, principal: KeeperOf, body: ProductIn
) -> NewlyPublishedOut:
    """Publish a data product; refused, naming the stream, where one may not be in it, and where
    it could have no row."""
    tariff = None if body.tariff is None else tariff_of(body.tariff.model_dump())
    draft = Draft(
        body.name, body.title, body.description, tuple(body.streams), body.aggregation,
        body.licence, body.added_value, body.area, tariff,
    )  # fmt: skip
    with database.writing() as session:
        scope = publishing.public_scope(session, database, policy)
        done = publishing.publish(scope, draft, principal.name, now_utc())
    return NewlyPublishedOut(name=body.name, warnings=done.warnings)


@router.post("/products/{name}/withdraw")
def withdraw_product(database: DatabaseOf, _: KeeperOf, name: NameOf) -> PublishedOut:
    """End a product: its keys open nothing any more."""
    with database.writing() as session:
        publishing.withdraw(session, name, now_utc())
    return PublishedOut(name=name)


@router.post("/products/{name}/keys")
def give_product_key(
    database: DatabaseOf, principal: KeeperOf, name: NameOf, body: KeyIn
) -> GivenKeyOut:
    """Make a key to a product; its secret is told this once."""
    with database.writing() as session:
        secret = keys.give_key(
            session, name, body.name, body.holder, created_by=principal.name, now=now_utc(),
            days=body.days,
        )  # fmt: skip
    return GivenKeyOut(name=body.name, secret=secret)


@router.get("/product-keys")
def list_product_keys(database: DatabaseOf, _: KeeperOf) -> list[KeyOut]:
    """Every key to data products, without secrets."""
    with database.reading() as session:
        return [
            KeyOut(
                name=key.name, product=product.name, holder=key.holder, created_at=key.created_at,
                expires_at=key.expires_at, withdrawn_at=key.withdrawn_at,
            )
            for key, product in queries.keys(session)
        ]  # fmt: skip


@router.post("/product-keys/{key}/withdraw")
def withdraw_product_key(database: DatabaseOf, _: KeeperOf, key: KeyNameOf) -> PublishedOut:
    """Make a key useless from now on."""
    with database.writing() as session:
        keys.withdraw_key(session, key, now_utc())
    return PublishedOut(name=key)


@router.get("/product-statements/{month}", response_class=Response)
def product_statement(
    database: DatabaseOf,
    _: KeeperOf,
    month: Annotated[str, Path(max_length=7, description="Such as 2026-11, in UTC")],
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """What each key was sent in a month and what that costs, reconciled with the meter."""
    with database.reading() as session:
        made = statement(session, month, now_utc())
    if form == "csv":
        return Response(made.csv(), media_type="text/csv; charset=utf-8")
    return Response(orjson.dumps(made.document()), media_type="application/json")
