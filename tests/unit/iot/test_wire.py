"""The connection to a broker: plain messages are taken out whole, the rest is the library's."""

from __future__ import annotations

import socket
import ssl
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.wire import Published, Wire


class Line:
    """A socket that gives what it is told to, part by part, and takes so many bytes at once."""

    def __init__(self, parts: list[bytes | OSError], most: int = 1_000_000) -> None:
        self.parts, self.most = deque(parts), most
        self.sent = b""
        self.faults: deque[OSError] = deque()
        self.is_closed = False

    def recv(self, most: int) -> bytes:
        if not self.parts:
            raise BlockingIOError
        part = self.parts.popleft()
        if isinstance(part, OSError):
            raise part
        return part

    def send(self, data: bytes) -> int:
        if self.faults:
            raise self.faults.popleft()
        self.sent += data[: self.most]
        return min(len(data), self.most)

    def fileno(self) -> int:
        return 0

    def setblocking(self, _: bool) -> None:
        """As sockets have it."""

    def close(self) -> None:
        self.is_closed = True


def framed(first: int, rest: bytes) -> bytes:
    """A packet: its length in groups of seven bits."""
    length, digits = len(rest), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | 128 if length else digit])
        if not length:
            return bytes([first]) + digits + rest


def publish(topic: bytes, ticket: int, body: bytes, properties: bytes | None = b"") -> bytes:
    """A PUBLISH of QoS 1; `properties` is None for MQTT 3.1.1."""
    named = len(topic).to_bytes(2, "big") + topic + ticket.to_bytes(2, "big")
    told = b"" if properties is None else bytes([len(properties)]) + properties
    return framed(0x32, named + told + body)


def read_all(wire: Wire) -> tuple[list[Published], list[bytes]]:
    """What a reader gets until nothing more comes: messages, and packets left to the library."""
    messages: list[Published] = []
    others: list[bytes] = []
    begun = b""
    while True:
        if found := wire.published(3):
            assert not begun
            messages += found
            continue
        if wire.needs_more() and not wire.is_ended:
            if not wire.fill() and not wire.is_ended:
                return messages, others
            continue
        while True:  # as paho reads: byte by byte up to the length, then the rest
            try:
                part = wire.recv(1 if len(begun) < 2 or not is_sized(begun) else left(begun))
            except BlockingIOError:
                break
            if not part:
                return messages, others
            begun += part
            if is_sized(begun) and left(begun) == 0:
                others.append(begun)
                begun = b""
                break


def is_sized(begun: bytes) -> bool:
    return any(digit < 128 for digit in begun[1:5])


def left(begun: bytes) -> int:
    length, shift = 0, 0
    for at, digit in enumerate(begun[1:], 2):
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return at + length - len(begun)
    raise AssertionError


PLAIN = st.builds(
    lambda topic, ticket, body: (Published(topic, ticket, body), None),
    st.binary(min_size=1, max_size=40), st.integers(1, 65_535), st.binary(max_size=300),
)  # fmt: skip
OTHER = st.builds(
    lambda first, rest: (None, framed(first, rest)),
    st.sampled_from([0x30, 0x34, 0x40, 0x90, 0xD0, 0x20]), st.binary(max_size=300),
)  # fmt: skip
PROPERTIED = st.builds(
    lambda ticket, body: (None, publish(b"t", ticket, body, b"\x01\x01")),
    st.integers(1, 65_535), st.binary(max_size=200),
)  # fmt: skip


@given(st.lists(st.one_of(PLAIN, OTHER, PROPERTIED), max_size=12), st.data())
def test_every_packet_is_read_once_however_the_bytes_come(
    packets: list[tuple[Published | None, bytes | None]], data: st.DataObject
) -> None:
    """Plain messages whole and in order; all others by the library, byte for byte."""
    stream = b"".join(other or publish(*plain) for plain, other in packets if plain or other)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=12)))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    wire = Wire(Line([part for part in parts if part]), is_five=True)
    messages, others = read_all(wire)
    assert messages == [plain for plain, _ in packets if plain]
    assert others == [other for _, other in packets if other]


