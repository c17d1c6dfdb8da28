"""What a file's local times mean: nothing is taken of them that was not declared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Round = Literal["first", "second"]


class Clock(NamedTuple):
    """What is declared of local times: their zone, and which of two one is that clocks show
    twice."""

    zone: ZoneInfo | None
    repeated_hour: Round | None

    def moment(self, local: datetime) -> datetime:
        """A local time in its zone. Raises ValueError where it may mean none, or two."""
        if self.zone is None:
            raise ValueError(
                f"{local} has no offset from UTC; write one, or declare `time_zone` in the mapping"
            )
        early = local.replace(tzinfo=self.zone)
        late = early.replace(fold=1)
        if early.utcoffset() == late.utcoffset():
            return early
        if early.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != local:
            raise ValueError(f"{local} is a local time that the clocks left out")
        if self.repeated_hour is None:
            raise ValueError(
                f"{local} is a time that clocks show twice; write its offset, or declare "
                '`repeated_hour` as "first" or "second" in the mapping'
            )
        return early if self.repeated_hour == "first" else late
