"""Columns that GIS programs put into a placemark's description as an HTML table.

ArcGIS's *Layer To KML* writes a table of two cells a row, name and value, in place of
ExtendedData. Nothing of the HTML is kept, shown or followed.
"""

from __future__ import annotations

from html.parser import HTMLParser

FEWEST_ROWS = 2
"""Rows of two cells from which a description is a table of columns, and no remark."""

MAX_ROWS = 300
LONGEST_NAME_CHARS = 80
_CELLS = ("td", "th")


class _Rows(HTMLParser):
    """Collects the rows of two cells, of tables at any depth."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: dict[str, str] = {}
        self._rows: list[list[str]] = []
        self._cells: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self._rows.append([])
        elif tag in _CELLS and self._rows:
            self._cells.append([])

    def handle_data(self, data: str) -> None:
        if self._cells:
            self._cells[-1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in _CELLS and self._cells and self._rows:
            self._rows[-1].append(" ".join("".join(self._cells.pop()).split()))
        elif tag == "tr" and self._rows:
            row = self._rows.pop()
            if len(row) == 2 and 0 < len(row[0]) <= LONGEST_NAME_CHARS:
                self.pairs.setdefault(*row)


def columns_in(description: str) -> dict[str, str]:
    """Values by name from the table in a description; empty where it holds none."""
    if "<td" not in description.casefold():
        return {}
    rows = _Rows()
    rows.feed(description)
    rows.close()
    return rows.pairs if FEWEST_ROWS <= len(rows.pairs) <= MAX_ROWS else {}
