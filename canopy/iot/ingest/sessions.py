"""Whether the broker kept what came while nobody read, and telling people where it did not.

A broker keeps what is published for a session that has subscribed before. Where it has forgotten
the session (it was ended without its file, or the session expired), what came meanwhile is gone,
and the gateways were told that it arrived. Source: OASIS MQTT 5.0, section 3.2.2.1.1.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from canopy.errors import StorageUnavailable
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow
from canopy.iot.tending import queries
from canopy.log import logger

KIND = "session-lost"
_AGAIN_S = 5.0
"""How long after the database could not be reached it is tried again [s]."""

log = logger("iot")


class Sessions:
    """What one client knows of its session. `connected` is for the broker's thread, the rest for
    one other."""

    def __init__(
        self, readings: Readings, client_id: str, note: Callable[[HappeningRow], None]
    ) -> None:
        """note: tells people of something."""
        self._readings, self._client_id, self._note = readings, client_id, note
        self._connected: deque[tuple[bool, datetime]] = deque()
        self._not_before_s = float("-inf")

    def connected(self, is_resumed: bool) -> None:
        """The broker let the client in; whether it still had its session."""
        self._connected.append((is_resumed, datetime.now(UTC)))

    def settle(self) -> None:
        """Remember what was connected, and tell of a session that was not kept."""
        while self._connected and time.monotonic() >= self._not_before_s:
            is_resumed, at = self._connected[0]
            try:
                with self._readings.writing() as session:
                    seen_at = queries.session_seen_at(session, self._client_id)
                    stored_at = queries.last_stored_at(session)
                    queries.see_session(session, self._client_id, at)
            except StorageUnavailable as error:
                log.warning("session_not_noted", reason=error.detail)
                self._not_before_s = time.monotonic() + _AGAIN_S
                return
            self._connected.popleft()
            if not is_resumed:
                self._tell(seen_at, stored_at, at)

    def _tell(self, seen_at: datetime | None, stored_at: datetime | None, at: datetime) -> None:
        if seen_at is None:
            log.warning("session_begun", client=self._client_id, reason=_FIRST)
            return
        detail = (
            f"the broker had no session of {self._client_id} any more, which it let in last on "
            f"{_moment(seen_at)}: what was published while nobody read is lost, unless gateways "
            f"send it again. {_since(stored_at, at)}"
        )
        log.error("session_lost", client=self._client_id, reason=detail)
        self._note(HappeningRow(KIND, self._client_id, detail))


_FIRST = "it is new: what was published before it subscribed was kept for nobody"


def _since(stored_at: datetime | None, at: datetime) -> str:
    if stored_at is None:
        return "No reading was stored before."
    hours = (at - stored_at).total_seconds() / 3_600
    return f"A reading was stored last on {_moment(stored_at)}, {max(0.0, hours):,.1f} hours ago."


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
