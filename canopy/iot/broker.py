"""How to reach a broker: what settings say of it, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from canopy.errors import Refused

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and how a client presents itself there.

    Attributes:
        host: name or address.
        port: 1 to 65535.
        is_tls: whether the connection is encrypted; a certificate is always checked then.
        username: as the broker knows it; empty for none.
        password: of that user.
        ca_file: certificates to trust instead of the system's.
        certificate_file: the client's own, for mutual TLS; with `key_file`.
        key_file: the client's private key.
        protocol: ``5``, ``3.1.1``, or ``auto``: 5, and 3.1.1 where the broker cannot.
        keepalive_s: the longest silence before the broker is asked whether it is there [s].
        session_expiry_s: how long the broker keeps what comes while nobody reads [s].
        receive_maximum: messages that may be under way without acknowledgement, 1 to 65535.
    """

    host: str
    port: int
    is_tls: bool = False
    username: str = ""
    password: SecretStr | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    protocol: str = "auto"
    keepalive_s: int = 30
    session_expiry_s: int = 7 * 86_400
    receive_maximum: int = 4_000

    @property
    def address(self) -> str:
        """Where it is, without secrets."""
        return f"{'mqtts' if self.is_tls else 'mqtt'}://{self.host}:{self.port}"


def broker_place(url: str) -> tuple[str, int, bool]:
    """(host, port, whether TLS) of ``mqtt://host:1883`` or ``mqtts://host``. Raises Refused."""
    wrong = Refused("Write the broker's address as mqtt://host:1883 or mqtts://host:8883.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    named = parts.scheme in _PORTS and parts.hostname and "@" not in parts.netloc
    if not named or parts.path not in ("", "/") or parts.query or port == 0:
        raise wrong
    return str(parts.hostname), port or _PORTS[parts.scheme], parts.scheme == "mqtts"
