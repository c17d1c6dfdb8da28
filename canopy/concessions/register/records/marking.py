"""Whether a document is for everybody, changed later: recorded anew, since none is edited."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from canopy.concessions.register.records.files import Stored
from canopy.concessions.register.records.tables import AgreementDocument
from canopy.concessions.register.records.writing import (
    Sensitivity,
    add_document,
    document,
    withdraw_document,
)
from canopy.errors import Refused


def mark_document(
    session: Session,
    ref: str,
    number: int,
    sensitivity: Sensitivity,
    reason: str,
    author: str,
    at: datetime,
) -> AgreementDocument:
    """The same file recorded anew as `sensitivity`; the old record is withdrawn, for the reason.

    Raises NotFound, and Refused for one that is marked so already, was withdrawn, or without a
    reason.
    """
    before = document(session, ref, number)
    if before.sensitivity == sensitivity:
        raise Refused(f"document {number} is {sensitivity} already")
    withdraw_document(session, ref, number, reason, author, at)
    stored = Stored(before.sha256, before.size_bytes, before.suffix)
    return add_document(
        session, ref, stored, before.title, before.kind, sensitivity, author, at, number
    )
