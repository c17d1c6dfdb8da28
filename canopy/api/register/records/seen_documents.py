"""Which documents of an agreement somebody may read.

Estates and admin read all. Everybody reads those that were recorded as public and are not taken
back, of agreements that are published; of any other agreement it is answered as if it were not
there.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.api.deps import principal_of
from canopy.api.register.records.bodies import DocumentOut
from canopy.concessions.exchange.ocds.publishing import PUBLISHED
from canopy.concessions.register import queries
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.tables import AgreementDocument
from canopy.errors import NotFound

AnybodyOf = Annotated[Principal, Depends(principal_of)]


def documents_seen(session: Session, ref: str, principal: Principal) -> list[AgreementDocument]:
    """Documents that a principal may read, as they were added. Raises NotFound."""
    if principal.role.reaches(Role.estates):
        return list(records.documents(session, ref))
    row = queries.stored(session, ref)
    if row is None or row.status not in PUBLISHED:
        raise NotFound(f"There is no agreement {ref} in the register.")
    return [
        each
        for each in records.documents(session, ref)
        if each.sensitivity == "public" and each.withdrawn_at is None
    ]


def document_seen(
    session: Session, ref: str, number: int, principal: Principal
) -> AgreementDocument:
    """One of them. Raises NotFound."""
    for each in documents_seen(session, ref, principal):
        if each.id == number:
            return each
    raise NotFound(f"{ref} has no document {number}.")


def document_of(row: AgreementDocument, principal: Principal) -> DocumentOut:
    """A document as it is told; who recorded it is told to those who keep the register."""
    told = DocumentOut.model_validate(row)
    if principal.role.reaches(Role.estates):
        return told
    return told.model_copy(update={"author": None, "supersedes": None})
