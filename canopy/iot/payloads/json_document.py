"""JSON (RFC 8259), strictly: no NaN, no key twice, no more depth than allowed.

The standard library's parser is used because it alone shows every key: two values under one
key would mean two readings of which a lenient parser drops one without a word.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.unreadable import Unreadable, shown


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(
            "duplicate-key", f"an object has a key twice, of {shown(next(iter(found)))}…"
        )
    return found


def _no_number(name: str) -> NoReturn:
    raise Unreadable("malformed", f"{name} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number)


def parse(body: bytes, limits: Limits) -> object:
    """The value of a JSON text in UTF-8; a byte order mark before it is allowed."""
    try:
        value = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable("malformed", f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Unreadable("malformed", f"not JSON: {error.msg} at {error.pos}") from None
    except RecursionError:
        raise Unreadable("too-deep", "lists or objects lie too deep in each other") from None
    except ValueError:
        # int() refuses more than 4,300 digits.
        raise Unreadable("bad-value", "a whole number has thousands of digits") from None
    if body.count(b"[") + body.count(b"{") > limits.depth:
        check_depth(value, limits)
    return value


_CONTAINERS = (dict, list)
"""A parser makes no others."""


def check_depth(value: object, limits: Limits) -> None:
    """Refuses lists and objects that lie deeper than `limits.depth` in each other."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(limits.depth):
        if not level:
            return
        level = [
            child
            for container in level
            for child in (container.values() if container.__class__ is dict else container)
            if child.__class__ in _CONTAINERS
        ]
    if level:
        raise Unreadable("too-deep", f"more than {limits.depth} levels of lists and objects")
