"""Publishing and withdrawing data products. They are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC
from canopy.assets.policy import SensitivityPolicy
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot import privacy
from canopy.iot.products import queries
from canopy.iot.products.contents import members_of
from canopy.iot.products.rows import rowless
from canopy.iot.products.rules import PRICED, Draft, require_publishable, require_sound
from canopy.iot.products.tables import DataProduct
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.translating import Scope


class Published(NamedTuple):
    """A product that was published. warnings: datastreams of it that can have no row, and why."""

    product: DataProduct
    warnings: list[str]


def public_scope(session: Session, database: Database, policy: SensitivityPolicy) -> Scope:
    """The catalogue as the public sees it."""
    return Scope(session, audience_of(PUBLIC, policy), database.srid, database.storage_crs)


def publish(scope: Scope, draft: Draft, created_by: str, now: datetime) -> Published:
    """Store a product; `scope` is the public's, in a transaction.

    Raises Refused with what is wrong, naming the stream where one is; the transaction must be
    rolled back then.
    """
    session = scope.session
    require_sound(draft)
    if queries.product_named(session, draft.name) is not None:
        raise Refused(f"There was a product {draft.name!r} before; names are not used twice.")
    found = queries.streams_known(session, draft.streams)
    missing = sorted(set(draft.streams) - {each.id for each in found})
    if missing:
        told = ", ".join(str(each) for each in missing[:10])
        raise Refused(f"The product cannot be published: there is no datastream {told}.")
    require_publishable(
        draft, ((f"{each.source}/{each.stream} ({each.id})", each.data_class) for each in found)
    )
    _require_no_difference(
        session, draft, {each.id for each in found if each.data_class == privacy.PERSONAL_RISK}
    )
    product = DataProduct(
        name=draft.name, title=draft.title, description=draft.description,
        added_value=draft.added_value, aggregation=draft.aggregation,
        area=None if draft.area is None else list(draft.area), licence=draft.licence,
        tariff=None if draft.tariff is None else draft.tariff.stored(), created_by=created_by,
        created_at=now,
    )  # fmt: skip
    queries.add_product(session, product, set(draft.streams))
    names = {each.id: f"{each.source}/{each.stream} ({each.id})" for each in found}
    return Published(product, rowless(names, members_of(scope, product)))


def _require_no_difference(session: Session, draft: Draft, risky: set[int]) -> None:
    """Raises Refused where two products could be subtracted, so that a Thing stood alone.

    Sums of personal risk over one set of datastreams, and over the set with one more, tell that
    one's readings. So they are published over the same set and area, or over none in common.
    """
    area = None if draft.area is None else list(draft.area)
    for other in queries.products_with(session, sorted(risky)):
        theirs = {
            number
            for number, data_class in queries.classes(session, other.id)
            if data_class == privacy.PERSONAL_RISK
        }
        if theirs != risky or other.area != area:
            raise Refused(
                f"The product cannot be published: {other.name} has some of its datastreams of "
                "personal risk, and the difference would tell of the others. Take the same "
                "datastreams and area, or none in common."
            )


def product_of(session: Session, name: str) -> DataProduct:
    """The product of that name that is published. Raises NotFound."""
    product = queries.product_named(session, name)
    if product is None or product.withdrawn_at is not None:
        raise NotFound(f"There is no data product {name[:70]!r}; /iot/products has them.")
    return product


def withdraw(session: Session, name: str, now: datetime) -> DataProduct:
    """End a product; its keys open nothing any more, its statements stay. Raises NotFound."""
    product = product_of(session, name)
    product.withdrawn_at = now
    session.flush()
    return product


def require_still_sellable(session: Session, product: DataProduct) -> None:
    """Raises Refused where a stream of a priced product is not open any more."""
    if product.licence != PRICED:
        return
    wrong = [
        str(number)
        for number, data_class in queries.classes(session, product.id)
        if privacy.why_no_price(data_class) is not None
    ]
    if wrong:
        raise Refused(
            f"{product.name} is not served: datastream {', '.join(wrong[:10])} may carry no price "
            "any more. Ask whoever publishes it."
        )


def streams_named(names: Sequence[str]) -> tuple[int, ...]:
    """Numbers of datastreams given as numbers. Raises Refused for another."""
    numbers = []
    for name in names:
        if not name.isdigit() or len(name) > 10:
            raise Refused(f"{name[:60]!r} is no number of a datastream; `canopy iot thing show`.")
        numbers.append(int(name))
    return tuple(dict.fromkeys(numbers))
