"""CSV tables: UTF-8, RFC 4180, units in the headings, provenance beside them as CSVW.

The byte order mark is there because Excel takes a file without one for the local code page;
the UTF-8 decoding that CSVW asks for skips it. A text that a spreadsheet would run as a
formula gets an apostrophe in front (OWASP, *CSV Injection*: the leading characters).

Source: IETF RFC 4180 (2005); W3C, *Metadata Vocabulary for Tabular Data* (2015), §5, and
*Model for Tabular Data* (2015), §5.3 (the file's place beside the table).
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

from canopy.coverage.files.columns import Cell, Column, Table
from canopy.coverage.files.provenance import Provenance
from canopy.coverage.files.replacing import whole_file

METADATA_SUFFIX = "-metadata.json"
"""After the whole name of the table's file, as CSVW looks for it."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_TYPES = {"text": "string", "integer": "integer", "real": "double", "truth": "boolean"}


def write_csv(table: Table, path: Path, provenance: Provenance) -> Path:
    """Write a table and its metadata; the metadata's path is given back.

    "Not known" is an empty cell, and so is an empty text. Numbers have every digit; infinite
    ones are INF and -INF, as XML Schema writes them.
    """
    beside = path.with_name(path.name + METADATA_SUFFIX)
    with whole_file(beside) as unfinished:
        unfinished.write_text(_metadata(table, path.name, provenance), "utf-8", newline="\n")
    with (
        whole_file(path) as unfinished,
        unfinished.open("w", encoding="utf-8-sig", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.heading for column in table.columns])
        for row in zip(*(column.known() for column in table.columns), strict=True):
            writer.writerow(list(map(_cell, row)))
    return beside


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ("INF" if value > 0 else "-INF")
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return str(value)


def _metadata(table: Table, url: str, provenance: Provenance) -> str:
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": table.title,
        "dc:created": provenance.time_utc,
        "dc:rights": provenance.credit,
        "dc:provenance": provenance.json_text(),
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tableSchema": {"columns": [_column(column) for column in table.columns]},
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _column(column: Column) -> dict[str, object]:
    found: dict[str, object] = {
        "name": column.name,
        "titles": column.heading,
        "datatype": _TYPES[column.kind],
    }
    if column.description:
        found["dc:description"] = column.description
    return found
