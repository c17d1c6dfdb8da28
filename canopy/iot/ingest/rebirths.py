"""Asking Sparkplug B's edge nodes for their births, not more often than they can bear."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from canopy.iot.payloads.reading import Outcome
from canopy.iot.payloads.sparkplug.rebirth import command, needed

EVERY_S = 60.0
"""A node is asked once in that time [s]: its birth holds all its metrics."""
AT_ONCE = 10
"""Nodes that are asked within a second: after a restart none is known."""
_MOST_NODES = 10_000


class Rebirths:
    """For one thread. `publish` takes a topic below the gateway's own, the gateway and a body."""

    def __init__(
        self,
        publish: Callable[[str, str, bytes], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publish, self._clock_s = publish, clock_s
        self._asked_s: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._second, self._in_second = 0, 0

    def look(self, topic: str, gateway: str, outcome: Outcome) -> bool:
        """Ask for a birth where a message shows that one was missed; whether it was asked for.

        What is not asked for now, because it was lately or many others were, is at the node's
        next message.
        """
        asking = needed(topic, outcome)
        if asking is None:
            return False
        now_s = self._clock_s()
        asked_s = self._asked_s.get((gateway, asking))
        if (asked_s is not None and now_s - asked_s < EVERY_S) or not self._has_room(now_s):
            return False
        self._asked_s[gateway, asking] = now_s
        self._asked_s.move_to_end((gateway, asking))
        if len(self._asked_s) > _MOST_NODES:
            self._asked_s.popitem(last=False)
        self._publish(asking, gateway, command(datetime.now(UTC)))
        return True

    def _has_room(self, now_s: float) -> bool:
        if int(now_s) != self._second:
            self._second, self._in_second = int(now_s), 0
        self._in_second += 1
        return self._in_second <= AT_ONCE
