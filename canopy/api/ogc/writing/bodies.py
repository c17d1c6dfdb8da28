"""The body of a write: its type, its size, its JSON."""

from __future__ import annotations

import orjson
from starlette.requests import ClientDisconnect, Request

from canopy.api.ogc.limits import MAX_BODY_BYTES, MAX_JSON_DEPTH
from canopy.api.ogc.negotiation import GEOJSON, JSON
from canopy.api.problems import BadRequest, UnsupportedMediaType
from canopy.errors import LimitExceeded, Refused

MERGE_PATCH = "application/merge-patch+json"
FEATURE_TYPES = (GEOJSON, JSON)
PATCH_TYPES = (MERGE_PATCH,)


async def read_object(request: Request, types: tuple[str, ...]) -> dict[str, object]:
    """The JSON object that was sent.

    Raises UnsupportedMediaType, LimitExceeded naming the limit, BadRequest with the line
    and column of what is no JSON, Refused for a body that broke off.
    """
    _require_type(request, types)
    return parse(await _received(request))


def parse(body: bytes) -> dict[str, object]:
    """A JSON object. NaN and Infinity are no JSON; a number may not be larger than a float."""
    if not body.strip():
        raise BadRequest("The request has no body; send a JSON object.")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            f"The body is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            line=error.lineno,
            column=error.colno,
        ) from error
    if not isinstance(found, dict):
        raise BadRequest("The body is JSON, but no object; send one feature.")
    _require_shallow(found)
    return found


def _require_type(request: Request, types: tuple[str, ...]) -> None:
    name, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.replace(" ", "").lower().partition("charset=")[2].strip('"')
    listed = ", ".join(types)
    header = {"Accept-Patch" if request.method == "PATCH" else "Accept": listed}
    if name.strip().lower() not in types:
        told = f"not {name.strip()[:60]!r}" if name.strip() else "and none was named"
        raise UnsupportedMediaType(
            f"Content-Type is {' or '.join(types)} for {request.method} here, {told}.", header
        )
    if charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType(f"JSON is sent in UTF-8, not in {charset[:40]!r}.", header)
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise UnsupportedMediaType(
            f"The body is packed with {packed[:40]!r}; send it as it is.", header
        )


async def _received(request: Request) -> bytes:
    """The bytes, as many as there may be, whatever Content-Length says."""
    too_large = LimitExceeded(
        f"The body is larger than the limit of {MAX_BODY_BYTES:,} bytes; simplify the geometry.",
        limit_bytes=MAX_BODY_BYTES,
    )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > MAX_BODY_BYTES):
        raise too_large
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise too_large
            parts.append(part)
    except ClientDisconnect as error:
        raise Refused("The body was cut off on its way; send it again.") from error
    return b"".join(parts)


def _require_shallow(found: dict[str, object]) -> None:
    level: list[object] = [found]
    for _ in range(MAX_JSON_DEPTH):
        deeper: list[object] = []
        for each in level:
            members = each.values() if isinstance(each, dict) else each
            deeper += (one for one in members if isinstance(one, (dict, list)))  # type: ignore[attr-defined]
        if not deeper:
            return
        level = deeper
    raise LimitExceeded(
        f"The body's arrays and objects lie more than {MAX_JSON_DEPTH} deep in one another.",
        limit_depth=MAX_JSON_DEPTH,
    )
