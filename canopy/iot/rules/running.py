"""Watching and telling again and again, beside each other: a slow mail server delays no alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from canopy.db.engine import Database
from canopy.errors import CanopyError
from canopy.iot.broker import Broker
from canopy.iot.mqtt import publish_retained
from canopy.iot.rules.telling.hooks import read_hooks
from canopy.iot.rules.telling.outbox import Senders, deliver
from canopy.iot.rules.telling.queries import forget_given_up
from canopy.iot.rules.watching.queries import forget_old
from canopy.iot.rules.watching.watch import Watch
from canopy.iot.store.opening import Readings
from canopy.log import logger
from canopy.mail import MailServer
from canopy.settings import Settings

_TELL_S = 1.0
_JOIN_S = 5.0
_FORGET_EVERY = timedelta(hours=1)
log = logger("iot")


def now_utc() -> datetime:
    """The clock of watching."""
    return datetime.now(UTC)


def senders_of(settings: Settings, broker: Broker | None) -> Senders:
    """By what settings let alarms be told. Raises Refused and BadMapping."""
    mail = None
    if settings.mail_host is not None:
        mail = MailServer(
            settings.mail_host, settings.mail_port, settings.mail_security, settings.mail_from,
            settings.mail_timeout_s, settings.mail_user, settings.mail_password,
        )  # fmt: skip
    root = None if settings.public_url is None else settings.public_url.rstrip("/")
    page = None if root is None else f"{root}/explore/things.html"
    return Senders(
        mail,
        None if broker is None else lambda messages: publish_retained(broker, messages),
        read_hooks(settings.alarm_webhooks),
        settings.catalogue_title,
        page,
    )


@contextmanager
def watching(
    database: Database,
    readings: Readings,
    settings: Settings,
    broker: Broker | None,
    every_s: float,
) -> Iterator[Callable[[], bool]]:
    """Watch and tell in threads meanwhile, and end both; gives whether both still run.

    Raises Refused and BadMapping.
    """
    senders = senders_of(settings, broker)
    watch = Watch(database, readings, now_utc)
    stopping = Event()
    keep = timedelta(days=settings.alarm_keep_days)
    threads = [
        Thread(target=_again, args=(job, wait_s, stopping), name=name, daemon=True)
        for name, job, wait_s in (
            ("watch", _looking(watch, readings, keep), every_s),
            ("tell", lambda: any(deliver(readings, senders, now_utc)), _TELL_S),
        )
    ]
    for each in threads:
        each.start()
    try:
        yield lambda: all(each.is_alive() for each in threads)
    finally:
        stopping.set()
        for each in threads:
            each.join(_JOIN_S)


def _again(job: Callable[[], bool], wait_s: float, stopping: Event) -> None:
    """Do it until stopped; at once again where there is more to do."""
    while not stopping.is_set():
        try:
            if job():
                continue
        except CanopyError as error:
            log.warning("alarms_not_watched", reason=error.detail)
        stopping.wait(wait_s)


def _looking(watch: Watch, readings: Readings, keep: timedelta) -> Callable[[], bool]:
    forgotten_at = now_utc() - _FORGET_EVERY
    told: dict[str, str] = {}

    def look() -> bool:
        nonlocal forgotten_at, told
        done = watch.round()
        if done.problems != told:
            told = dict(done.problems)
            for name, problem in told.items():
                log.warning("rule_not_watched", rule=name, reason=problem)
        if done.changes:
            log.info("alarms_watched", **{k: v for k, v in asdict(done).items() if k != "problems"})
        if now_utc() - forgotten_at >= _FORGET_EVERY:
            forgotten_at = now_utc()
            with readings.writing() as session:
                forget_old(session, forgotten_at - keep)
                forget_given_up(session, forgotten_at - keep)
        return done.is_behind

    return look
