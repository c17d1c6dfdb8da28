"""What a request asks for: its representation, its own address, and its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from canopy.api.ogc.limits import MAX_QUERY_CHARS
from canopy.api.problems import BadRequest
from canopy.errors import LimitExceeded

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
OPENAPI_3_0 = "application/vnd.oai.openapi+json;version=3.0"

FORMATS = ("json", "html")
_TYPES = {"html": (HTML, "application/xhtml+xml")}


def parameters(request: Request) -> dict[str, str]:
    """The query's parameters. Raises BadRequest for one that is there twice, or holds NUL."""
    query = request.scope["query_string"]
    if not query:
        return {}
    if len(query) > MAX_QUERY_CHARS:
        raise LimitExceeded(f"A query may have at most {MAX_QUERY_CHARS:,} characters.")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in found:
            raise BadRequest(f"{name[:60]!r} is there twice; give it once.", parameter=name[:60])
        if "\x00" in name or "\x00" in value:
            raise BadRequest("The address contains a NUL character (%00).")
        found[name] = value
    return found


def refuse_unknown(given: Mapping[str, str], known: Collection[str]) -> None:
    """Raise BadRequest for a parameter that the address does not have."""
    for name in given:
        if name not in known:
            raise BadRequest(
                f"There is no parameter {name[:60]!r} here; there are {', '.join(sorted(known))}.",
                parameter=name[:60],
            )


def wants_html(request: Request, given: Mapping[str, str]) -> bool:
    """Whether to answer with a page for people: by `f`, else by the header Accept.

    Browsers ask for HTML; who asks for anything is a program.
    """
    asked = given.get("f")
    if asked is not None:
        if asked not in FORMATS:
            raise BadRequest(f"f is {' or '.join(FORMATS)}, and not {asked[:40]!r}.", parameter="f")
        return asked == "html"
    accept = request.headers.get("accept", "*/*")
    if accept == "*/*":
        return False
    html = max(_quality(accept, each) for each in _TYPES["html"])
    json = max(_quality(accept, each) for each in (JSON, GEOJSON, SCHEMA))
    return html > json


def _quality(accept: str, media_type: str) -> float:
    """How much a media type is wanted, 0 to 1; what is named outright beats a wildcard."""
    found = 0.0
    for part in accept.split(","):
        name, *rest = (each.strip() for each in part.split(";"))
        quality = 1.0
        for each in rest:
            if each.startswith("q="):
                try:
                    quality = float(each[2:])
                except ValueError:
                    quality = 0.0
        if name.lower() == media_type:
            found = max(found, quality)
        elif name == "*/*" or name == media_type.partition("/")[0] + "/*":
            found = max(found, quality * 0.001)
    return found


def base_url(request: Request) -> str:
    """The service's own address, as this request came to it, without a slash at its end."""
    scope = request.scope
    host = request.headers.get("host")
    if not host:
        server = scope.get("server") or ("localhost", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}"


def address(base: str, path: str, given: Mapping[str, str], **changed: str | None) -> str:
    """An address with the parameters given, some of them changed or (None) left out."""
    kept = {name: value for name, value in {**given, **changed}.items() if value is not None}
    return f"{base}{path}?{urlencode(kept)}" if kept else f"{base}{path}"


def again(request: Request, url: str, given: Mapping[str, str], **changed: str) -> str:
    """An address with the query as it came, some parameters added or changed."""
    query = request.scope["query_string"]
    if query.isascii() and given.keys().isdisjoint(changed):  # it need not be encoded once more
        parts = [each for each in (query.decode(), urlencode(changed)) if each]
        return f"{url}?{'&'.join(parts)}" if parts else url
    return f"{url}?{urlencode({**given, **changed})}"


def link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    """One link of a document."""
    return {"href": href, "rel": rel, "type": media_type, "title": title}
