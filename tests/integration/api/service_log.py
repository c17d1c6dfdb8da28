"""The log of a service under test."""

from __future__ import annotations

import io
import json


class Log:
    """What the services of a test have logged."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self) -> str:
        """The log as it was written."""
        return self.stream.getvalue()

    def lines(self, event: str) -> list[dict[str, object]]:
        """The log's lines about one event."""
        found = [json.loads(line) for line in self.text().splitlines()]
        return [line for line in found if line["event"] == event]
