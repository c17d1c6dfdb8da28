"""A real mail server of the test's own."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

PASSWORD = "correct horse"


@dataclass
class Box:
    """What arrived, and whom the server does not know."""

    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    broken: bool = False
    takes: int | None = None
    """Letters until the line goes dead; None for never."""

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.broken:
            return "451 try again later"
        if self.takes is not None and len(self.letters) >= self.takes:
            server.transport.abort()
            return ""
        message = BytesParser(policy=default).parsebytes(bytes(envelope.content or b""))
        self.letters += [(to, message) for to in envelope.rcpt_tos]
        return "250 taken"


def signed_in(server: Server, session: Session, envelope: Envelope, kind: str, data: Any) -> Any:
    """One user there is."""
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=right or None)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for 127.0.0.1, signed by nobody else."""
    key, signed = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(signed)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return key, signed


@contextmanager
def mail_server(
    tls: tuple[Path, Path] | None = None, login: bool = False
) -> Iterator[tuple[Box, int]]:
    """A server on a free port: its box and its port. With `tls` it speaks STARTTLS."""
    box = Box()
    more: dict[str, Any] = {}
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls[1], tls[0])
        more |= {"tls_context": context, "require_starttls": True}
    if login:
        more |= {
            "authenticator": signed_in, "auth_required": True,
            "auth_require_tls": tls is not None,
        }  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()
