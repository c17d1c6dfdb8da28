"""The application: its routes, and a worker for its jobs."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from canopy import __version__
from canopy.api import (
    assets,
    imports,
    pages,
    problems,
    published_plan,
    register_exchange,
    register_imports,
    web,
    webhooks,
)
from canopy.api.concessions import routes as concessions
from canopy.api.coverage import routes as coverage
from canopy.api.deps import no_nul
from canopy.api.iot import alarms, deciding, lamps, lighting, rules, savings, things
from canopy.api.iot.products import keeping as product_keeping
from canopy.api.iot.products import routes as products
from canopy.api.iot.transparency import routes as transparency
from canopy.api.iot.viewing import live
from canopy.api.iot.viewing import routes as viewing
from canopy.api.iot.viewing.live import ending_with_the_server, feed_of
from canopy.api.metrics import Metrics, metrics_route
from canopy.api.observing import Observed
from canopy.api.ogc.offers.routes import offer_routes
from canopy.api.ogc.routes import routes as ogc_routes
from canopy.api.ogc.service import OgcService, make_service
from canopy.api.plan import routes as plan
from canopy.api.plan import scenarios
from canopy.api.register import routes as register
from canopy.api.register.records import routes as records
from canopy.api.sensorthings import routes as sensorthings
from canopy.api.short_way import ShortWay
from canopy.api.tiles.cutting import Cutters, TileService
from canopy.api.tiles.routes import routes as tile_routes
from canopy.api.workers import STOP_S, Workers
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.ready.keeping import Keeper
from canopy.concessions.register.valuing import Schedules
from canopy.db import migrate
from canopy.db.engine import open_database
from canopy.iot.ingest.receiving import Receiver
from canopy.iot.ingest.sorting import Bounds
from canopy.iot.store.opening import Readings
from canopy.iot.webhooks import read_webhooks
from canopy.log import configure_logging, logger
from canopy.plan.metering.stored import StoredMeters
from canopy.plan.suitability.keeping import KeptSuitability
from canopy.settings import Settings, load_settings

GZIP_FROM_BYTES = 1_000
GZIP_LEVEL = 5
"""A map of 25 MB is compressed between other requests: level 9 takes twice the time for 2 %."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service for one deployment; settings from environment and file where not given."""
    chosen = settings or load_settings()
    app = FastAPI(
        title=chosen.catalogue_title,
        version=__version__,
        summary="The digital canopy: assets that networks need, as one catalogue.",
        lifespan=_lifespan(chosen),
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        dependencies=[Depends(no_nul)],
        responses=problems.documented(400, 401, 403, 404, 409, 413, 422, 500, 503),
    )
    app.state.settings = chosen
    app.state.policy = SensitivityPolicy()
    app.state.suitability = KeptSuitability(chosen.plan_rules)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(ShortWay)
    app.state.metrics = Metrics()
    app.add_middleware(Observed, metrics=app.state.metrics)
    problems.install(app)
    app.router.routes.extend(
        [*offer_routes(), *ogc_routes(), *tile_routes(), metrics_route()]
    )  # before all others: the way to them is shortest
    for router in (
        pages.router,
        assets.router,
        imports.router,
        coverage.router,
        register_exchange.router,
        register_imports.router,
        records.router,  # before the register's, whose last route takes any path
        register.router,
        concessions.router,
        published_plan.router,
        plan.router,
        scenarios.router,
        things.router,
        deciding.router,
        lighting.router,
        lamps.router,
        rules.router,
        alarms.router,
        products.router,
        product_keeping.router,
        savings.router,
        transparency.router,
        viewing.router,
        live.router,
        sensorthings.router,
        webhooks.router,
        web.router,
        web.pages,
    ):
        app.include_router(router)
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings.log_level, settings.log_format)
        database = open_database(settings)
        try:
            migrate.require_current(database)
            report = reconcile(database)
            for notice in report.notices:
                logger("api").warning("external_changes_unnoticed", notice=notice)
            for refused in report.refused:
                logger("api").warning("external_change_refused", row=refused.sentence())
            app.state.database = database
            readings = app.state.readings = Readings(database, settings.db_lock_timeout_s)
            meters = StoredMeters(database, lambda: readings)
            app.state.schedules = Schedules(settings.concession_inputs, meters)
            app.state.receiver = Receiver(database, _bounds(settings), settings.db_lock_timeout_s)
            app.state.webhooks = read_webhooks(settings.iot_webhooks)
            app.state.ogc = make_service(database, app.state.policy, settings)
            app.state.tiles = _tiles(app.state.ogc)
            keeper = Keeper(database, app.state.policy)
            keeping = threading.Thread(target=keeper.run_forever, name="ready", daemon=True)
            if not database.is_gpkg:
                keeping.start()
            workers = Workers(database, settings.coverage_jobs)
            app.state.live = feed_of(app.state.readings, settings)
            logger("api").info("service_started", database=database.address, version=__version__)
            async with ending_with_the_server(app.state.live):
                yield
            keeper.stop()
            workers.stop()
            if keeping.is_alive():
                keeping.join(STOP_S)
        finally:
            if hasattr(app.state, "ogc"):
                app.state.ogc.close()
            if hasattr(app.state, "readings"):
                app.state.readings.dispose()
            if hasattr(app.state, "receiver"):
                app.state.receiver.close()
            database.dispose()
        logger("api").info("service_stopped")

    return lifespan


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        timedelta(hours=settings.iot_ahead_hours), timedelta(days=settings.iot_retention_days)
    )


def _tiles(service: OgcService) -> TileService:
    cutters = Cutters(service.database, service.policy, service.pages, service.tiles)
    return TileService(cutters, service.stamp)
