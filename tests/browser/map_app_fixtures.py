"""Fixtures of the map app's tests: the service behind it, and the app, open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from fastapi.testclient import TestClient
from made_towns import BNG, CENTRE_M, batch_of, town
from map_app import MapApp
from playwright.sync_api import Page
from stand_in import ORIGIN, TOKEN, StandIn

from canopy.api.app import create_app
from canopy.api.web import WEB
from canopy.db.engine import open_database
from canopy.db.migrate import upgrade
from canopy.geo import WGS84, transformer
from canopy.settings import load_settings


@dataclass
class StandInApp(MapApp):
    """The app over a stand-in, which keeps what it was asked."""

    service: StandIn = field(kw_only=True)

    @classmethod
    def over(cls, page: Page, service: StandIn) -> StandInApp:
        """A page whose every request the stand-in answers."""
        page.route("**/*", service.handle)
        return cls(page, ORIGIN, service=service)

    def start_editing(self) -> None:
        """Sign in with the stand-in's token."""
        self.sign_in(TOKEN)


Opener = Callable[..., StandInApp]


def at(x: float, y: float, zoom: float) -> str:
    """The address of a view, from a position in metres."""
    lon, lat = transformer(BNG, WGS84).xy(np.array([x]), np.array([y]))
    return f"#map={zoom}/{lat[0]:.6f}/{lon[0]:.6f}"


def require_built() -> None:
    """Skip, or fail where services were promised, if the app has not been built."""
    if not (WEB / "index.html").is_file():
        if os.environ.get("CANOPY_REQUIRE_SERVICES") == "1":
            pytest.fail("the map app is not built: `python hatch_build.py`", pytrace=False)
        pytest.skip("the map app is not built: `python hatch_build.py`")


@pytest.fixture(scope="module")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The real service, over an empty catalogue: it has the app's files."""
    require_built()
    settings = load_settings(
        db_url=f"gpkg://{tmp_path_factory.mktemp('app') / 'empty.gpkg'}",
        catalogue_title="Ashford Vale Borough Council",
        attribution="Contains made-up data",
    )
    upgrade(open_database(settings))
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def stand_in(real_service: TestClient) -> StandIn:
    """The stand-in, holding a small town."""
    return StandIn(town(600), real_service)


@pytest.fixture
def town_app(page: Page, stand_in: StandIn) -> StandInApp:
    """The town's map, open at its middle."""
    app = StandInApp.over(page, stand_in)
    app.open(at(CENTRE_M[0] + 2_000, CENTRE_M[1] + 2_000, 14))
    return app


@pytest.fixture
def opened(page: Page, real_service: TestClient) -> Opener:
    """Open the app over some assets, at the town's middle."""

    def open_app(*rows: dict[str, object], zoom: float = 17, more: str = "") -> StandInApp:
        app = StandInApp.over(page, StandIn([batch_of(*rows)], real_service))
        app.open(at(*CENTRE_M, zoom) + more)
        return app

    return open_app
