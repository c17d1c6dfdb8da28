"""Around every request: its number, security headers, one log line, and the last resort.

Plain ASGI, so that a streamed answer is passed on as it comes.
"""

from __future__ import annotations

import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from canopy.api.problems import unexpected
from canopy.log import logger

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not set its own."""
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class Observed:
    """Wraps the application. The log line names method, path and status; never a header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.monotonic()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                headers.extend(header for header in _HEADERS if header[0] not in there)
                headers.append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception as error:  # the last resort: whatever it is, no internals leave
            logger("api").error("request_failed", request_id=request_id, exc_info=error)
            if status:  # part of the answer is out; the server has to cut the connection
                raise
            await unexpected(request_id)(scope, receive, observed)
        finally:
            logger("api").info(
                "request_answered", method=scope["method"], path=scope["path"], status=status,
                duration_ms=round((time.monotonic() - started) * 1000, 1), request_id=request_id,
            )  # fmt: skip
