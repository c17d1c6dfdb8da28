"""The application: routes, security headers, one log line a request, a job worker."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware

from canopy import __version__
from canopy.api import assets, imports, pages, problems
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.intake.task import IMPORT, run_import_job
from canopy.assets.policy import SensitivityPolicy
from canopy.db import migrate
from canopy.db.engine import open_database
from canopy.jobs.runner import JobRunner
from canopy.log import configure_logging, logger
from canopy.settings import Settings, load_settings

GZIP_FROM_BYTES = 1_000
WORKER_STOP_S = 8.0
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service for one deployment; settings from environment and file where not given."""
    chosen = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(chosen.log_level, chosen.log_format)
        database = open_database(chosen)
        migrate.require_current(database)
        for refused in reconcile(database).refused:
            logger("api").warning("external_change_refused", row=refused.sentence())
        app.state.database = database
        stop = threading.Event()
        runner = JobRunner(database, {IMPORT: run_import_job})
        worker = threading.Thread(target=runner.run_forever, args=(stop,), name="jobs", daemon=True)
        worker.start()
        logger("api").info("service_started", database=database.address, version=__version__)
        yield
        stop.set()
        worker.join(WORKER_STOP_S)
        database.dispose()
        logger("api").info("service_stopped")

    app = FastAPI(
        title=chosen.catalogue_title,
        version=__version__,
        summary="The digital canopy: assets that networks need, as one catalogue.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.settings = chosen
    app.state.policy = SensitivityPolicy()
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)
    app.middleware("http")(_observed)
    problems.install(app)
    for router in (pages.router, assets.router, imports.router):
        app.include_router(router)
    return app


async def _observed(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    request_id = secrets.token_hex(8)
    request.state.request_id = request_id
    started = time.monotonic()
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = request_id
    logger("api").info(
        "request_answered", method=request.method, path=request.url.path,
        status=response.status_code, duration_ms=round((time.monotonic() - started) * 1000, 1),
        request_id=request_id,
    )  # fmt: skip
    return response
