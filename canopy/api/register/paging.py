"""The order of agreements over HTTP, and where one page of them ends and the next begins."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args
from urllib.parse import quote, urlencode

from fastapi import Request

from canopy.api.problems import BadRequest
from canopy.api.register.documents import AGREEMENTS, AgreementLine
from canopy.concessions.register.queries import Order

Sort = Literal[
    "ref", "title", "kind", "status", "starts_on", "ends_on",
    "-ref", "-title", "-kind", "-status", "-starts_on", "-ends_on",
]  # fmt: skip
_DAYS: tuple[Order, ...] = ("starts_on", "ends_on")


def order_of(sort: Sort) -> Order:
    """What is sorted by, whichever way."""
    return next(each for each in get_args(Order) if each == sort.removeprefix("-"))


def value_after(order: Order, after: str | None, value: str | None) -> str | date | None:
    """What the last agreement of a page was sorted by. Raises BadRequest."""
    if after is None or order == "ref":
        return None
    if value is None:
        raise BadRequest(f"after needs after_value: the {order} of the agreement {after}.")
    if order not in _DAYS:
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadRequest(f"after_value: {value} is no day; write one as 2026-04-01.") from error


def next_page(request: Request, order: Order, last: AgreementLine) -> str:
    """Where the page after the one that ends with `last` is."""
    given = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("after", "after_value")
    ]
    given.append(("after", last.ref))
    if order != "ref":
        given.append(("after_value", f"{getattr(last, order)}"))
    return f"{AGREEMENTS}?{urlencode(given, quote_via=quote)}"
