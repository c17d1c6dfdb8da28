"""The difference between two plans as one HTML file: a folium map, and its table below it.

The page asks for nothing from elsewhere and runs only the scripts written here, each named by its
SHA-256. Sites differ by shape as well as by colour, areas by dashes, and all of it is a table too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from branca.element import Figure

from canopy.render.document import CanopyMap, credits_line, security_policy
from canopy.render.folium_map import replace_file
from canopy.render.vendored import leaflet_script, leaflet_style

LOOKS: Mapping[str, tuple[str, str]] = {
    "added": ("#0b6b3a", "Only in the later"),
    "kept": ("#33475b", "In both"),
    "dropped": ("#a3262a", "Only in the earlier"),
}
"""Colour and words of each change; the shapes are in ``difference.js``."""
_SITE_HEADS = (
    ("change", "Change"), ("ref", "Ref"), ("name", "Name"), ("kind", "Kind"), ("ward", "Ward"),
    ("added_before", "Adds, earlier"), ("added_after", "Adds, later"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """What the page tells.

    Attributes:
        document: GeoJSON of sites and areas, each with its `change`.
        figures: (name, unit, earlier, later, change) of each, in words.
    """

    title: str
    catalogue: str
    made_on: str
    document: Mapping[str, Any]
    figures: Sequence[tuple[str, str, str, str, str]]


def write_difference(page: DifferencePage, path: Path) -> None:
    """Write the page; the file at `path` is replaced once the new one is complete."""
    replace_file(path, difference_html(page))


def difference_html(page: DifferencePage) -> str:
    """The page's text."""
    frame = Figure()
    frame._id = "document"
    frame.add_child(CanopyMap(None), name="map")
    for child in frame._children.values():
        child.render()
    own = _text("difference.js")
    scripts = [leaflet_script(), str(frame.script.render()), own]
    inline = "\n".join(f"<script>{script}</script>" for script in scripts)
    data = json.dumps(page.document, ensure_ascii=True).replace("<", "\\u003c")
    return "".join([
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{security_policy(scripts)}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>{escape(page.title)} – {escape(page.catalogue)}</title>\n",
        f"<style>{leaflet_style()}</style>\n<style>{_text('difference.css')}</style>\n",
        "</head>\n<body>\n",
        _shell(page, str(frame.html.render())),
        f'\n<script type="application/json" id="difference">{data}</script>\n{inline}\n',
        "</body>\n</html>\n",
    ])  # fmt: skip


def _shell(page: DifferencePage, map_html: str) -> str:
    told = page.document
    notes = "".join(f"<li>{escape(each)}</li>" for each in told["notes"])
    return "".join([
        '<a class="skip" href="#sites">Skip the map: go to the tables</a>\n',
        f"<header><h1>{escape(page.title)}</h1>",
        f"<p>{escape(page.catalogue)}, {escape(page.made_on)}. "
        f"Earlier: {escape(told['before'])}; later: {escape(told['after'])}.</p></header>\n<main>",
        f'<section aria-label="Map"><div class="map">{map_html}</div>'
        "<noscript><p>The map needs JavaScript; the tables below hold the same.</p></noscript>",
        _legend(told), f"<ul>{notes}</ul>" if notes else "", "</section>",
        _figures(page), _wards(told), _sites(told),
        f"</main>\n<footer><p>{escape(credits_line())}</p></footer>",
    ])  # fmt: skip


def _legend(told: Mapping[str, Any]) -> str:
    items = []
    for change, (colour, words) in LOOKS.items():
        sites = _count(told, "site", change)
        areas = ", with what is in their reach" if _count(told, "area", change) else ""
        items.append(
            f'<li><label><input type="checkbox" checked data-change="{change}"> '
            f'<span class="key" data-change="{change}" data-colour="{colour}"></span> '
            f"{words}: {sites:,} site{'' if sites == 1 else 's'}{areas}</label></li>"
        )
    return (
        f'<fieldset class="legend"><legend>On the map</legend><ul>{"".join(items)}</ul></fieldset>'
    )


def _count(told: Mapping[str, Any], feature: str, change: str) -> int:
    return sum(
        (each["properties"]["feature"], each["properties"]["change"]) == (feature, change)
        for each in told["features"]
    )


def _figures(page: DifferencePage) -> str:
    heads = ("Figure", "Unit", "Earlier", "Later", "Change")
    return _table("figures", "Figures side by side", heads, page.figures, numbers=(2, 3, 4))


def _wards(told: Mapping[str, Any]) -> str:
    rows = [
        (each["ward"], f"{each['before']:,}", f"{each['after']:,}", f"{each['change']:+,}")
        for each in told["wards"]
    ]
    return _table("wards", "Sites by ward", ("Ward", "Earlier", "Later", "Change"), rows,
                  numbers=(1, 2, 3))  # fmt: skip


def _sites(told: Mapping[str, Any]) -> str:
    rows = []
    for each in told["features"]:
        site = each["properties"]
        if site["feature"] == "site":
            named = {**site, "change": LOOKS[site["change"]][1]}
            rows.append([_cell(named[name]) for name, _ in _SITE_HEADS])
    return _table("sites", "Sites of either", [head for _, head in _SITE_HEADS], rows,
                  numbers=(5, 6))  # fmt: skip


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return "" if value is None else str(value)


def _table(
    key: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]],
    numbers: tuple[int, ...],
) -> str:  # fmt: skip
    """In a region that can be scrolled by keyboard; the first cell of a row heads it."""
    head = "".join(
        f'<th scope="col"{" class=n" if at in numbers else ""}>{escape(each)}</th>'
        for at, each in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(
            f"<td{' class=n' if at in numbers else ''}>{escape(cell)}</td>"
            for at, cell in enumerate(row[1:], 1)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div><h2 id="{key}" tabindex="-1">{escape(caption)}</h2>'
        f'<div class="rows" tabindex="0" role="region" aria-labelledby="{key}"><table>'
        f'<caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>"
    )


def _text(name: str) -> str:
    return files(__package__).joinpath("template", name).read_text(encoding="utf-8")
