"""Keys to data products: shown once, kept as a hash, expiring, withdrawn at any time."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from canopy.access.tokens import NotAuthenticated, digest
from canopy.errors import NotFound, Refused
from canopy.iot.products import queries
from canopy.iot.products.publishing import product_of
from canopy.iot.products.tables import DataProduct, ProductKey

PREFIX = "product_"
SECRET_BYTES = 32
DEFAULT_DAYS, MAX_DAYS = 365, 1_100
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


def give_key(
    session: Session,
    product: str,
    name: str,
    holder: str,
    *,
    created_by: str,
    now: datetime,
    days: int = DEFAULT_DAYS,
) -> str:
    """Make a key to a product and return its secret, which is kept nowhere.

    holder: who pays, as statements name them. Raises Refused and NotFound.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"{name[:70]!r} is no name of a key; use 2 to 63 of a-z 0-9 . _ - .")
    if not 1 <= len(holder.strip()) <= 200 or not holder.isprintable() or not holder[0].isalnum():
        raise Refused("holder: 1 to 200 printable characters, a letter or digit first.")
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"A key lives 1 to {MAX_DAYS:,} days; not {days}.")
    if queries.key_named(session, name) is not None:
        raise Refused(f"There was a key {name!r} before; names are not used twice.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = ProductKey(
        product_id=product_of(session, product).id, name=name, holder=holder.strip(),
        secret_sha256=digest(secret), created_by=created_by, created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    queries.add_key(session, key)
    return secret


def key_for(session: Session, product: DataProduct, secret: str, now: datetime) -> ProductKey:
    """The key, in use, that opens a product. Raises NotAuthenticated for any other."""
    known = secret.startswith(PREFIX) and len(secret) <= 100
    key = queries.key_of(session, digest(secret)) if known else None
    is_open = key is not None and key.withdrawn_at is None and key.expires_at > now
    if key is None or not is_open or key.product_id != product.id:
        raise NotAuthenticated(f"The key does not open {product.name}; ask for another.")
    return key


def withdraw_key(session: Session, name: str, now: datetime) -> None:
    """Make a key useless from now on. Raises NotFound."""
    key = queries.key_named(session, name)
    if key is None or key.withdrawn_at is not None:
        raise NotFound(f"There is no key {name[:70]!r} in use.")
    key.withdrawn_at = now
    session.flush()
