"""Reading query options: those of a request, and those nested in `$expand`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from canopy.iot.sensorthings.grammar import Node, parse
from canopy.iot.sensorthings.problem import BadQuery

MOST = 1_000
"""Most entities of one answer; a larger `$top` is cut, and `@iot.nextLink` leads on."""
MOST_OBSERVATIONS = 10_000
USUAL = 100
MOST_SKIPPED = 1_000_000
MAX_EXPAND_DEPTH = 5
MAX_EXPANDED = 20
MAX_EXPAND_CHARS = 8_000
_NAME = re.compile(r"[@A-Za-z_][A-Za-z0-9_.]*")
_FORMATS = {"dataarray": "dataArray", "geojson": "GeoJSON", "csv": "CSV", "json": None}


@dataclass(frozen=True, slots=True)
class Order:
    """One key of `$orderby`."""

    names: tuple[str, ...]
    is_descending: bool = False


@dataclass(slots=True)
class Options:
    """What a request asks of a set of entities."""

    where: Node | None = None
    expand: dict[str, Options] = field(default_factory=dict)
    select: tuple[str, ...] | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    result_format: str | None = None
    after: str | None = None
    """Where the page before ended, from `@iot.nextLink`."""
    given: tuple[tuple[str, str], ...] = ()
    """As they were written, for links to more."""


def options_of(given: Iterable[tuple[str, str]], now: datetime) -> Options:
    """The options of a request. Raises BadQuery."""
    return _read(given, now, 0)


def _read(given: Iterable[tuple[str, str]], now: datetime, depth: int) -> Options:
    options, seen = Options(given=tuple(given)), set()
    for name, value in options.given:
        if name in seen:
            raise BadQuery(f"{name} is there twice.", parameter=name)
        seen.add(name)
        _put(options, name, value, now, depth)
    return options


def _put(options: Options, name: str, value: str, now: datetime, depth: int) -> None:
    if name == "$filter":
        options.where = parse(value, now)
    elif name == "$expand":
        options.expand = _expand(value, now, depth)
    elif name == "$select":
        options.select = tuple(_name(each.strip(), name) for each in value.split(","))
    elif name == "$orderby":
        options.order = tuple(_order(each.strip()) for each in value.split(","))
    elif name == "$top":
        options.top = _whole(name, value, 2**31)
    elif name == "$skip":
        options.skip = _whole(name, value, MOST_SKIPPED)
    elif name == "$count":
        options.count = _truth(name, value)
    elif name == "$resultFormat" and depth == 0:
        options.result_format = _format(value)
    elif name == "$skiptoken" and depth == 0:
        options.after = value
    else:
        raise BadQuery(
            f"{name[:40]!r} is no option here; there are $filter, $expand, $select, $orderby, "
            "$top, $skip, $count and $resultFormat.",
            parameter=name[:40],
        )


def _name(written: str, option: str) -> str:
    if not _NAME.fullmatch(written):
        raise BadQuery(f"{option}: {written[:40]!r} is no name.", parameter=option)
    return written


def _order(written: str) -> Order:
    name, _, direction = written.partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise BadQuery(
            f"$orderby: {direction[:40]!r} is neither asc nor desc.", parameter="$orderby"
        )
    names = tuple(_name(each, "$orderby") for each in name.split("/"))
    return Order(names, direction.strip() == "desc")


def _whole(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 12 and int(value) <= most):
        raise BadQuery(f"{name} is a whole number from 0 to {most:,}.", parameter=name)
    return int(value)


def _truth(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise BadQuery(f"{name} is true or false.", parameter=name)
    return value == "true"


def _format(value: str) -> str | None:
    if value.lower() not in _FORMATS:
        raise BadQuery(
            f"$resultFormat is dataArray, GeoJSON or CSV; not {value[:40]!r}.",
            parameter="$resultFormat",
        )
    return _FORMATS[value.lower()]


def _expand(value: str, now: datetime, depth: int) -> dict[str, Options]:
    if depth >= MAX_EXPAND_DEPTH:
        raise BadQuery(f"$expand is nested more than {MAX_EXPAND_DEPTH} deep.", parameter="$expand")
    if len(value) > MAX_EXPAND_CHARS:
        raise BadQuery(f"$expand has over {MAX_EXPAND_CHARS:,} characters.", parameter="$expand")
    found: dict[str, Options] = {}
    for item in _split(value, ","):
        path, _, inner = item.strip().partition("(")
        if inner and not inner.endswith(")"):
            raise BadQuery("$expand: a bracket is not closed.", parameter="$expand")
        nested = [_pair(each) for each in _split(inner[:-1], ";") if each.strip()]
        first, *rest = path.strip().split("/")
        if rest:  # Datastreams/Sensor is Datastreams($expand=Sensor)
            written = "/".join(rest) + (f"({inner}" if inner else "")
            nested = [("$expand", written)]
        _merge(found, _name(first, "$expand"), _read(nested, now, depth + 1))
    if len(found) > MAX_EXPANDED:
        raise BadQuery(f"$expand names more than {MAX_EXPANDED} links.", parameter="$expand")
    return found


def _merge(found: dict[str, Options], name: str, options: Options) -> None:
    """`A,A/B` and `A/B,A/C` are one expansion of A."""
    known = found.get(name)
    if known is None:
        found[name] = options
        return
    for inner, each in options.expand.items():
        _merge(known.expand, inner, each)


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.strip().partition("=")
    if not equals:
        raise BadQuery(f"$expand: {written[:40]!r} is no $option=value.", parameter="$expand")
    return name, value


def _split(written: str, separator: str) -> list[str]:
    """Parts outside brackets and quotes."""
    parts, depth, quoted, begins = [], 0, False, 0
    for at, sign in enumerate(written):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and depth == 0 and sign == separator:
            parts.append(written[begins:at])
            begins = at + 1
    return [*parts, written[begins:]]
