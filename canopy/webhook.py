"""Posts messages to other people's addresses, signed, and never into the council's own network.

Source: Standard Webhooks 1.0.0 (headers, signed content, secrets, answers that are tried again).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from canopy.addresses import Network, checked_address_of
from canopy.errors import CanopyError, LimitExceeded, Refused

MAX_BODY_BYTES = 256 * 1024
MAX_URL_CHARACTERS = 2_000
MAX_WAIT_S = 60.0
_SECRET_PREFIX = "whsec_"
_SECRET_BYTES = range(24, 65)
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)})
_TAKEN = range(200, 300)


class WebhookNotSent(CanopyError):
    """The other side could not be reached, or did not take the message."""

    kind, status, title = "webhook-not-sent", 503, "The message was not taken"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where messages are posted, and how long it is tried.

    Attributes:
        url: https://…; http://… to `allowed` networks alone.
        secret: as `new_secret` makes it; both sides have it.
        timeout_s: of one attempt as a whole, once the name is resolved, above 0 [s].
        attempts: 1 or more.
        allowed: networks that are not public and may be posted to all the same.
        trusted: certificates to trust instead of the system's, as ssl takes them.
    """

    url: str
    secret: SecretStr
    timeout_s: float = 10.0
    attempts: int = 4
    allowed: tuple[Network, ...] = ()
    trusted: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    retry_after_s: float


def new_secret() -> SecretStr:
    """A secret to sign with, 32 random bytes."""
    return SecretStr(_SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())


def signature(secret: SecretStr, message_id: str, at_s: int, body: bytes) -> str:
    """What ``webhook-signature`` says: version 1, of the id, the time and the body.

    at_s: whole seconds since 1970. Raises Refused for a secret that `new_secret` would not make.
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    made = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def post(
    hook: Webhook,
    message_id: str,
    body: bytes,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> int:
    """Post JSON until it is taken; the number of attempts that it took.

    message_id: the same in every attempt, so that the other side knows what it has already.
    It waits up to 1, 2, 4, … 60 s between attempts, or as long as the other side asks for, 60 s
    at most. Redirections are not followed. Raises Refused for an address that may not be posted
    to, LimitExceeded for a body above 256 KiB, and WebhookNotSent when it is not taken.
    """
    address = _checked_url(hook.url)
    if len(body) > MAX_BODY_BYTES:
        raise LimitExceeded(f"A message has at most {MAX_BODY_BYTES:,} bytes, not {len(body):,}.")
    if not (message_id.isascii() and message_id.isprintable() and 0 < len(message_id) <= 100):
        raise Refused("The id of a message is 1 to 100 printable ASCII characters.")
    problem = ""
    for attempt in range(1, hook.attempts + 1):
        wait_s = 0.0
        try:
            answer = _attempt(hook, address, message_id, int(clock()), body)
        except (OSError, http.client.HTTPException) as error:
            problem = str(error) or type(error).__name__
        else:
            if answer.status in _TAKEN:
                return attempt
            problem, wait_s = f"it answered {answer.status}", answer.retry_after_s
            if answer.status not in _TRY_AGAIN:
                break
        if attempt < hook.attempts:
            sleep(min(MAX_WAIT_S, max(wait_s, jitter() * 2 ** (attempt - 1))))
    raise WebhookNotSent(
        f"{address.hostname} did not take the message after {attempt} of {hook.attempts} "
        f"attempts: {problem}."
    )


def _key(secret: SecretStr) -> bytes:
    plain = secret.get_secret_value()
    try:
        key = base64.b64decode(plain.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not plain.startswith(_SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        raise Refused("The secret of a webhook is whsec_ and 24 to 64 bytes as base64.")
    return key


def _checked_url(url: str) -> SplitResult:
    """The parts of an address that can be posted to. Never says the address: it may hold a key."""
    wrong = Refused("Write the address of a webhook as https://host/path, without a user name.")
    if len(url) > MAX_URL_CHARACTERS or not (url.isascii() and url.isprintable()) or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        is_whole = parts.port != 0 and parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        raise wrong from None
    if not is_whole or "@" in parts.netloc or parts.fragment:
        raise wrong
    return parts


def _attempt(
    hook: Webhook, address: SplitResult, message_id: str, at_s: int, body: bytes
) -> _Answer:
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Canopy",
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature(hook.secret, message_id, at_s, body),
    }
    with _connected(hook, address) as connection:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()  # what else it says is not read
        return _Answer(response.status, _seconds(response.getheader("Retry-After")))


def _seconds(said: str | None) -> float:
    short = said is not None and said.isascii() and said.isdigit() and len(said) <= 6
    return float(said) if short and said is not None else 0.0


@contextmanager
def _connected(hook: Webhook, address: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A connection to an address that was looked at: the name is not resolved again."""
    host, is_tls = str(address.hostname), address.scheme == "https"
    port = address.port or (443 if is_tls else 80)
    ends_s = time.monotonic() + hook.timeout_s
    found = checked_address_of(host, port, hook.allowed, public=is_tls)
    plain = socket.create_connection((found, port), timeout=hook.timeout_s)
    line = plain.dup()  # stays open under TLS, which takes the other
    watch = Timer(max(0.0, ends_s - time.monotonic()), _hang_up, (line,))
    watch.daemon = True
    watch.start()
    try:
        if is_tls:
            context = hook.trusted or ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=hook.timeout_s, context=context
            )
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=hook.timeout_s)
            connection.sock = plain
        try:
            yield connection
        finally:
            connection.close()
    finally:
        watch.cancel()
        watch.join()
        line.close()
        plain.close()


def _hang_up(line: socket.socket) -> None:
    """End a conversation in which the other side takes too long, byte by byte."""
    with suppress(OSError):  # it has ended by itself
        line.shutdown(socket.SHUT_RDWR)
