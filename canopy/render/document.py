"""The HTML document around a map: folium's, with everything inside it.

Folium's own page asks a dozen addresses for scripts and styles. Here its map element is
kept and the page around it replaced: language, heading structure, no link of any kind, and
a content security policy that lets no request out and runs only the scripts written here,
each named by its SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from importlib.resources import files
from urllib.parse import urlsplit

import folium
from branca.element import Figure
from folium.template import Template

from canopy.render.symbols import painter_script
from canopy.render.vendored import leaflet_script, leaflet_style, leaflet_version

SCRIPTS = (
    "decode.js",
    "store.js",
    "symbols.js",
    "grid.js",
    "drawing.js",
    "asset_layer.js",
    "details.js",
    "legend.js",
    "search.js",
    "table.js",
    "printing.js",
    "controls.js",
    "start.js",
)
"""The page's own scripts in the order in which they are joined."""

_WORLD_ZOOM = 2


@dataclass(frozen=True, slots=True)
class TileSource:
    """A background from a tile server: the map then asks this one host for pictures.

    `url` is an XYZ address with ``{z}``, ``{x}`` and ``{y}``, starting with ``https://`` or
    ``http://``; `attribution` is plain text and required by every tile licence.
    """

    url: str
    attribution: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        fields = all(field in self.url for field in ("{z}", "{x}", "{y}"))
        if parts.scheme not in ("http", "https") or not parts.hostname or not fields:
            raise ValueError(f"not an XYZ tile address with {{z}}, {{x}} and {{y}}: {self.url!r}")

    @property
    def origin(self) -> str:
        """The address's scheme and host as the security policy names it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".replace("{s}", "*")


class CanopyMap(folium.Map):
    """Folium's map without its links, its viewport lock and its random name."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 # as folium declares it
    default_css: list[tuple[str, str]] = []  # noqa: RUF012 # as folium declares it

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def __init__(self, tiles: TileSource | None) -> None:
        super().__init__(
            location=(0, 0),
            zoom_start=_WORLD_ZOOM,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            min_zoom=_WORLD_ZOOM,
            max_zoom=22,
            zoom_snap=0.5,
            zoom_delta=1,
            wheel_px_per_zoom_level=90,
        )
        self._id = "canopy"
        if tiles is not None:
            layer = folium.TileLayer(tiles.url, attr=escape(tiles.attribution), max_zoom=22)
            layer._id = "background"
            self.add_child(layer, name="background")


class MapDocument(Figure):
    """The page. `shell` is the HTML of everything but the map; `data` base64 text."""

    def __init__(self, *, map_: CanopyMap, head: str, shell: str, data: str) -> None:
        super().__init__()
        self._id = "document"
        self._head, self._shell, self._data = head, shell, data
        self.add_child(map_, name="map")

    def html_text(self, image_origins: tuple[str, ...] = ()) -> str:
        """The whole page. No user text passes through a template here."""
        for child in self._children.values():
            child.render()
        scripts = [leaflet_script(), str(self.script.render()), page_script()]
        policy = security_policy(scripts, image_origins)
        inline = "\n".join(f"<script>{script}</script>" for script in scripts)
        return "".join(
            [
                '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n',
                f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
                f"{self._head}\n",
                f"<style>{leaflet_style()}</style>\n<style>{page_style()}</style>\n",
                '<style id="page-size"></style>\n</head>\n<body>\n',
                self._shell.replace("<!-- map -->", str(self.html.render())),
                '\n<script type="text/plain" id="canopy-data">',
                self._data,
                f"</script>\n{inline}\n</body>\n</html>\n",
            ]
        )


def page_script() -> str:
    """The page's own scripts, joined into one function so that they share one scope."""
    parts = "\n".join([painter_script(), *map(_template_text, SCRIPTS)])
    text = f'(() => {{\n"use strict";\n{parts}\n}})();'
    if "</script" in text.lower():
        raise ValueError("a page script would end its own element")
    return text


def page_style() -> str:
    """The page's own style sheet."""
    return _template_text("map.css")


def shell_template() -> str:
    """The page's HTML, a Jinja template whose every field is escaped."""
    return _template_text("shell.html")


def credits_line() -> str:
    """What draws the map, for its footer."""
    return f"Drawn with Leaflet {leaflet_version()} and folium {version('folium')}"


def _template_text(name: str) -> str:
    return files(__package__).joinpath("template", name).read_text(encoding="utf-8")


def security_policy(scripts: list[str], image_origins: tuple[str, ...] = ()) -> str:
    """A content security policy that runs just these scripts and lets no other request out."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    images = " ".join(("data:", "blob:", *image_origins))
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
