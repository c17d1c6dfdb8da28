"""Files that were rendered before, sent unless whoever asks has them already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from fastapi import Request, Response
from fastapi.responses import FileResponse

_NONE: Mapping[str, str] = MappingProxyType({})


def unless_known(
    request: Request, path: Path, media_type: str, more: Mapping[str, str] = _NONE
) -> Response:
    """The file, or 304 by its ETag. more: further headers."""
    stat = path.stat()
    seed = f"{stat.st_mtime_ns}-{stat.st_size}".encode()
    etag = f'"{hashlib.sha256(seed).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", **more}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers)
