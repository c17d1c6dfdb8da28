"""A report as one HTML file: no script, no address from elsewhere, and readable by all.

Landmarks, one main heading, headings in order, tables with captions and heads; a picture carries
its own words and is a table too. The style sheet also sets pages for print: numbers, a table of
contents and tables whose heads repeat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from canopy.render.report.document import (
    Block,
    Bullets,
    Card,
    Cards,
    Column,
    Figure,
    Report,
    Section,
    Table,
    Text,
)

_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(report: Report) -> str:
    """The whole document in UTF-8 text."""
    numbered = list(enumerate(report.sections, 1))
    edition = "Exempt edition" if report.audience == "exempt" else "Public edition"
    return "".join(
        [
            '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta http-equiv="Content-Security-Policy" content="{_CONTENT}">'
            f"<title>{escape(report.title)}, {edition.lower()}</title>"
            f"<style>{_style(report, edition)}</style></head><body>"
            '<a class="skip" href="#main">Skip to the report</a>',
            _cover(report, edition),
            _contents(numbered),
            '<main id="main">',
            *(_section(number, each) for number, each in numbered),
            _provenance(report, len(numbered) + 1),
            "</main></body></html>\n",
        ]
    )


def _style(report: Report, edition: str) -> str:
    told = f"{report.council}: {report.title}. {edition}, {report.made_on}"
    quoted = told.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("<", "\\3c ")
    style = files("canopy.render.report").joinpath("report.css").read_text(encoding="utf-8")
    return style.replace("RUNNING-TITLE", f'"{quoted}"')


def _cover(report: Report, edition: str) -> str:
    return (
        f'<header class="cover"><p class="council">{escape(report.council)}</p>'
        f"<h1>{escape(report.title)}</h1>"
        f'<p class="edition">{edition}, <time datetime="{report.made_on.isoformat()}">'
        f"{report.made_on:%d %B %Y}</time></p>{_pairs(report.cover)}</header>"
    )


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f"<dl>{told}</dl>" if told else ""


def _contents(numbered: Sequence[tuple[int, Section]]) -> str:
    lines = [(number, each.key, each.title) for number, each in numbered]
    lines.append((len(lines) + 1, "provenance", "Where the figures come from"))
    items = "".join(
        f'<li><a href="#{escape(key)}">{number} {escape(title)}</a></li>'
        for number, key, title in lines
    )
    return (
        '<nav class="contents" aria-labelledby="contents"><h2 id="contents">Contents</h2>'
        f"<ol>{items}</ol></nav>"
    )


def _section(number: int, section: Section) -> str:
    body = "".join(_block(each, f"{section.key}-{at}-") for at, each in enumerate(section.blocks))
    key = escape(section.key)
    return (
        f'<section aria-labelledby="{key}"><h2 id="{key}">{number} {escape(section.title)}</h2>'
        f"{body}</section>"
    )


def _provenance(report: Report, number: int) -> str:
    return (
        f'<section aria-labelledby="provenance"><h2 id="provenance">{number} Where the figures '
        f"come from</h2>{_pairs(report.provenance)}</section>"
    )


def _block(block: Block, prefix: str) -> str:
    """`prefix` begins every name in a picture: two pictures of a page share none."""
    if isinstance(block, Text):
        look = ' class="warning"' if block.is_warning else ""
        return f"<p{look}>{escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in block.items)}</ul>"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Cards):
        return f'<ul class="cards">{"".join(map(_card, block.cards))}</ul>'
    return _figure(block, prefix)


def _card(card: Card) -> str:
    if card.picture is None:
        picture = '<p class="slot">No photograph yet</p>'
    else:
        picture = f'<img src="{escape(card.picture)}" alt="{escape(card.shows)}">'
    return f'<li class="card"><h3>{escape(card.heading)}</h3>{picture}{_pairs(card.facts)}</li>'


_SHORT = 11
_NAMED = re.compile(r'(?<= id=")(?=[^"]+")|(?<=url\(#)')
_NAMES = re.compile(r'(?<= aria-labelledby=")[^"]+')


def _figure(figure: Figure, prefix: str) -> str:
    svg = _NAMED.sub(prefix, figure.svg)
    svg = _NAMES.sub(lambda found: " ".join(prefix + each for each in found[0].split()), svg)
    source = f" Source: {escape(figure.source)}" if figure.source else ""
    return (
        f'<figure><div class="picture">{svg}</div>'
        f"<figcaption>{escape(figure.caption)}.{source}</figcaption></figure>"
        f"<details open><summary>The same as a table</summary>{_table(figure.table)}</details>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_look(each)}>{escape(each.name)}</th>'
                   for each in table.columns)  # fmt: skip
    body = "".join(f"<tr>{_cells(row, table.columns)}</tr>" for row in table.rows)
    caption = escape(table.caption)
    source = f'<p class="source">Source: {escape(table.source)}</p>' if table.source else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"</div>{source}"
    )


def _cells(row: Sequence[str], columns: Sequence[Column]) -> str:
    return "".join(
        f'<th scope="row"{_look(column)}>{escape(cell)}</th>'
        if at == 0
        else f"<td{_look(column, cell)}>{escape(cell)}</td>"
        for at, (cell, column) in enumerate(zip(row, columns, strict=True))
    )


def _look(column: Column, cell: str = "") -> str:
    """Short numbers stay on one line."""
    if not column.is_number:
        return ""
    return ' class="number short"' if 0 < len(cell) <= _SHORT else ' class="number"'
