"""The meter: what each key was sent. Written before it is sent, so that a break loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from canopy.db.engine import Database
from canopy.iot.products import queries


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts for one key; for none, nothing. A part that cannot be counted is not sent."""

    database: Database
    key_id: int | None
    now: Callable[[], datetime]

    def request(self) -> None:
        """One request came. Raises StorageUnavailable."""
        self._add(1, 0, 0)

    def about_to_send(self, rows: int, sent_bytes: int) -> None:
        """A part leaves next: its rows and bytes. Raises StorageUnavailable."""
        self._add(0, rows, sent_bytes)

    def _add(self, requests: int, rows: int, sent_bytes: int) -> None:
        if self.key_id is None:
            return
        with self.database.writing() as session:
            queries.count_up(session, self.key_id, month_of(self.now()), requests, rows, sent_bytes)


def month_of(at: datetime) -> str:
    """The month in UTC, as ``2026-11``."""
    return f"{at.astimezone(UTC):%Y-%m}"
