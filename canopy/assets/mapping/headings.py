"""What column headings say: words compared with the headings each target is known by."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_WORDS = re.compile(r"[a-z0-9]+")
_FILLERS = frozenset({"the", "of", "in", "a", "an", "mm", "cm", "m", "ft", "metres", "meters",
                      "feet", "w", "watts"})  # fmt: skip

_SHORT = {"ht": "height", "hgt": "height", "col": "column"}
"""Words that registers shorten: 'Col Ht (mm)' is a column height."""

_GENERIC = frozenset({"name", "type", "number", "id", "code", "ref", "reference", "date", "status",
                      "area", "location", "address", "description", "source", "class", "size",
                      "length", "width", "model", "operator", "owner", "year", "e", "n", "x", "y",
                      "point", "position", "route", "shape"})  # fmt: skip
"""Words that say nothing when they stand in a longer heading: 'Ward Name' is no name."""

POSITION_HEADINGS: dict[str, tuple[str, ...]] = {
    "easting": ("easting", "eastings", "east", "os easting", "osgb easting", "bng easting",
                "grid easting", "x easting", "easting x", "e", "oseast1m", "map east"),
    "northing": ("northing", "northings", "north", "os northing", "osgb northing",
                 "bng northing", "grid northing", "y northing", "northing y", "n", "osnrth1m",
                 "map north"),
    "lon": ("longitude", "lon", "long", "lng", "decimal longitude", "wgs84 longitude",
            "x longitude", "longitude x", "geo long", "lon dd", "gps longitude"),
    "lat": ("latitude", "lat", "decimal latitude", "wgs84 latitude", "y latitude", "latitude y",
            "geo lat", "lat dd", "gps latitude"),
    "x": ("x", "geo x", "x coord", "x coordinate", "coord x", "coordinate x", "point x", "pos x",
          "x pos", "centroid x", "map x", "grid x", "x co ordinate"),
    "y": ("y", "geo y", "y coord", "y coordinate", "coord y", "coordinate y", "point y", "pos y",
          "y pos", "centroid y", "map y", "grid y", "y co ordinate"),
    "wkt": ("wkt", "geom", "geometry", "the geom", "shape", "wkt geom", "geometry wkt", "geom wkt",
            "polygon", "linestring", "route"),
    "pair": ("location", "lat lon", "lat long", "latlong", "latlng", "lat lng", "coordinates",
             "coords", "position", "geo point", "geo point 2d", "geolocation", "point",
             "latitude longitude", "long lat", "lon lat"),
    "grid_reference": ("grid reference", "grid ref", "os grid ref", "os grid reference", "ngr",
                       "gridref", "national grid reference", "os gridref", "osgr"),
}  # fmt: skip
"""Headings under which files keep positions, by the part they play."""


def heading_words(heading: str) -> tuple[str, ...]:
    """``ColumnHeight_M (m)`` is ``("column", "height")``: words in lower case, units dropped."""
    plain = _BRACKETS.sub(" ", _CAMEL.sub(" ", heading))
    words = tuple(_SHORT.get(word, word) for word in _WORDS.findall(plain.casefold()))
    kept = tuple(word for word in words if word not in _FILLERS) if len(words) > 1 else words
    return kept or words


def heading_score(heading: str, known: Iterable[str]) -> float:
    """How surely `heading` is one of the `known` headings, 0 to 1.

    0.95 for the same words, less when the heading says more or is only spelt alike.
    """
    words = heading_words(heading)
    return max((_score(words, heading_words(other)) for other in known), default=0.0)


def _score(words: tuple[str, ...], known: tuple[str, ...]) -> float:
    if words == known or "".join(words) == "".join(known):
        return 0.95
    if not known or not words:
        return 0.0
    joined, known_joined = "".join(words), "".join(known)
    if len(known) == 1 and known[0] in _GENERIC:
        return 0.0
    if len(known_joined) >= 3 and set(known) <= set(words):
        return 0.55 + 0.3 * len(known_joined) / len(joined)
    if min(len(joined), len(known_joined)) >= 5:
        alike = difflib.SequenceMatcher(None, joined, known_joined).ratio()
        if alike >= 0.88:
            return 0.5 + 0.3 * (alike - 0.88) / 0.12
    return 0.0
