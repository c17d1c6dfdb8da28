"""The way to a page of features past what only other answers need.

FastAPI's layers, the packing of answers and the look through all routes are a tenth of the work
of a page. The route stays where it is as well: for HEAD, and for whoever takes packed answers,
whose packing takes many times as long as the way to it.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from canopy.api.ogc.items import items
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.problems import refusal
from canopy.errors import CanopyError

_PAGE = re.compile("/collections/([^/]+)/items")


class ShortWay:
    """Wraps the application, within what is done around every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        collection = _collection(scope)
        if collection is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"collection": collection}
        scope["endpoint"] = items  # by which it is counted
        request = Request(scope, receive, send)
        try:
            answer = await items(request)
        except CanopyError as error:
            answer = refusal(error, request.state.request_id)
        await answer(scope, receive, send)


def _collection(scope: Scope) -> str | None:
    """The collection whose page is asked for, where the short way leads to it."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path"):
        return None
    found = _PAGE.fullmatch(scope["path"])
    if found is None or found[1] == OFFERS.id:
        return None
    for name, value in scope["headers"]:
        if name == b"accept-encoding" and b"gzip" in value:
            return None
    return found[1]
