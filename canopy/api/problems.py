"""Every refusal as an RFC 9457 problem document."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from canopy.errors import CanopyError, NotFound, NotReadyYet, StorageUnavailable
from canopy.log import logger

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
"""A problem document in OpenAPI."""


def documented(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Problems with these statuses, as a route's description has them."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {each: {"description": HTTPStatus(each).phrase, "content": content} for each in statuses}


class BadRequest(CanopyError):
    """The request is not well formed: a parameter is missing or cannot be read."""

    kind, status, title = "bad-request", 400, "The request is not well formed"


class MethodNotAllowed(CanopyError):
    """There is something at that address, but it does not do that."""

    kind, status, title = "method-not-allowed", 405, "That method is not there"


class UnsupportedMediaType(CanopyError):
    """The body is of a type that is not taken here; `headers` name those that are."""

    kind, status, title = "unsupported-media-type", 415, "A body of that type is not taken here"

    def __init__(self, detail: str, headers: dict[str, str]) -> None:
        super().__init__(detail)
        self.headers = headers


class PreconditionRequired(CanopyError):
    """A change has to say which version it began from. Source: RFC 6585, section 3."""

    kind, status, title = "precondition-required", 428, "Say which version you began from"


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(CanopyError)
    async def _canopy(request: Request, error: CanopyError) -> JSONResponse:
        return refusal(error, request.state.request_id)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return response(_named(request, error), dict(error.headers or {}), error.status_code)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": "/".join(str(part) for part in each["loc"]), "message": each["msg"]}
            for each in error.errors()
        ]
        detail = "; ".join(f"{each['where']}: {each['message']}" for each in wrong)
        return response(BadRequest(detail, errors=wrong), {})


def response(
    error: CanopyError, headers: dict[str, str], status: int | None = None
) -> JSONResponse:
    """An expected failure as a problem response."""
    body = error.problem()
    body["status"] = status or error.status
    return JSONResponse(body, status or error.status, headers, MEDIA_TYPE)


def refusal(error: CanopyError, request_id: str) -> JSONResponse:
    """An expected failure, without what only the service's keeper may know.

    Why the database fails (its address, the driver's words) is logged, not told.
    """
    if error.status == HTTPStatus.UNAUTHORIZED:
        return response(error, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, UnsupportedMediaType):
        return response(error, error.headers)
    if isinstance(error, NotReadyYet):
        return response(error, {"Retry-After": str(RETRY_AFTER_S)})
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return response(error, {})
    logger("api").error("request_refused", kind=error.kind, reason=error.detail,
                        request_id=request_id)  # fmt: skip
    told = type(error)(
        f"The reason is in the service's log under request {request_id}. If it stays so, "
        "whoever keeps the service runs `canopy doctor` there."
    )
    wait = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, StorageUnavailable) else {}
    return response(told, wait)


def unexpected(request_id: str) -> JSONResponse:
    """What is said of a failure that nobody expected: only where to look for it."""
    return response(CanopyError(f"It was logged under request {request_id}."), {})


def _named(request: Request, error: HTTPException) -> CanopyError:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound(f"There is nothing at {request.url.path}; see /openapi.json.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(f"{request.method} is not for {request.url.path}.")
    return BadRequest(str(error.detail))
