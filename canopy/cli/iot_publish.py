"""``canopy iot publish``: tell of new open Observations over MQTT."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.errors import StorageUnavailable
from canopy.iot.publishing.following import Follower
from canopy.log import logger
from canopy.settings import Settings

log = logger("iot")
_LOOK_S = 0.5
_WAITS_S = (1.0, 30.0)
_STOP_S = 10.0


def publish(
    parent: Annotated[
        int | None, typer.Option(min=1, hidden=True, help="End when this process has.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Publish new Observations of open datastreams on SensorThings topics, until stopped.

    `v1.1/Datastreams(7)/Observations` and `v1.1/Observations`, at least once, in order by
    datastream, after they were committed. One process does it; it goes on from where it was.
    """
    from canopy.iot.ingest.running import broker_of  # loads the broker's client
    from canopy.iot.mqtt import Publisher
    from canopy.iot.store.opening import Readings

    settings = settings_for(db)
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        sender = Publisher(broker_of(settings), f"{settings.mqtt_client_id}-publish")
        console.print(f"Publishing to {settings.mqtt_url} (Ctrl+C stops).", markup=False)
        try:
            _follow(Follower(database, readings, sender.send, _address(settings)), stopping, parent)
        finally:
            sender.close()
            readings.dispose()


def _follow(follower: Follower, stopping: Event, parent: int | None) -> None:
    wait_s = _WAITS_S[0]
    while not stopping.is_set() and (parent is None or os.getppid() == parent):
        try:
            published = follower.step()
        except StorageUnavailable as error:
            log.warning("readings_not_published", reason=error.detail)
            published = None
        if published is None:
            stopping.wait(random.uniform(wait_s / 2, wait_s))
            wait_s = min(wait_s * 2, _WAITS_S[1])
            continue
        wait_s = _WAITS_S[0]
        if published == 0:
            stopping.wait(_LOOK_S)


def _address(settings: Settings) -> str:
    """Where the API is, for links."""
    root = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{root.rstrip('/')}/sensorthings/v1.1"


@contextmanager
def publishing(settings: Settings) -> Iterator[None]:
    """Have open Observations published meanwhile, by a process of its own."""
    secret = settings.mqtt_password
    environment = {
        **os.environ,
        "CANOPY_DB_URL": settings.db_url.get_secret_value(),
        "CANOPY_MQTT_URL": settings.mqtt_url,
        "CANOPY_MQTT_USER": settings.mqtt_user,
        "CANOPY_MQTT_PASSWORD": "" if secret is None else secret.get_secret_value(),
    }
    command = [sys.executable, "-m", "canopy", "iot", "publish", "--parent", str(os.getpid())]
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
