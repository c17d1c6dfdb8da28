"""What goes over the connection to a broker: buffered, and plain messages taken out of it whole.

A client library reads packet by packet, each by several small reads and checks; a queue that is
drained holds thousands of packets of one kind. So PUBLISH packets of QoS 1 without properties are
taken from the buffer here. Everything else, and whatever looks wrong, is left to the library.

Source: OASIS MQTT 5.0, sections 2.1 (fixed header), 3.3 (PUBLISH), 3.4 (PUBACK); 3.1.1 alike, but
for the properties.
"""

from __future__ import annotations

import select
import ssl
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

_READ_BYTES = 65_536
_LAST_WORDS_S = 1.0
"""How long a connection that is closed may take to send what is still to be sent [s]."""
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_PUBLISH_ONCE = 0x32
_KIND_AND_QOS = 0xF6
_PUBACK = struct.Struct("!BBH").pack


class Published(NamedTuple):
    """A PUBLISH packet of QoS 1: its topic in UTF-8, the broker's number, and the payload."""

    topic: bytes
    ticket: int
    body: bytes


class Wire:
    """A connected socket that does not block, as a client library uses one.

    is_five: whether packets have properties.
    """

    def __init__(self, connection: Any, *, is_five: bool) -> None:
        self._connection = connection
        self._is_five = is_five
        self._held = b""
        self._at = 0
        self._left = 0
        """Bytes of the packet that the library has begun to read [B]."""
        self._out = bytearray()
        self._fault: OSError | None = None
        self.is_drained = False
        """Nothing more has come for now."""
        self.is_ended = False
        """The other side has ended the connection."""
        self.fileno, self.setblocking = connection.fileno, connection.setblocking

    def published(self, most: int) -> list[Published]:
        """Up to so many whole packets, until one comes that is the library's to read."""
        if self._left:
            return []
        held, at, end = self._held, self._at, len(self._held)
        found: list[Published] = []
        while len(found) < most and end - at >= 2 and held[at] & _KIND_AND_QOS == _PUBLISH_ONCE:
            head, stop = _extent(held, at)
            if not 0 <= stop <= end or stop - head < 5:
                break
            topic_ends = head + 2 + (held[head] << 8 | held[head + 1])
            body = topic_ends + 2
            if self._is_five:
                if body >= stop or held[body]:
                    break
                body += 1
            ticket = held[topic_ends] << 8 | held[topic_ends + 1] if body <= stop else 0
            if not ticket or topic_ends == head + 2:
                break
            found.append(Published(held[head + 2 : topic_ends], ticket, held[body:stop]))
            at = stop
        self._at = at
        return found

    def needs_more(self) -> bool:
        """Whether there is nothing for the library to read before more comes."""
        if self._left:
            return self._at == len(self._held)
        held, at = self._held, self._at
        stop = _extent(held, at)[1] if len(held) - at >= 2 else 0
        if stop == 0:
            return True
        is_small = 0 < stop - at <= _READ_BYTES
        return held[at] & _KIND_AND_QOS == _PUBLISH_ONCE and is_small and stop > len(held)

    def fill(self) -> bool:
        """Take what has come; whether there was something."""
        try:
            more = self._connection.recv(_READ_BYTES)
        except _NOT_NOW:
            self.is_drained = True
            return False
        except OSError as error:
            self._fault = error
            more = b""
        self.is_drained = False
        self.is_ended = not more
        self._held = self._held[self._at :] + more
        self._at = 0
        return bool(more)

    def recv(self, most: int) -> bytes:
        """Bytes for the library, of one packet at a time.

        Raises BlockingIOError where none have come, and OSError where the connection broke.
        """
        while self._at == len(self._held) or (self._left == 0 and not self._begin()):
            if not self.is_ended and not self.fill() and not self.is_ended:
                raise BlockingIOError
            if self._fault is not None:
                raise self._fault
            if self.is_ended:
                return b""
        part = self._held[self._at : self._at + min(most, self._left)]
        self._at += len(part)
        self._left -= len(part)
        return part

    def _begin(self) -> bool:
        """Find how long the next packet is; False where its header has not come yet.

        Of one with no possible length the library gets what there is, and refuses it.
        """
        if len(self._held) - self._at < 2:
            return False
        stop = _extent(self._held, self._at)[1]
        self._left = stop - self._at if stop > 0 else 5 if stop < 0 else 0
        return self._left > 0

    def send(self, data: bytes) -> int:
        """Take bytes to be sent by `flush`: always all, so that packets never interleave."""
        self._out += data
        return len(data)

    def acknowledge(self, tickets: Iterable[int]) -> None:
        """Take PUBACK packets to be sent by `flush`."""
        self._out += b"".join(_PUBACK(0x40, 2, ticket) for ticket in tickets)

    def has_output(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._out)

    def flush(self) -> None:
        """Send what the connection takes now; what it refuses for good, `recv` tells."""
        try:
            while self._out:
                del self._out[: self._connection.send(bytes(self._out[:_READ_BYTES]))]
        except _NOT_NOW:
            return
        except OSError as error:
            self._fault, self.is_ended = error, True
            self._out.clear()

    def close(self) -> None:
        """Send what is still to be sent, for a second at most, and end the connection."""
        self.flush()
        if self._out:
            select.select([], [self._connection], [], _LAST_WORDS_S)
            self.flush()
        self._connection.close()


def _extent(held: bytes, at: int) -> tuple[int, int]:
    """Where a packet's contents begin and end. The end is 0 where its length has not come as a
    whole, and below 0 where it can be none."""
    length = held[at + 1]
    if length < 128:
        return at + 2, at + 2 + length
    length &= 127
    for place in (2, 3, 4):
        if at + place >= len(held):
            return 0, 0
        digit = held[at + place]
        length |= (digit & 127) << 7 * (place - 1)
        if digit < 128:
            return at + place + 1, at + place + 1 + length
    return 0, -1
