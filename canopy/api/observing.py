"""Around every request: its number, security headers, count, log line, and the last resort.

Plain ASGI, so that a streamed answer is passed on as it comes.
"""

from __future__ import annotations

import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.stdlib import BoundLogger

from canopy.api.metrics import Metrics, route_template
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

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log: BoundLogger | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        self._metrics.in_flight.inc()
        started = time.perf_counter()
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
            took_s = time.perf_counter() - started
            self._metrics.in_flight.dec()
            self._metrics.count(scope["method"], route_template(scope), status or 500, took_s)
            self._answered(scope, status, took_s, request_id)

    def _answered(self, scope: Scope, status: int, took_s: float, request_id: str) -> None:
        if self._log is None:  # logging is configured when the service starts
            self._log = logger("api").bind()
        self._log.info(
            "request_answered", method=scope["method"], path=scope["path"], status=status,
            duration_ms=round(took_s * 1000, 1), request_id=request_id,
        )  # fmt: skip
