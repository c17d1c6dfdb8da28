"""Statements about data products, their keys and their meter; and the readings they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from canopy.iot.products.tables import DataProduct, ProductKey, ProductStream, ProductUsage
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.sensorthings.queries import hidden_thing, one_of
from canopy.iot.store.tables import Observation, ObservationBucket
from canopy.iot.things.tables import Datastream, ObservedProperty, Thing


def product_named(session: Session, name: str) -> DataProduct | None:
    """The product of that name, withdrawn or not."""
    return session.scalars(select(DataProduct).where(DataProduct.name == name)).one_or_none()


def products_after(session: Session, after: int, limit: int) -> Sequence[DataProduct]:
    """Products that are not withdrawn, by number, from after a number on."""
    return session.scalars(
        select(DataProduct)
        .where(DataProduct.id > after, DataProduct.withdrawn_at.is_(None))
        .order_by(DataProduct.id)
        .limit(limit)
    ).all()


def add_product(session: Session, product: DataProduct, streams: Iterable[int]) -> None:
    """Store a product with its streams."""
    session.add(product)
    session.flush()
    session.add_all(
        ProductStream(product_id=product.id, datastream_id=number) for number in sorted(streams)
    )
    session.flush()


def streams_known(session: Session, numbers: Sequence[int]) -> Sequence[Datastream]:
    """Datastreams of some numbers that are not withdrawn."""
    return session.scalars(
        select(Datastream)
        .where(Datastream.id.in_(numbers), Datastream.is_withdrawn.is_(False))
        .order_by(Datastream.id)
    ).all()


def members(session: Session, product_id: int, audience: Audience) -> Sequence[Any]:
    """(Datastream, Thing, what it observes) of a product that stand where the audience may know."""
    return session.execute(
        select(Datastream, Thing, ObservedProperty.name)
        .join(ProductStream, ProductStream.datastream_id == Datastream.id)
        .join(Thing, Thing.id == Datastream.thing_id)
        .join(ObservedProperty, ObservedProperty.id == Datastream.observed_property_id)
        .where(
            ProductStream.product_id == product_id, Datastream.is_withdrawn.is_(False),
            Thing.withdrawn_at.is_(None), ~hidden_thing(Thing, audience),
        )
        .order_by(Datastream.id)
    ).all()  # fmt: skip


def products_with(session: Session, streams: Sequence[int]) -> Sequence[DataProduct]:
    """Products, withdrawn ones too, that have any of some datastreams, by number."""
    having = select(ProductStream.product_id).where(ProductStream.datastream_id.in_(streams))
    return session.scalars(
        select(DataProduct).where(DataProduct.id.in_(having)).order_by(DataProduct.id)
    ).all()


def classes(session: Session, product_id: int) -> Sequence[tuple[int, str]]:
    """(number, class) of every datastream that a product names, withdrawn ones too."""
    rows = session.execute(
        select(Datastream.id, Datastream.data_class)
        .join(ProductStream, ProductStream.datastream_id == Datastream.id)
        .where(ProductStream.product_id == product_id)
        .order_by(Datastream.id)
    )
    return [(row[0], row[1]) for row in rows]


def buckets(
    session: Session, streams: Sequence[int], seconds: int, start: datetime, end: datetime
) -> Sequence[ObservationBucket]:
    """Sums of datastreams over spans that begin from `start` up to `end`."""
    b, dialect = ObservationBucket, session.get_bind().dialect.name
    return session.scalars(
        select(b).where(
            one_of(b.datastream_id, streams, dialect), b.seconds == seconds,
            b.start >= start, b.start < end,
        )
    ).all()  # fmt: skip


def observations(
    session: Session, streams: Sequence[int], start: datetime, end: datetime
) -> Iterator[Any]:
    """(stream, time, result, text, flags) from `start` up to `end`, by stream, time and key."""
    o, dialect = Observation, session.get_bind().dialect.name
    wanted = (
        select(o.datastream_id, o.phenomenon_time, o.result, o.result_text, o.flags)
        .where(
            one_of(o.datastream_id, streams, dialect), o.phenomenon_time >= start,
            o.phenomenon_time < end,
        )
        .order_by(o.datastream_id, o.phenomenon_time, o.source_key)
    )  # fmt: skip
    yield from session.execute(wanted.execution_options(yield_per=5_000))


def add_key(session: Session, key: ProductKey) -> None:
    """Store a key."""
    session.add(key)
    session.flush()


def key_named(session: Session, name: str) -> ProductKey | None:
    """A key by its name, in use or not."""
    return session.scalars(select(ProductKey).where(ProductKey.name == name)).one_or_none()


def key_of(session: Session, secret_sha256: str) -> ProductKey | None:
    """A key by what is kept of its secret."""
    return session.scalars(
        select(ProductKey).where(ProductKey.secret_sha256 == secret_sha256)
    ).one_or_none()


def keys(session: Session) -> Sequence[tuple[ProductKey, DataProduct]]:
    """Every key with its product, by product and name."""
    rows = session.execute(
        select(ProductKey, DataProduct)
        .join(DataProduct, DataProduct.id == ProductKey.product_id)
        .order_by(DataProduct.name, ProductKey.name)
    )
    return [(row[0], row[1]) for row in rows]


def count_up(
    session: Session, key_id: int, month: str, requests: int, rows: int, sent_bytes: int
) -> None:
    """Add to the meter."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = insert(ProductUsage).values(
        key_id=key_id, month=month, requests=requests, rows_sent=rows, bytes_sent=sent_bytes
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["key_id", "month"],
            set_={
                name: getattr(ProductUsage, name) + getattr(added.excluded, name)
                for name in ("requests", "rows_sent", "bytes_sent")
            },
        )
    )


def usage(session: Session, month: str) -> dict[int, ProductUsage]:
    """What each key was sent in a month."""
    rows = session.scalars(select(ProductUsage).where(ProductUsage.month == month))
    return {each.key_id: each for each in rows}


def metered(session: Session, month: str) -> tuple[int, int, int]:
    """Requests, rows and bytes of a month, as the meter has them altogether."""
    u = ProductUsage
    sums = [func.coalesce(func.sum(each), 0) for each in (u.requests, u.rows_sent, u.bytes_sent)]
    row = session.execute(select(*sums).where(u.month == month)).one()
    return int(row[0]), int(row[1]), int(row[2])
