"""Requests as JSON values, by the types of their fields; read from JSON and TOML alike."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from canopy.errors import Refused
from canopy.plan.coverage.inputs import input_file, input_name
from canopy.plan.coverage.request import BroadbandRequest, RunRequest

T = TypeVar("T")
FileOf = Callable[[str, bool], Path]
"""The path that a name stands for; the second argument tells whether a folder will do."""

_WORDS = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}
_MOST_SHOWN = 60


def to_json(request: RunRequest, inputs: Path) -> dict[str, Any]:
    """A request as JSON values, files by their names below the folder `inputs`."""
    return {each.name: _plain(getattr(request, each.name), inputs) for each in fields(request)}


def from_json(document: Mapping[str, Any], inputs: Path) -> RunRequest:
    """The request that `to_json` gave; fields that are not there have their defaults.

    Raises Refused for a file that is not below `inputs`, and as `from_document` does.
    """
    return from_document(
        document, lambda name, or_folder: input_file(inputs, name, or_folder=or_folder)
    )


def from_document(document: Mapping[str, Any], files: FileOf) -> RunRequest:
    """The request in JSON or TOML values.

    Raises Refused, naming the field, for what is missing, unknown or of another type, and as
    `RunRequest` and its parts do.
    """
    return _Reader(files).record(RunRequest, document, "")


def broadband_request(document: Mapping[str, Any], files: FileOf) -> BroadbandRequest:
    """A request about fixed broadband alone, as `from_document` reads a run's."""
    return _Reader(files).record(BroadbandRequest, document, "")


def _plain(value: Any, inputs: Path) -> Any:
    if isinstance(value, Path):
        return input_name(inputs, value)
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), inputs) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each, inputs) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class _Reader:
    files: FileOf

    def record(self, kind: type[T], document: object, at: str) -> T:
        """A dataclass from a table of its fields."""
        if not isinstance(document, Mapping):
            raise Refused(f"{at or 'the request'} is {_shown(document)}, not a table of fields")
        known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
        wanted = get_type_hints(kind)
        below = f"{at}." if at else ""
        strange = sorted(str(name) for name in document if name not in known)
        if strange:
            raise Refused(f"{below}{strange[0]} is not known; there is {', '.join(known)}")
        for name, each in known.items():
            needed = each.default is MISSING and each.default_factory is MISSING
            if needed and name not in document:
                raise Refused(f"{below}{name} is missing")
        return kind(
            **{
                name: self._value(
                    wanted[name],
                    value,
                    f"{below}{name}",
                    bool(known[name].metadata.get("folder")),
                )
                for name, value in document.items()
            }
        )

    def _value(self, wanted: Any, value: object, at: str, or_folder: bool) -> Any:
        origin, inside = get_origin(wanted), get_args(wanted)
        if origin in (Union, types.UnionType):
            if value is None:
                return None
            (wanted,) = (each for each in inside if each is not types.NoneType)
            return self._value(wanted, value, at, or_folder)
        if origin is tuple:
            if not isinstance(value, list | tuple):
                raise Refused(f"{at} is {_shown(value)}, where a list is expected")
            return tuple(self._value(inside[0], each, at, or_folder) for each in value)
        if origin is Literal:
            if value not in inside:
                raise Refused(f"{at} {_shown(value)} is not known: use {', '.join(inside)}")
            return value
        if wanted is Path:
            return self.files(_scalar(str, value, at), or_folder)
        if is_dataclass(wanted):
            return self.record(wanted, value, at)  # type: ignore[arg-type]
        return _scalar(wanted, value, at)


def _scalar(wanted: type[T], value: object, at: str) -> T:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is float and number and math.isfinite(value):  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type, return-value]
    if type(value) is wanted and wanted is not float:
        return value
    raise Refused(f"{at} is {_shown(value)}, where {_WORDS[wanted]} is expected")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
