"""The map app that the browser runs: its built files, and what this deployment tells it.

The files are built from `maps/` into `canopy/_web`. Those in `assets/` carry a hash of
their content in their names, so a browser may keep them for ever; the page itself is asked
for each time. Nothing is fetched from elsewhere but the base map that a setting names.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import BaseModel

from canopy.api.deps import SessionOf, SettingsOf
from canopy.assets.kinds import KINDS
from canopy.assets.queries import ward_names
from canopy.errors import NotFound
from canopy.settings import Settings

WEB = Path(__file__).parents[1] / "_web"
YEAR_S = 31_536_000
_NOT_BUILT = (
    "The map app has not been built in this checkout: `python3 run.py` builds it, or "
    "`python hatch_build.py`; an installed wheel has it."
)
_TYPES = {".js": "text/javascript", ".json": "application/json", ".css": "text/css"}

router = APIRouter(prefix="/explore")
pages = APIRouter()


class BaseMapOut(BaseModel):
    """Raster tiles below the assets, in MapLibre's words."""

    url: str
    attribution: str
    max_zoom: int


class ConfigOut(BaseModel):
    """What the map app asks before it starts; nothing of it is for some eyes only."""

    title: str
    attribution: str
    base_map: BaseMapOut | None
    geometries: dict[str, list[str]]
    wards: list[str]


@router.api_route("", methods=["GET", "HEAD"], include_in_schema=False)
def without_slash(request: Request) -> RedirectResponse:
    """The app's addresses are relative to its folder. The redirect is relative too."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"explore/{query}", status_code=308)


@pages.api_route("/agreements", methods=["GET", "HEAD"], include_in_schema=False)
def agreements_page() -> RedirectResponse:
    """The short address of the page of agreements, which is one of the app's files."""
    return RedirectResponse("explore/agreements.html", status_code=308)


@pages.api_route("/things", methods=["GET", "HEAD"], include_in_schema=False)
def things_page() -> RedirectResponse:
    """The short address of the page of Things, which is one of the app's files."""
    return RedirectResponse("explore/things.html", status_code=308)


@pages.api_route("/things/{number}", methods=["GET", "HEAD"], include_in_schema=False)
def thing_page(number: int) -> RedirectResponse:
    """The short address of one Thing there."""
    return RedirectResponse(f"../explore/things.html#/thing/{number}", status_code=308)


@router.get("/config.json", include_in_schema=False)
def config(settings: SettingsOf, session: SessionOf, response: Response) -> ConfigOut:
    """The deployment's title, attribution, base map, kinds and wards."""
    response.headers["Cache-Control"] = "no-cache"
    return ConfigOut(
        title=settings.catalogue_title,
        attribution=settings.attribution,
        base_map=_base_map(settings),
        geometries={kind.value: sorted(spec.geometry) for kind, spec in KINDS.items()},
        wards=ward_names(session),
    )


def _base_map(settings: Settings) -> BaseMapOut | None:
    if settings.base_map_url is None:
        return None
    return BaseMapOut(
        url=settings.base_map_url,
        attribution=settings.base_map_attribution,
        max_zoom=settings.base_map_max_zoom,
    )


@router.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
def built_file(path: str, request: Request, settings: SettingsOf) -> Response:
    """The app's page, or one of its files."""
    return _file(WEB, path or "index.html", request, settings)


def is_built() -> bool:
    """Whether there is an app to serve: a checkout may have none yet."""
    return (WEB / "index.html").is_file()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A built file in the coding that the browser takes."""

    path: Path
    media_type: str
    encoding: str | None


def _file(web: Path, name: str, request: Request, settings: Settings) -> Response:
    if not (web / "index.html").is_file():
        raise NotFound(_NOT_BUILT)
    asked = _find(web, name, request.headers.get("accept-encoding", ""))
    stat = asked.path.stat()
    seed = f"{asked.path.name}-{stat.st_mtime_ns}-{stat.st_size}".encode()
    etag = f'"{hashlib.sha256(seed).hexdigest()[:32]}"'
    is_named_by_hash = name.startswith("assets/")
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={YEAR_S}, immutable" if is_named_by_hash else "no-cache",
        "Content-Security-Policy": _policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asked.encoding is not None:
        headers["Content-Encoding"] = asked.encoding
    return FileResponse(asked.path, media_type=asked.media_type, headers=headers)


def _find(web: Path, name: str, accepted: str) -> _Asked:
    """A file inside `web`; what leads out of it does not exist."""
    root = web.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file() or path.suffix == ".gz":
        raise NotFound(f"The map app has no file {name!r}.")
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    packed = path.with_name(f"{path.name}.gz")
    if "gzip" in accepted and packed.is_file():
        return _Asked(packed, media_type or "application/octet-stream", "gzip")
    return _Asked(path, media_type or "application/octet-stream", None)


def _policy(settings: Settings) -> str:
    """Only this service, and the base map's host where there is one."""
    elsewhere = ""
    if settings.base_map_url is not None:
        address = urlsplit(settings.base_map_url)
        elsewhere = f" {address.scheme}://{address.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{elsewhere}",
            f"connect-src 'self'{elsewhere}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )
