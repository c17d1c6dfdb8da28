"""``canopy iot ingest``: store what gateways publish, until stopped."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event as ProcessEvent
from threading import Event, Thread
from types import FrameType
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.errors import CanopyError
from canopy.log import logger
from canopy.settings import Settings

_LOOK_S = 1.0
_SUMMARY_S = 60.0
_PAUSE_S = 2.0
_CARE_STOP_S = 10.0
_CARE_PAUSE_S = 5.0
_OBJECTS_BETWEEN_LOOKS = 200_000

log = logger("iot")


def ingest(
    workers: Annotated[int, typer.Option(min=1, max=32, help="Processes that share the work.")] = 1,
    db: DbOption = None,
) -> None:
    """Store what gateways publish, until stopped (Ctrl+C or SIGTERM).

    A message is acknowledged when it has been committed. Several workers share the subscription,
    which a broker of MQTT 5 can.
    """
    settings = settings_for(db)
    with database_for(settings, create=True):
        pass
    if db is not None:  # workers build their own settings, from the environment
        os.environ["CANOPY_DB_URL"] = db
    from canopy.iot.broker import broker_place

    broker_place(settings.mqtt_url)  # before it is shown: it may hold a password by mistake
    console.print(f"Reading from {settings.mqtt_url} (Ctrl+C stops).", markup=False)
    with caring(settings):
        code = run_worker(settings, 0, 1) if workers == 1 else _run_workers(workers)
    sys.exit(code)


@contextmanager
def caring(settings: Settings) -> Iterator[None]:
    """Have readings summed up and watched meanwhile, by a process of its own: here it would hold
    readings up.

    One that ends is started again: rules and sums must not stop without a word.
    """
    if settings.iot_care_s == 0:
        yield
        return
    command = [sys.executable, "-m", "canopy", "iot", "care", "--every"]
    password = settings.mqtt_password
    environment = {
        **os.environ,
        "CANOPY_DB_URL": settings.db_url.get_secret_value(),
        "CANOPY_MQTT_URL": settings.mqtt_url,  # alarms are published where readings come from
        "CANOPY_MQTT_USER": settings.mqtt_user,
        "CANOPY_MQTT_PROTOCOL": settings.mqtt_protocol,
        **({} if password is None else {"CANOPY_MQTT_PASSWORD": password.get_secret_value()}),
    }
    whole = [*command, f"{max(1.0, settings.iot_care_s):g}", "--parent", str(os.getpid())]
    stopping = Event()
    keeper = Thread(target=_keep_running, args=(whole, environment, stopping), name="care")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_running(command: list[str], environment: dict[str, str], stopping: Event) -> None:
    """Run a program until it is told to stop; one that ends before is started again."""
    while not stopping.is_set():
        process = subprocess.Popen(command, env=environment)
        while not stopping.wait(_LOOK_S) and process.poll() is None:
            pass
        if process.poll() is not None and not stopping.is_set():
            log.error("care_ended", code=process.returncode)
            stopping.wait(_CARE_PAUSE_S)
            continue
        process.terminate()
        try:
            process.wait(_CARE_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run_worker(
    settings: Settings,
    number: int,
    workers: int,
    parent: int | None = None,
    on_nodes_followed: Callable[[], None] = lambda: None,
    *,
    broker_forgets: bool = False,
) -> int:
    """Ingest in this process; the exit code. 0 after a stop that was asked for.

    broker_forgets: it keeps no session from one start to the next, and everybody knows.
    parent: the process that keeps it running. Without it the worker stops too: else it would
    take turns at the broker with whoever is started in its place. on_nodes_followed: called when
    other workers may start.
    """
    from canopy.iot.ingest.running import Ingestion  # loads the broker's client

    # Readings hold no cycles and live for one commit: to look for any every 700 takes a tenth of
    # the time.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    stopping = Event()

    def stop(_: int, __: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(1)  # asked twice: what is not acknowledged comes again
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with database_for(settings) as database:
        ingestion = Ingestion(
            database, settings, number=number, workers=workers, broker_forgets=broker_forgets
        )
        ingestion.start(on_nodes_followed)
        told_at_s = time.monotonic()
        while not stopping.wait(_LOOK_S) and ingestion.is_alive():
            if parent is not None and os.getppid() != parent:
                log.error("parent_ended", worker=number + 1)
                stopping.set()
            if time.monotonic() - told_at_s >= _SUMMARY_S:
                told_at_s = time.monotonic()
                log.info("readings_counted", worker=number + 1, **asdict(ingestion.counts))
        counts = ingestion.stop()
        log.info("ingestion_stopped", worker=number + 1, **asdict(counts))
    return 0 if stopping.is_set() else 1


def _worker(number: int, workers: int, parent: int, are_nodes_followed: ProcessEvent) -> None:
    """The first follows Sparkplug's nodes; till it does, no other may pass over what is theirs."""
    while number > 0 and not are_nodes_followed.wait(_LOOK_S):
        if os.getppid() != parent:
            sys.exit(1)
    try:
        code = run_worker(settings_for(None), number, workers, parent, are_nodes_followed.set)
    except CanopyError as error:
        log.error("worker_failed", worker=number + 1, reason=error.detail)
        code = 1
    sys.exit(code)


def _run_workers(count: int) -> int:
    """Start processes and keep them running: one that ends is started again."""
    context = multiprocessing.get_context("spawn")
    stopping, are_nodes_followed = Event(), context.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())

    def made(number: int) -> SpawnProcess:
        told = (number, count, os.getpid(), are_nodes_followed)
        return context.Process(target=_worker, args=told, name=f"ingest-{number + 1}")

    processes = {number: made(number) for number in range(count)}
    for process in processes.values():
        process.start()
    while not stopping.wait(_LOOK_S):
        for number, process in processes.items():
            if process.exitcode is not None:
                log.error("worker_ended", worker=number + 1, code=process.exitcode)
                stopping.wait(_PAUSE_S)
                processes[number] = again = made(number)
                again.start()
                break
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        process.join()
    return max(abs(process.exitcode or 0) for process in processes.values())
