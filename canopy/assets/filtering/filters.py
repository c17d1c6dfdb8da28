"""Reading a filter, and the filter that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

from canopy.assets.filtering.fields import FieldFinder
from canopy.assets.filtering.grammar import parse_text
from canopy.assets.filtering.limits import MAX_CHARS
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.resolving import Resolver
from canopy.assets.filtering.shapes import CRS84, ShapeReader
from canopy.assets.filtering.syntax import SyntaxReader
from canopy.assets.filtering.tree import Expression
from canopy.errors import BadFilter


class FilterLanguage(StrEnum):
    """The two encodings of CQL2, by the names that OGC API Features Part 3 gives them."""

    text = "cql2-text"
    json = "cql2-json"


LANGUAGES: tuple[str, ...] = tuple(FilterLanguage)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that could be read. `written` is its text, `root` its tree.

    Geometries are in the storage CRS it was read for.
    """

    written: str
    root: Expression

    def resolved(self, fields: FieldFinder) -> Predicate:
        """The filter with types, for what one principal sees of some kinds.

        Raises BadFilter for a field that does not exist or is not seen, in the same
        words, and for a value of another type than its field's.
        """
        return Resolver(fields).predicate(self.root)


def parse_filter(
    written: str | bytes | dict[str, object] | bool,
    language: str,
    storage_crs: str,
    filter_crs: str = CRS84,
) -> Filter:
    """Read a filter in ``cql2-text`` or ``cql2-json``.

    JSON may come as text or as what it decodes to. `filter_crs` is the CRS of its
    geometries, as a name (``EPSG:27700``) or an OGC URI, and its axis order is kept to:
    EPSG:4326 is latitude before longitude, CRS84 (the default) longitude before latitude.
    Raises BadFilter for what cannot be read or is beyond a limit (`filtering.limits`),
    UnknownCrs for a CRS that is not known.
    """
    if language not in LANGUAGES:
        raise BadFilter(f"{language[:40]!r} is no filter language; {' and '.join(LANGUAGES)} are.")
    shapes = ShapeReader(filter_crs, storage_crs)
    text = _as_text(written)
    if len(text) > MAX_CHARS:
        raise BadFilter(f"A filter may have at most {MAX_CHARS:,} characters.")
    if language == FilterLanguage.text:
        parsed = parse_text(text)
        return Filter(text, SyntaxReader(shapes, parsed.parts).read(parsed.json))
    try:
        tree: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadFilter(f"The filter is no JSON: {error}.") from error
    return Filter(text, SyntaxReader(shapes).read(tree))


def _as_text(written: object) -> str:
    if isinstance(written, str):
        return written
    try:
        return written.decode() if isinstance(written, bytes) else orjson.dumps(written).decode()
    except UnicodeDecodeError as error:
        raise BadFilter("The filter is not UTF-8.") from error
    except orjson.JSONEncodeError as error:
        raise BadFilter("The filter is no JSON: it holds something else.") from error
