"""What is wrong with a request of SensorThings, and where."""

from __future__ import annotations

from canopy.errors import Refused


class BadQuery(Refused):
    """A path or an option that cannot be read, or names what is not there.

    `parameter` is the option, `position` counts characters of its value from 0.
    """

    kind, status, title = "bad-query", 400, "The query cannot be answered"
