"""Every refusal as an RFC 9457 problem document."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from canopy.errors import PROBLEM_BASE_URL, CanopyError
from canopy.log import logger

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, kind: str, title: str, detail: str, headers: dict[str, str] | None = None,
    **members: object,
) -> JSONResponse:  # fmt: skip
    """A problem response."""
    body = {"type": PROBLEM_BASE_URL + kind, "title": title, "status": status, "detail": detail}
    return JSONResponse({**body, **members}, status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(CanopyError)
    async def _canopy(_: Request, error: CanopyError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
        return JSONResponse(error.problem(), error.status, headers, MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        title = HTTPStatus(error.status_code).phrase
        kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
        headers = dict(error.headers or {})
        return problem(error.status_code, kind, title, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": "/".join(str(part) for part in each["loc"]), "message": each["msg"]}
            for each in error.errors()
        ]
        detail = "; ".join(f"{each['where']}: {each['message']}" for each in wrong)
        return problem(400, "bad-request", "The request is not well formed", detail, errors=wrong)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        identifier = getattr(request.state, "request_id", "unknown")
        logger("api").error("request_failed", request_id=identifier, exc_info=error)
        return problem(
            500, "error", "Something failed", f"It was logged under request {identifier}."
        )