def test_messages_of_3_1_1_have_no_properties() -> None:
    """The first byte after the number is of the payload."""
    wire = Wire(Line([publish(b"a/b", 7, b"\x05body", None)]), is_five=False)
    assert read_all(wire) == ([Published(b"a/b", 7, b"\x05body")], [])


@pytest.mark.parametrize(
    "packet",
    [
        framed(0x32, b"\x00\x00\x00\x01\x00body"),  # no topic, and no property that stands for it
        framed(0x32, b"\x00\x01t\x00\x00\x00body"),  # the number 0
        framed(0x32, b"\x00\x63t\x00\x01\x00"),  # a topic beyond the packet
        framed(0x32, b"\x00"),
        framed(0x32, b"\x00\x01t\x00\x01"),  # no properties in MQTT 5
    ],
)
def test_what_is_no_proper_message_is_left_to_the_library(packet: bytes) -> None:
    good = publish(b"t", 1, b"1")
    assert read_all(Wire(Line([good + packet + good]), is_five=True)) == (
        [Published(b"t", 1, b"1")] * 2, [packet],
    )  # fmt: skip


def test_a_length_that_cannot_be_is_given_to_the_library_to_refuse() -> None:
    wire = Wire(Line([b"\x32\xff\xff\xff\xff\xff\xff"]), is_five=True)
    assert wire.fill()
    assert (wire.published(9), wire.needs_more()) == ([], False)
    assert wire.recv(1) + wire.recv(9) == b"\x32\xff\xff\xff\xff"


def test_a_large_message_is_not_gathered_here() -> None:
    """Beyond 64 KiB the library takes it as it comes: a buffer would be copied again and again."""
    packet = publish(b"t", 1, b"x" * 200_000)
    wire = Wire(Line([packet[:50_000], packet[50_000:]]), is_five=True)
    assert read_all(wire) == ([], [packet])


def test_the_end_of_a_connection_and_its_fault_are_told_after_what_came() -> None:
    wire = Wire(Line([publish(b"t", 1, b"1"), b""]), is_five=True)
    assert read_all(wire) == ([Published(b"t", 1, b"1")], [])
    assert (wire.is_ended, wire.recv(1)) == (True, b"")
    wire = Wire(Line([ConnectionResetError("gone")]), is_five=True)
    with pytest.raises(ConnectionResetError, match="gone"):
        wire.recv(1)


@pytest.mark.parametrize("fault", [ssl.SSLWantReadError(), ssl.SSLWantWriteError()])
def test_tls_that_must_wait_is_no_fault(fault: OSError) -> None:
    line = Line([fault, publish(b"t", 1, b"1")])
    line.faults.append(fault)
    wire = Wire(line, is_five=True)
    assert not wire.fill()
    assert wire.is_drained
    wire.send(b"abc")
    wire.flush()
    assert (wire.has_output(), wire.is_ended) == (True, False)
    wire.flush()
    assert (wire.has_output(), line.sent) == (False, b"abc")


def test_packets_go_out_whole_and_in_order_however_little_is_taken() -> None:
    """Two acknowledgements between two packets of the library."""
    line = Line([], most=3)
    wire = Wire(line, is_five=True)
    assert wire.send(b"first") == 5
    wire.acknowledge([1, 513])
    assert wire.send(b"last") == 4
    wire.flush()
    assert line.sent == b"first" + b"\x40\x02\x00\x01" + b"\x40\x02\x02\x01" + b"last"


def test_a_connection_that_broke_while_sending_is_told_when_it_is_read() -> None:
    line = Line([])
    line.faults.append(BrokenPipeError("gone"))
    wire = Wire(line, is_five=True)
    wire.send(b"abc")
    wire.flush()
    assert (wire.has_output(), wire.is_ended) == (False, True)
    with pytest.raises(BrokenPipeError):
        wire.recv(1)


def test_closing_sends_what_is_left_first() -> None:
    """Over a real socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    wire = Wire(ours, is_five=True)
    wire.send(b"last words")
    wire.close()
    with theirs:
        assert theirs.recv(100) == b"last words"
        assert theirs.recv(100) == b""
