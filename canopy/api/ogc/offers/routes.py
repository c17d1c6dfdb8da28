"""The routes of offers, in the order in which they are tried."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from canopy.api.ogc.offers import writes
from canopy.api.ogc.offers.reading import HERE, reading_routes
from canopy.api.ogc.writing.routes import Resource
from canopy.api.ogc.writing.writes import ACCEPT_PATCH
from canopy.api.problems import MethodNotAllowed, response


class _OfferResource(Resource):
    """What an address of offers does but for reading."""

    async def _answer(self, request: Request) -> Response:
        write = self.writes.get(request.method)
        if write is not None:
            return await write(request)
        if request.method == "OPTIONS":
            return await self._options(request)
        error = MethodNotAllowed(f"{request.method} is not for {request.url.path}.")
        return response(error, {"Allow": ", ".join(("GET", "HEAD", "OPTIONS", *self.writes))})


def offer_routes() -> list[Route]:
    """All of them. They stand before the routes of the other collections."""
    return [
        *reading_routes(),
        Route(f"{HERE}/items", _OfferResource({"POST": writes.create_offer})),
        Route(
            f"{HERE}/items/{{feature}}",
            _OfferResource(
                {
                    "PUT": writes.replace_offer,
                    "PATCH": writes.patch_offer,
                    "DELETE": writes.withdraw_offer,
                },
                {"Accept-Patch": ACCEPT_PATCH},
            ),
        ),
    ]
