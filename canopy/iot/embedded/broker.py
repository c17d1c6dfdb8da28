"""Running the embedded broker until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canopy.errors import Refused

PASSWORDS = "passwords"
_RULES = "canopy.iot.embedded.rules"
_SESSION_KEPT_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the broker listens, and what it knows of.

    folder: holds ``passwords``. certificate_file and key_file: for TLS, both or neither; ca_file:
    of clients' certificates.
    """

    host: str
    port: int
    folder: Path
    certificate_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None


def run(listening: Listening) -> None:
    """Serve until SIGTERM or Ctrl+C. Raises Refused where the port is taken."""
    asyncio.run(_serve(listening))


async def _serve(listening: Listening) -> None:
    from amqtt.broker import Broker  # loads its own libraries; nothing else needs them
    from amqtt.errors import BrokerError

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(each, stopping.set)
        except NotImplementedError:  # Windows has no such handlers
            signal.signal(each, lambda *_: loop.call_soon_threadsafe(stopping.set))
    broker = Broker(_configuration(listening))
    try:
        await broker.start()
    except BrokerError as error:
        raise Refused(
            f"The broker cannot listen on {listening.host} port {listening.port}: "
            f"{error.__cause__ or error}. Choose another port with --port."
        ) from error
    await stopping.wait()
    await broker.shutdown()


def _configuration(listening: Listening) -> dict[str, Any]:
    listener: dict[str, Any] = {
        "type": "tcp",
        "bind": f"{listening.host}:{listening.port}",
        "max_connections": 1_000,
    }
    if listening.certificate_file is not None:
        listener |= {
            "ssl": True,
            "certfile": str(listening.certificate_file),
            "keyfile": str(listening.key_file),
        }
        if listening.ca_file is not None:
            listener["cafile"] = str(listening.ca_file)
    return {
        "listeners": {"default": listener},
        "session_expiry_interval": _SESSION_KEPT_S,
        "plugins": {
            f"{_RULES}.PasswordFile": {"path": str(listening.folder / PASSWORDS)},
            f"{_RULES}.OwnTopics": {},
        },
    }
