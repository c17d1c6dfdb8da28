"""Sends messages through a mail server (SMTP), and says which were not taken.

Sources: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Literal

from pydantic import SecretStr

from canopy.errors import CanopyError, Refused

Security = Literal["none", "starttls", "tls"]
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailNotSent(CanopyError):
    """The mail server could not be reached, or did not take a message: nothing is lost by it."""

    kind, status, title = "mail-not-sent", 503, "The message was not sent"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where messages go, and who sends them.

    Attributes:
        security: "starttls" and "tls" refuse a server whose certificate does not hold.
        timeout_s: of each answer of the server, above 0 [s].
        trusted: certificates to trust instead of the system's, as ssl takes them.

    Raises Refused for a password that would cross the network unencrypted.
    """

    host: str
    port: int
    security: Security
    sender: str
    timeout_s: float
    user: str | None = None
    password: SecretStr | None = None
    trusted: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and self.password is not None and self.host not in _HERE:
            raise Refused(
                f"The password for {self.host} would cross the network unencrypted: set "
                "CANOPY_MAIL_SECURITY to starttls or tls, or leave the password out."
            )


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is told; `html` says the same as `text`."""

    to: str
    subject: str
    text: str
    html: str


def checked_address(address: str) -> str:
    """An address as it may stand in a header. Raises Refused for anything else."""
    name, plain = parseaddr(address)
    local, at, domain = plain.rpartition("@")
    is_whole = not name and plain == address and at and local and "." in domain.strip(".")
    if not is_whole or not address.isprintable() or not address.isascii() or " " in address:
        raise Refused(f"{address[:100]!r} is no address for mail; write it as anna@example.org")
    return address


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A conversation with the server. Raises MailNotSent, naming the server and the way out."""
    context = server.trusted or ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    try:
        if server.security == "tls":
            talk: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=context
            )
        else:
            talk = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        with talk:
            if server.security == "starttls":
                talk.starttls(context=context)
            if server.user is not None and server.password is not None:
                talk.login(server.user, server.password.get_secret_value())
            yield talk
    except smtplib.SMTPAuthenticationError as error:
        raise MailNotSent(
            f"The mail server {where} did not take the user name and password."
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(f"The mail server {where} cannot be used: {_said(error)}.") from error


def send(talk: smtplib.SMTP, server: MailServer, letter: Letter) -> None:
    """Hand a letter over: when this returns, the server has taken it. Raises MailNotSent."""
    try:
        talk.send_message(message_of(server, letter))
    except smtplib.SMTPRecipientsRefused as error:
        code, told = error.recipients[letter.to]
        raise MailNotSent(
            f"The mail server does not take mail to {letter.to}: {code} {_text(told)}"
        ) from error
    except smtplib.SMTPResponseException as error:
        raise MailNotSent(
            f"The mail server did not take the message to {letter.to}: {_said(error)}"
        ) from error


def message_of(server: MailServer, letter: Letter) -> EmailMessage:
    """The message: plain text, and the same as HTML. Raises Refused for a broken address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = server.sender
    message["To"] = checked_address(letter.to)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2].strip(">"))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(told: bytes | str) -> str:
    plain = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
    return " ".join(plain.split())[:300]
