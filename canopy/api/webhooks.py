"""Webhooks of network servers: readings that The Things Stack and ChirpStack send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from canopy.access.tokens import NotAuthenticated
from canopy.api.sensorthings.bodies import received
from canopy.api.sensorthings.posting import receiver_of
from canopy.iot.payloads.lorawan import chirpstack, things_stack
from canopy.iot.payloads.reading import Message, Outcome
from canopy.iot.webhooks import Webhooks, is_genuine

router = APIRouter(tags=["readings"])
_DECODERS: dict[str, Callable[[Message], Outcome]] = {
    "things-stack": things_stack.decode,
    "chirpstack": chirpstack.decode,
}


@router.post("/iot/webhooks/{name}/{sender}")
async def take_webhook(
    request: Request,
    name: str,
    sender: Literal["things-stack", "chirpstack"],
    event: Annotated[str, Query(max_length=40, pattern=r"^[a-z]*$")] = "up",
) -> dict[str, int]:
    """Take what a network server sends; 200 when it is committed.

    The secret is sent as `Authorization: Bearer …`, or `X-Canopy-Signature: sha256=…` is the
    HMAC-SHA256 of the body by it.
    """
    body = await received(request)
    hooks: Webhooks = request.app.state.webhooks
    secret = request.headers.get("authorization", "").removeprefix("Bearer ")
    signature = request.headers.get("x-canopy-signature", "")
    if not is_genuine(hooks.get(name), body, secret, signature):
        raise NotAuthenticated("There is no such webhook, or its secret is another.")
    message = Message(
        body=body, arrived_at=datetime.now(UTC), content_type="application/json",
        topic=_topic(body, event) if sender == "chirpstack" else "",
    )  # fmt: skip
    outcome = _DECODERS[sender](message)
    placed = await run_in_threadpool(receiver_of(request).receive, message, outcome, name)
    stored = sum(each.row is not None for each in placed)
    held = sum(each.is_held for each in placed)
    return {"stored": stored, "held": held, "dead": len(placed) - stored - held}


def _topic(body: bytes, event: str) -> str:
    """The topic that ChirpStack would publish the event on."""
    try:
        device = orjson.loads(body)["deviceInfo"]
        return f"application/{device['applicationId']}/device/{device['devEui']}/event/{event}"
    except (ValueError, KeyError, TypeError):
        return f"application/-/device/-/event/{event}"
