"""CQL2 JSON evaluated one asset at a time, as plainly as the standard's tables read.

Nothing of `canopy.assets.filtering` is used: it is what that is compared with.
"""

from __future__ import annotations

import fnmatch
import json
import math
import re
from datetime import date, datetime
from typing import Any

import shapely

Asset = dict[str, Any]


def holds(node: Any, asset: Asset) -> bool | None:
    """True, false, or None for unknown."""
    if isinstance(node, bool):
        return node
    if "property" in node:
        return value(node, asset)
    op, args = node["op"], node["args"]
    if op == "not":
        inner = holds(args[0], asset)
        return None if inner is None else not inner
    if op in ("and", "or"):
        found = [holds(each, asset) for each in args]
        deciding = op == "or"
        if deciding in found:
            return deciding
        return None if None in found else not deciding
    if op == "isNull":
        return value(args[0], asset) is None
    if op == "in":
        sought = value(args[0], asset)
        return None if sought is None else sought in [value(each, asset) for each in args[1]]
    if op.startswith("s_"):
        return _spatial(op, args, asset)
    if op.startswith("a_"):
        held = value(args[0], asset)
        if held is None:
            return None
        asked = set(args[1])
        return {
            "a_contains": asked <= set(held),
            "a_containedBy": set(held) <= asked,
            "a_equals": set(held) == asked,
            "a_overlaps": bool(set(held) & asked),
        }[op]
    values = [value(each, asset) for each in args]
    if None in values:
        return None
    return _scalar(op, values)


def _scalar(op: str, values: list[Any]) -> bool:
    first, second, *rest = values
    if op == "like":
        # fnmatch knows the same two wildcards by other names.
        translated = "".join({"%": "*", "_": "?"}.get(c, re.sub(r"([*?[])", r"[\1]", c))
                             for c in second)  # fmt: skip
        return fnmatch.fnmatchcase(first, translated)
    if op == "between":
        return bool(first >= second and first <= rest[0])
    if op == "t_after":
        return bool(first > second)
    if op == "t_before":
        return bool(first < second)
    if op == "t_equals":
        return bool(first == second)
    if op == "t_intersects":
        start, end = second
        return bool((start is None or first >= start) and (end is None or first <= end))
    return bool(
        {
            "=": first == second,
            "<>": first != second,
            "<": first < second,
            "<=": first <= second,
            ">": first > second,
            ">=": first >= second,
        }[op]
        if not isinstance(first, bool)
        else {"=": first == second, "<>": first != second}[op]
    )


def _spatial(op: str, args: list[Any], asset: Asset) -> bool | None:
    geometry = asset["geometry"]
    if geometry is None:
        return None
    if "bbox" in args[1]:
        shape = shapely.box(*args[1]["bbox"])
    else:
        shape = shapely.from_geojson(json.dumps(args[1]))
    if op == "s_dwithin":
        return bool(geometry.distance(shape) <= args[2])
    return bool(getattr(geometry, op.removeprefix("s_"))(shape))


def value(node: Any, asset: Asset) -> Any:
    """A value, None where it is unknown."""
    if not isinstance(node, dict):
        return node
    if "property" in node:
        return asset.get(node["property"])
    if "date" in node:
        return date.fromisoformat(node["date"])
    if "timestamp" in node:
        return datetime.fromisoformat(node["timestamp"])
    if "interval" in node:
        return [None if end == ".." else date.fromisoformat(end) for end in node["interval"]]
    values = [value(each, asset) for each in node["args"]]
    if None in values:
        return None
    if node["op"] == "casei":
        return values[0].casefold()
    return _number(node["op"], *values)


def _number(op: str, left: float, right: float) -> float | None:
    try:
        found = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: math.fmod(left, right),
            "div": lambda: math.trunc(left / right),
        }[op]()
    except (ZeroDivisionError, ValueError):
        return None
    return float(found)
