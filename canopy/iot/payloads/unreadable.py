"""How decoders give up: one exception inside, an `Undecodable` outside."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded, Message, Outcome, Reason, Undecodable

P = ParamSpec("P")
SHOWN_CHARS = 60


class Unreadable(Exception):
    """A payload, or a part of one, that cannot be read. Never leaves this package."""

    def __init__(self, kind: Reason, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    def of(self, part: str = "") -> Undecodable:
        """As an answer."""
        return Undecodable(
            kind=self.kind, reason=_storable(self.reason), part=_storable(part[:SHOWN_CHARS])
        )


def answering(decode: Callable[P, Decoded]) -> Callable[P, Outcome]:
    """A decoder that answers with the reason where it would give up."""

    @wraps(decode)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Outcome:
        try:
            return decode(*args, **kwargs)
        except Unreadable as error:
            return error.of()

    return answer


def bounded(message: Message, limits: Limits) -> bytes:
    """The body of a message that is not too large."""
    if len(message.body) > limits.body_bytes:
        raise Unreadable(
            "too-large", f"{len(message.body):,} bytes, of {limits.body_bytes:,} allowed"
        )
    return message.body


def _storable(written: str) -> str:
    """Names out of payloads may hold what no database takes: it is written out."""
    return written.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def shown(value: object) -> str:
    """A value in a sentence, cut short. Large containers are named, not printed."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a huge number"
    if isinstance(value, str | bytes):
        value = value[:SHOWN_CHARS]
    return repr(value)[:SHOWN_CHARS]
