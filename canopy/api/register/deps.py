"""What routes of the register are given: who may read agreements, and which.

The public reads none, an operator those that bind it: its token speaks for a party
(see `canopy.concessions.register.party_keys`).
Planners see the portfolio, no single agreement. What may not be seen is answered as if there
were none. Every read of an agreement's terms is logged, without its figures.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from canopy.access.rules import Principal, Role
from canopy.api.deps import DatabaseOf, SettingsOf, principal_of
from canopy.api.problems import PreconditionRequired
from canopy.assets.queries import ChangeNote
from canopy.concessions.alerts.alert import LeadTimes
from canopy.concessions.register import writing
from canopy.concessions.register.leads import lead_times
from canopy.concessions.register.party_keys import key_of_token, party_key
from canopy.concessions.register.writing import Held
from canopy.errors import LimitExceeded, NotAllowed, NotFound, StaleVersion
from canopy.log import logger

MAX_BODY_BYTES = 5_000_000


def reader_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may read some agreement. Raises NotAllowed."""
    if principal.role is not Role.operator and not principal.role.reaches(Role.estates):
        raise NotAllowed("Agreements need a token with the role operator, estates or admin.")
    return principal


def keeper_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may read and change the whole register. Raises NotAllowed."""
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("The register needs a token with the role estates or admin.")
    return principal


ReaderOf = Annotated[Principal, Depends(reader_of)]
KeeperOf = Annotated[Principal, Depends(keeper_of)]


def only_party(principal: Principal) -> str | None:
    """The key of the party whose agreements alone a principal sees; None where it sees all."""
    return None if principal.role.reaches(Role.estates) else key_of_token(principal.name)


def seen_agreement(ref: str, database: DatabaseOf, principal: ReaderOf) -> Held:
    """An agreement that the principal may read, and the read on record. Raises NotFound."""
    with database.reading() as session:
        found = writing.find(session, ref)
    party = only_party(principal)
    if party is not None and not binds(found, party):
        raise NotFound(f"There is no agreement {ref} in the register.")
    logger("api").info("agreement_read", ref=ref, by=principal.name, role=str(principal.role))
    return found


SeenAgreement = Annotated[Held, Depends(seen_agreement)]


def binds(found: Held, party: str) -> bool:
    """Whether somebody of a key is a party, other than as the council."""
    return any(
        party_key(each.name) == party and each.role != "council" for each in found.agreement.parties
    )


async def body_of(request: Request) -> bytes:
    """What was sent, up to the limit. Raises LimitExceeded."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise LimitExceeded(
                f"The body is larger than the limit of {MAX_BODY_BYTES:,} bytes.",
                limit_bytes=MAX_BODY_BYTES,
            )
        parts.append(part)
    return b"".join(parts)


BodyOf = Annotated[bytes, Depends(body_of)]


def etag(found: Held) -> str:
    """The ETag of an agreement: its version and the moment it was written."""
    return f'"{found.version}-{found.updated_at:%Y%m%d%H%M%S%f}"'


def begun_from(request: Request, found: Held) -> int:
    """The version that a change begins from, by If-Match.

    Raises PreconditionRequired where none is named, StaleVersion where it is another.
    """
    asked = ", ".join(request.headers.getlist("if-match")).strip()
    if not asked:
        raise PreconditionRequired(
            f"{request.method} needs the header If-Match with the ETag that you read the "
            "agreement with, so that nobody's change is lost."
        )
    tags = {each.strip() for each in asked.split(",", 20)[:20]}
    if "*" not in tags and etag(found) not in tags:
        raise StaleVersion(
            f"{found.agreement.ref} is at version {found.version} now; read it again and repeat "
            "the change.",
            version=found.version,
        )
    return found.version


def note_of(principal: Principal, reason: str) -> ChangeNote:
    """What the revision says of who changed it and why."""
    return ChangeNote(principal.name, reason.strip(), "edit")


def leads_of(settings: SettingsOf) -> LeadTimes:
    """How early alerts are given here."""
    return lead_times(settings)


LeadsOf = Annotated[LeadTimes, Depends(leads_of)]
