"""CQL2 text to its JSON form, with the cql2 library behind a guard.

The guard is needed. cql2 0.6 tries a parenthesis first as a group and then as a list, at
every level again: 20 open ones take seconds, and 2,000 end the process by overflowing
its stack. So the text is cut here first, in one pass: what stands between parentheses
is parsed on its own and a placeholder left where it stood, so that cql2 never sees one
group in another, and every limit holds before it sees anything. Geometries are taken
out too and read by GEOS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import cql2

from canopy.assets.filtering.limits import MAX_DEPTH, MAX_NODES
from canopy.errors import BadFilter

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"[^"]*")
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d][\w.:]*)
    |(?P<sign><=|>=|<>|!=|[-+*/%^=<>(),])""",
    re.VERBOSE,
)
_NAME = re.compile(r'"[^\W\d][\w.:]*"')
_SHAPES = frozenset(
    "POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION".split()
)
_BEFORE_GROUP = frozenset("AND OR NOT LIKE BETWEEN IS DIV".split())
_IN_SHAPE = ("shape", "inner shape")
_PREFIXES = frozenset(("NOT", "-", "+"))
MAX_PREFIXES = 8
"""Signs and NOTs in a row."""


@dataclass(frozen=True, slots=True)
class WrittenShape:
    """A geometry's well-known text."""

    text: str


Part = WrittenShape | object
"""What a placeholder stands for: a geometry, or the JSON of what stood in parentheses."""


@dataclass(slots=True)
class Parsed:
    """The JSON of a text, with the parts that placeholders (``{"property": "(2)"}``) name."""

    json: object
    parts: list[Part]


@dataclass(slots=True)
class _Frame:
    """What was read since an opening parenthesis; `role` says what that is."""

    role: str
    texts: list[str] = field(default_factory=list)
    has_comma: bool = False
    has_list: bool = False


def parse_text(text: str) -> Parsed:
    """The JSON form of a CQL2 text. Raises BadFilter with the place where it cannot be read."""
    parts: list[Part] = []
    stack = [_Frame("whole")]
    shape_words: list[str] = []  # POINT, or POINT Z, when its parenthesis comes next
    last = ""
    for kind, token in _tokens(text):
        if kind == "space":
            stack[-1].texts.append(token)
            continue
        if token == "(":
            stack.append(_Frame(_role(stack[-1], last, shape_words)))
            if len(stack) > MAX_DEPTH:
                raise BadFilter(f"A filter may have at most {MAX_DEPTH} parentheses in another.")
        elif token == ")":
            if shape_words and stack[-1].role not in _IN_SHAPE:
                raise BadFilter(f"{shape_words[0]} is not followed by coordinates.")
            _close(stack, parts, shape_words)
        elif stack[-1].role in _IN_SHAPE:
            stack[-1].texts.append(token)
        elif token.upper() == "EMPTY" and shape_words:
            stack[-1].texts.append(_placeholder(parts, WrittenShape(f"{shape_words[0]} EMPTY")))
            shape_words.clear()
        elif kind == "word" and (token.upper() in _SHAPES or shape_words):
            shape_words.append(token)
        elif shape_words:
            raise BadFilter(f"{shape_words[0]} is not followed by coordinates.")
        else:
            stack[-1].has_comma |= token == ","
            stack[-1].texts.append(token)
        last = token
    if shape_words and len(stack) == 1:
        raise BadFilter(f"{shape_words[0]} is not followed by coordinates.")
    if len(stack) > 1:
        raise BadFilter("The filter has a '(' that no ')' closes.")
    return Parsed(_parsed("".join(stack[0].texts)), parts)


def _role(outer: _Frame, last: str, shape_words: list[str]) -> str:
    if outer.role in _IN_SHAPE:
        return "inner shape"
    if shape_words:
        return "shape"
    if last.upper() == "IN":
        return "list"
    is_name = re.fullmatch(r"[^\W\d][\w.:]*", last) is not None
    return "call" if is_name and last.upper() not in _BEFORE_GROUP else "group"


def _close(stack: list[_Frame], parts: list[Part], shape_words: list[str]) -> None:
    if len(stack) == 1:
        raise BadFilter("The filter has a ')' that closes nothing.")
    inner, outer = stack.pop(), stack[-1]
    body = "".join(inner.texts)
    if inner.role == "shape":
        shape = WrittenShape(f"{' '.join(shape_words)}({body})")
        shape_words.clear()
        outer.texts.append(_placeholder(parts, shape))
    elif inner.role == "group" and not inner.has_comma:
        outer.texts.append(_placeholder(parts, _parsed(body)))
    else:
        if inner.role in ("group", "list"):
            if inner.has_list:
                raise BadFilter("A filter cannot have a list in a list.")
            outer.has_list = True
        else:
            outer.has_list |= inner.has_list
        outer.texts.append(f"({body})")


def _placeholder(parts: list[Part], part: Part) -> str:
    parts.append(part)
    return f'"({len(parts) - 1})"'  # no name that can be written: see _tokens


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = count = prefixes = 0
    in_shape = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or (found.lastgroup == "quoted" and not _NAME.fullmatch(found[0])):
            raise BadFilter(
                f"The filter cannot be read from its character {place + 1} on: "
                f"{text[place : place + 30]!r}. Texts stand in single quotes."
            )
        kind, token, place = str(found.lastgroup), found[0], found.end()
        if kind != "space":
            prefixes = prefixes + 1 if token.upper() in _PREFIXES else 0
            in_shape = _inside_shape(in_shape, token)
            count += not in_shape
        if count > MAX_NODES:
            raise BadFilter(f"A filter may have at most {MAX_NODES:,} words, signs and values.")
        if prefixes > MAX_PREFIXES:
            raise BadFilter(f"A filter may have at most {MAX_PREFIXES} signs or NOTs in a row.")
        yield kind, token


def _inside_shape(depth: int, token: str) -> int:
    """Parentheses open since a geometry's word, that word counting as the first."""
    if not depth:
        return int(token.upper() in _SHAPES)
    depth += (token == "(") - (token == ")")
    return 0 if depth <= 1 and token in (")", "EMPTY") else depth


def _parsed(text: str) -> object:
    try:
        tree: object = cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise BadFilter(
            f"The filter cannot be read as CQL2: {_where(str(error), text)}. "
            "Write for example: height_m >= 6 AND status = 'operational'."
        ) from error
    return tree


def _where(message: str, text: str) -> str:
    """What cql2 says, in words: its message draws an arrow under the text."""
    found = re.search(r"-->\s*(\d+):(\d+)", message)
    if found is None:
        return f"{text[:60]!r}"
    line, column = int(found[1]), int(found[2])
    rest = text.splitlines()[line - 1][column - 1 :] if text.strip() else ""
    return f"something else is expected at {rest[:30]!r}" if rest.strip() else "it ends too early"
