"""The licence and the attribution that a file states about itself.

Canopy's own exports state them in the place that each format has: metadata items of a
GeoPackage, the description of a FlatGeobuf layer or a KML document, the ``metadata``
member of a GeoJSON file, the README sheet of a workbook, ``README.txt`` in a zip. Other
programs use the same places, so their files are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from canopy.assets.importers.base import SourceTable

LONGEST_CHARS = 2_000
"""Characters of a licence or attribution; a longer text is the licence's wording, not its name."""

NOT_STATED = "not stated"
"""What an export says where no asset has a licence."""

_LINE = re.compile(r"^\s*(licen[cs]e|attribution)\s*:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a file says of its licence and of whom to name; None where it says nothing."""

    licence: str | None = None
    attribution: str | None = None

    def of(self, table: SourceTable) -> SourceTable:
        """`table` with what was stated, where the table itself states nothing."""
        return replace(
            table,
            licence=table.licence or self.licence,
            attribution=table.attribution or self.attribution,
        )


def stated(entries: Mapping[str, object]) -> Stated:
    """From named values, in any case; a list of lines becomes one text parted by ``; ``."""
    folded = {name.strip().casefold(): value for name, value in entries.items()}
    licence = folded.get("licence") or folded.get("license")
    return Stated(_text(licence), _text(folded.get("attribution")))


def stated_in(text: str | None) -> Stated:
    """From lines such as ``Licence: OGL-UK-3.0`` in a description."""
    return stated({name: value for name, value in reversed(_LINE.findall(text or ""))})


def _text(value: object) -> str | None:
    parts = value if isinstance(value, list) else str(value or "").splitlines()
    kept = (" ".join(part.split()) for part in parts if isinstance(part, str))
    text = "; ".join(part for part in kept if part)
    if not text or text.casefold() == NOT_STATED or len(text) > LONGEST_CHARS:
        return None
    return text
