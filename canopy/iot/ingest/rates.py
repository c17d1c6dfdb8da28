"""Too many messages that cannot be read, over all topics: what no run on one topic shows.

After a change of firmware a hundred devices may each send one message that cannot be read, and
each topic has but one.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

from canopy.iot.store.rows import DeadRow, HappeningRow

SUBJECT = "all topics"


class DeadRate:
    """Tells when so many messages left dead letters within a span. Not for two threads.

    most: so many raise an alarm, 0 for never. within_s: in which span [s]; after an alarm the next
    comes after such a span at the earliest.
    """

    def __init__(
        self, most: int, within_s: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._within_s, self._clock_s = most, within_s, clock_s
        self._lately: deque[tuple[float, str, str]] = deque(maxlen=max(1, most))
        self._quiet_until_s = float("-inf")

    def count(self, topic: str, rows: Sequence[DeadRow]) -> HappeningRow | None:
        """Count a message of a topic, by the first of the dead letters that it left; what is to be
        told of all, if anything."""
        if self._most == 0 or not rows:
            return None
        now_s = self._clock_s()
        self._lately.append((now_s, topic, rows[0].kind))
        is_full = len(self._lately) == self._most
        if (
            not is_full
            or now_s - self._lately[0][0] > self._within_s
            or now_s < self._quiet_until_s
        ):
            return None
        told = self._told()
        self._lately.clear()
        self._quiet_until_s = now_s + self._within_s
        return told

    def _told(self) -> HappeningRow:
        topics = len({topic for _, topic, _ in self._lately})
        kinds = Counter(kind for _, _, kind in self._lately).most_common()
        listed = ", ".join(f"{kind} {times:,}" for kind, times in kinds)
        return HappeningRow(
            "dead-letters", SUBJECT,
            f"{self._most:,} messages of {topics:,} topics could not be taken within "
            f"{self._within_s / 60:,.0f} minutes: {listed}", self._most,
        )  # fmt: skip
