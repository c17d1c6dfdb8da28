"""Adding and revoking gateways: in the catalogue, and in the broker's files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot import passwords
from canopy.iot.gateways import topics
from canopy.iot.things import queries
from canopy.iot.things.tables import Gateway


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """The folder with what the broker reads, and who in it is Canopy itself."""

    folder: Path
    reader: str = "canopy"

    @property
    def passwords(self) -> Path:
        """Users and their hashed passwords."""
        return self.folder / "passwords"

    @property
    def topics(self) -> Path:
        """Who may use which topic."""
        return self.folder / "topics"


def add(
    database: Database,
    files: BrokerFiles,
    name: str,
    author: str,
    now: datetime,
    *,
    description: str = "",
    renew: bool = False,
) -> str:
    """Let a gateway publish below its own name; its new password, which is kept nowhere.

    `renew` gives one that is there another password, or a description. A revoked one may be
    added again. Raises Refused for such a name, and where it is there and not renewed.
    """
    passwords.checked_name(name)
    if name in ("canopy", files.reader):
        raise Refused(f"{name!r} is Canopy's own user at the broker; choose another name.")
    password = passwords.new_password()
    with database.writing() as session:
        _register(session, files, name, author, now, description, renew)
        topics.write(files.topics, _active(session))
        passwords.put(files.passwords, name, password)
    return password


def _register(
    session: Session,
    files: BrokerFiles,
    name: str,
    author: str,
    now: datetime,
    description: str,
    renew: bool,
) -> None:
    found = queries.gateway_named(session, name)
    is_active = found is not None and found.revoked_at is None
    if renew and not is_active:
        raise NotFound(f"There is no gateway {name!r} to renew; leave --renew out to add it.")
    if not renew and (is_active or name in passwords.read(files.passwords)):
        raise Refused(
            f"There is a gateway {name!r} already. Give it another password with --renew: the "
            "present one ends."
            if is_active
            else f"{files.passwords} has a user {name!r} that is no gateway of this catalogue; "
            "choose another name, or remove the line."
        )
    if found is None:
        session.add(Gateway(name=name, description=description, created_by=author, created_at=now))
    else:
        found.revoked_at = None
        found.description = description or found.description
    session.flush()


def revoke(database: Database, files: BrokerFiles, name: str, now: datetime) -> Gateway:
    """Let a gateway publish no more. What it published stays. Raises NotFound and Refused."""
    with database.writing() as session:
        found = queries.gateway_named(session, name)
        if found is None:
            raise NotFound(f"There is no gateway {name!r}; `canopy iot gateway list` has them.")
        if found.revoked_at is None:
            found.revoked_at = now
        session.flush()
        topics.write(files.topics, _active(session))
        passwords.remove(files.passwords, name)
        return found


def _active(session: Session) -> list[str]:
    return [each.name for each in queries.gateways(session) if each.revoked_at is None]
