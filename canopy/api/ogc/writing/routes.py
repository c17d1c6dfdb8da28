"""Routes of writes. They stand behind the GETs and take every other method of an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from canopy.access.rules import Role
from canopy.api.ogc.answers import VARY
from canopy.api.ogc.collections import collection_of
from canopy.api.ogc.service import service_of
from canopy.api.ogc.writing import writes
from canopy.api.problems import MethodNotAllowed, response

Handler = Callable[[Request], Awaitable[Response]]
_READS = ("GET", "HEAD", "OPTIONS")


def writing_routes() -> list[Route]:
    """The routes of a collection's items and of one of them."""
    items = "/collections/{collection}/items"
    return [
        Route(items, Resource({"POST": writes.create})),
        Route(
            f"{items}/{{feature}}",
            Resource(
                {"PUT": writes.replace, "PATCH": writes.patch, "DELETE": writes.withdraw},
                {"Accept-Patch": writes.ACCEPT_PATCH},
            ),
        ),
    ]


@dataclass(frozen=True)
class Resource:
    """What an address does but for reading, by method. `headers` are those of OPTIONS."""

    writes: Mapping[str, Handler]
    headers: Mapping[str, str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        collection_of(request.path_params["collection"])
        write = self.writes.get(request.method)
        if write is not None:
            return await write(request)
        if request.method == "OPTIONS":
            return await self._options(request)
        error = MethodNotAllowed(f"{request.method} is not for {request.url.path}.")
        return response(error, {"Allow": ", ".join((*_READS, *self.writes))})

    async def _options(self, request: Request) -> Response:
        """What whoever asks may do: GIS programs offer editing by it."""
        find = partial(service_of(request).principals.looked_up, request)
        principal = await run_in_threadpool(find)
        edits = principal.role.reaches(Role.estates)
        allowed = (*_READS, *self.writes) if edits else _READS
        headers = {"Allow": ", ".join(allowed), "Vary": VARY}
        return Response(status_code=204, headers=headers | dict((edits and self.headers) or {}))
