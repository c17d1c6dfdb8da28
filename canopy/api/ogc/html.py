"""The same documents as pages for people: plain HTML without script, readable by all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from canopy.api.styling import STYLE


def whole(title: str, trail: Sequence[tuple[str, str]], body: str, style: str = "") -> str:
    """A page: its title as heading, the way that leads to it, and style of its own."""
    steps = "".join(f'<li><a href="{escape(href)}">{escape(name)}</a></li>' for href, name in trail)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}{_MORE_STYLE}{style}</style></head><body>"
        f'<nav aria-label="Breadcrumb"><ol>{steps}</ol></nav>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


_MORE_STYLE = """
nav ol{display:flex;flex-wrap:wrap;gap:1rem;list-style:none;padding:.5rem 1rem;margin:0}
main{max-width:none}.wide{overflow-x:auto}dl{display:grid;grid-template-columns:max-content 1fr;
gap:.2rem 1rem}dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}
"""


def paragraph(text: str) -> str:
    """One paragraph."""
    return f"<p>{escape(text)}</p>"


def links(found: Iterable[tuple[str, str]], label: str) -> str:
    """A list of links."""
    items = "".join(f'<li><a href="{escape(href)}">{escape(name)}</a></li>' for href, name in found)
    return f'<nav aria-label="{escape(label)}"><ul>{items}</ul></nav>' if items else ""


def table(
    caption: str, headings: Sequence[str], rows: Iterable[Sequence[tuple[str, str | None]]]
) -> str:
    """A table whose first cells head their rows; a cell is its text, and where it leads."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in headings)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[tuple[str, str | None]]) -> str:
    made = []
    for place, (text, href) in enumerate(row):
        shown = escape(text) if href is None else f'<a href="{escape(href)}">{escape(text)}</a>'
        made.append(f'<th scope="row">{shown}</th>' if place == 0 else f"<td>{shown}</td>")
    return "".join(made)


def definitions(found: Mapping[str, object]) -> str:
    """Names and values."""
    rows = "".join(f"<dt>{escape(n)}</dt><dd>{escape(text_of(v))}</dd>" for n, v in found.items())
    return f"<dl>{rows}</dl>"


def text_of(value: object) -> str:
    """A value as people read it: lists by commas, nothing for what is unknown."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(text_of(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text_of(each)}" for name, each in value.items())
    return str(value)
