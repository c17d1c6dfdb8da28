"""Observations sent over HTTP: answered when they are committed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from fastapi import Request, Response

from canopy.access.rules import Principal, Role
from canopy.api.sensorthings.service import address_of
from canopy.db.types import EPOCH
from canopy.errors import CanopyError, NotAllowed, NotFound
from canopy.iot.ingest.receiving import Placed, Receiver
from canopy.iot.payloads import sensorthings
from canopy.iot.payloads.reading import Decoded, Message
from canopy.iot.sensorthings.ids import ObservationId
from canopy.iot.sensorthings.model import SETS
from canopy.iot.sensorthings.path import steps_of
from canopy.iot.sensorthings.shaping import written_id

_WRITERS = (Role.gateway, Role.estates, Role.admin)


class UnreadableReading(CanopyError):
    """A reading that was sent cannot be one; it is kept as a dead letter."""

    kind, status, title = "unreadable-reading", 422, "The reading cannot be stored"


def receiver_of(request: Request) -> Receiver:
    """What stores readings."""
    receiver: Receiver = request.app.state.receiver
    return receiver


def sender_of(principal: Principal) -> str | None:
    """As which gateway a principal sends; None as any. Raises NotAllowed."""
    if principal.role not in _WRITERS:
        raise NotAllowed("Sending readings needs a token with the role gateway, estates or admin.")
    return principal.name if principal.role is Role.gateway else None


def takes_observations(path: str) -> bool:
    """Whether a path takes readings."""
    steps = steps_of(path)
    return bool(steps) and steps[-1].name in ("Observations", "CreateObservations")


def post_observations(request: Request, path: str, body: bytes, gateway: str | None) -> Response:
    """One Observation, or several as `CreateObservations` has them (18-088, section 12.3)."""
    message = Message(
        body=body, arrived_at=datetime.now(UTC), topic=f"v1.1/{path.strip('/')}",
        content_type=request.headers.get("content-type", ""),
    )  # fmt: skip
    outcome = sensorthings.decode(message)
    placed = receiver_of(request).receive(message, outcome, gateway, by_number=True)
    base = address_of(request)
    if path.strip("/") == "CreateObservations":
        refused = {each.part for each in outcome.refused} if isinstance(outcome, Decoded) else set()
        if not isinstance(outcome, Decoded):
            raise UnreadableReading(f"{outcome.kind}: {outcome.reason}.")
        content = _in_order(body, refused, placed, base)
        return Response(orjson.dumps(content), 201, media_type="application/json")
    return _single(placed, base)


def _single(placed: list[Placed], base: str) -> Response:
    if len(placed) != 1:
        raise UnreadableReading("Send several Observations to /CreateObservations.")
    (one,) = placed
    if one.row is not None:
        link = _link(one, base)
        content = {"@iot.id": _id(one), "@iot.selfLink": link}
        return Response(
            orjson.dumps(content), 201, {"Location": link}, media_type="application/json"
        )
    if one.is_held:
        is_other = one.kind == "other-gateway"
        why = "it belongs to another gateway" if is_other else "there is none of that id"
        raise NotFound(f"No Datastream takes it: {why}. It waits in quarantine.")
    raise UnreadableReading(f"{one.kind}: {one.reason}. It is kept as a dead letter.")


def _in_order(body: bytes, refused: set[str], placed: list[Placed], base: str) -> list[str]:
    """For each row that was sent a link or ``error``, in the order in which they were sent."""
    document: Any = orjson.loads(body)
    groups = document["value"] if isinstance(document, dict) and "value" in document else document
    links = iter(placed)
    answers = []
    for at, group in enumerate(groups if isinstance(groups, list) else [groups]):
        rows = group.get("dataArray", [None]) if isinstance(group, dict) else [None]
        prefix = f"[{at}]" if isinstance(groups, list) else ""
        for number in range(len(rows) if isinstance(rows, list) else 1):
            parts = {prefix, f"{prefix}.dataArray[{number}]"}
            answers.append("error" if parts & refused else _link(next(links), base))
    return answers


def _id(placed: Placed) -> str:
    assert placed.row is not None
    at = EPOCH + timedelta(microseconds=placed.row.phenomenon_us)
    return ObservationId(placed.row.datastream_id, at, placed.row.source_key).written()


def _link(placed: Placed, base: str) -> str:
    if placed.row is None:
        return "error"
    return f"{base}/{SETS['Observations'].name}({written_id(_id(placed))})"
