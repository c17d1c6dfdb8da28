"""Assets found by ref, street, postcode, UPRN, USRN, name or id.

A field is looked in only among the kinds that show it to the principal, so that what is
withheld can be neither found nor missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from canopy.access.rules import Principal
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.finding import queries
from canopy.assets.reading.finding.words import Look, looks
from canopy.assets.reading.paging import Page, RowCutter
from canopy.assets.reading.paging.views import View, view_of
from canopy.db.direct import DirectReader
from canopy.db.engine import Database


@dataclass(slots=True)
class Found:
    """Assets in the order of their rank, and of each the field that the text was found in."""

    page: Page = field(default_factory=Page)
    fields: list[str] = field(default_factory=list)


class SearchReader:
    """Searches one catalogue."""

    def __init__(self, reader: DirectReader, database: Database, policy: SensitivityPolicy) -> None:
        self._reader = reader
        self._gpkg = database.is_gpkg
        self._policy = policy
        self._cutter = RowCutter(database.storage_crs, policy)

    def search(self, text: str, principal: Principal, limit: int, crs: str) -> Found:
        """At most `limit` assets, the best matches first; of equal ones in the order of the text.

        text: 1 to `words.MAX_CHARS` characters. crs: that of the answer's positions.
        """
        view = view_of(tuple(KINDS), principal, self._policy)
        found = Found()
        known: set[str] = set()
        for look in looks(text):
            page = self._looked(look, principal, view, limit + len(known), crs)
            new = [place for place, each in enumerate(page.ids) if each not in known]
            new = [place for place in new if look.field in page.properties[place]]
            known.update(page.ids[place] for place in new)
            found.page.add(page.taken(new))
            found.fields += [look.field] * len(new)
            if len(found.page) >= limit:
                break
        found.page.cut(limit)
        del found.fields[limit:]
        return found

    def _looked(self, look: Look, principal: Principal, view: View, most: int, crs: str) -> Page:
        showing = tuple(name for name, kind in view.kinds.items() if look.field in kind.names)
        if not showing:
            return Page()
        kinds = None if len(showing) == len(KINDS) else showing
        seen = queries.Seen(kinds, view.levels)
        rows = queries.rows_named(self._reader, self._gpkg, look, seen, most)
        return self._cutter.page(rows, principal, view, crs)
