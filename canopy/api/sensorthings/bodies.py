"""Bodies of what is sent, no longer than a message may be."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from canopy.errors import LimitExceeded, Refused
from canopy.iot.payloads.limits import LIMITS


async def received(request: Request) -> bytes:
    """The bytes of a body. Raises LimitExceeded, and Refused for one that broke off."""
    most = LIMITS.body_bytes
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise LimitExceeded(
                    f"The body is larger than the limit of {most:,} bytes; send it in parts.",
                    limit_bytes=most,
                )
            parts.append(part)
    except ClientDisconnect as error:
        raise Refused("The body was cut off on its way; send it again.") from error
    return b"".join(parts)
