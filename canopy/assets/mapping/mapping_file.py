"""Mapping files: TOML that a council officer can read, correct and keep.

Sections: the kind and facts about the file; ``[columns]``; ``[units]``; ``[formats]``;
``[values.<target>]``; ``[geometry]`` with ``[[geometry.check]]``; ``[constants]``;
``[[corrections]]``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping as MappingOf
from pathlib import Path

from pydantic import ValidationError

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.own_export import is_own_export
from canopy.assets.mapping.model import Mapping
from canopy.errors import BadMapping

MAX_MAPPING_BYTES = 1_000_000
"""A larger file is no mapping."""

_SPLIT_SECTIONS = ("units", "formats", "values")
_KEYS = tuple(Mapping.model_fields) + _SPLIT_SECTIONS


def load(path: Path) -> Mapping:
    """The mapping in the TOML file `path`.

    Raises BadMapping naming the file, the key and the way out.
    """
    return loads(mapping_text(path), path.name)


def mapping_text(path: Path) -> str:
    """What a mapping file says. Raises BadMapping where it cannot be read."""
    try:
        if path.stat().st_size > MAX_MAPPING_BYTES:
            raise BadMapping(f"{path.name} is larger than 1 MB; is it a mapping file?")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadMapping(f"There is no mapping file {path}; check the path.") from error
    except OSError as error:
        raise BadMapping(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadMapping(f"{path.name} is not UTF-8 text; save it as UTF-8.") from error
    return text


def load_for(path: Path, table: SourceTable, kind: str | None) -> Mapping:
    """The mapping in `path`, fitted to `table`: its columns are there and the kind is clear.

    kind: what the user says the file holds; it fills a mapping without a kind, and must
    be one of its kinds otherwise. What the file states of licence and attribution holds
    where the mapping says nothing of them. Raises BadMapping.
    """
    mapping = load(path)
    if mapping.kind is None:
        mapping = mapping.model_copy(update={"kind": kind})
    elif kind is not None and kind not in mapping.kinds():
        said = " and ".join(sorted(mapping.kinds()))
        raise BadMapping(
            f"{path.name} is a mapping for {said}, and --kind says {kind}; leave --kind out, or "
            "take the mapping for this file."
        )
    mapping.fit(table.columns, f"{table.path.name} (mapping {path.name})")
    return _with_stated(mapping, table)


def _with_stated(mapping: Mapping, table: SourceTable) -> Mapping:
    if is_own_export(table.columns):
        return mapping
    said = {"licence": table.licence, "attribution": table.attribution}
    taken = {*mapping.columns, *mapping.constants}
    kept = {name: text for name, text in said.items() if text is not None and name not in taken}
    return mapping.model_copy(update={**kept, "constants": {**mapping.constants, **kept}})


def loads(text: str, source: str = "the mapping") -> Mapping:
    """The mapping in TOML `text`; `source` names it in errors. Raises BadMapping."""
    try:
        document: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{source} is not valid TOML: {error}.") from error
    _refuse_unknown_keys(document, source)
    document["columns"] = joined_columns(document, source)
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise BadMapping(explained(error, source)) from error


def _refuse_unknown_keys(document: MappingOf[str, object], source: str) -> None:
    for key in document:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(_KEYS)}."
            raise BadMapping(f"{source}: {key!r} is no key of a mapping; {hint}")
    if "geometry" not in document:
        raise BadMapping(
            f"{source}: there is no [geometry]; say where positions come from, for example "
            'x = "Easting", y = "Northing", crs = "EPSG:27700".'
        )


def joined_columns(document: dict[str, object], source: str) -> dict[str, object]:
    """`[columns]` with the unit, format and values of each target put beside it."""
    columns = _section(document, "columns", source)
    joined: dict[str, object] = {}
    for target, names in columns.items():
        if not isinstance(names, str | list):
            raise BadMapping(
                f"{source}: columns.{target} must be a column name, or a list of names "
                f"when vintages differ; it is {names!r}."
            )
        joined[target] = {"columns": names}
    for section, key in (("units", "unit"), ("formats", "format"), ("values", "values")):
        for target, value in _section(document, section, source, remove=True).items():
            rule = joined.get(target)
            if not isinstance(rule, dict):
                near = difflib.get_close_matches(target, joined, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise BadMapping(
                    f"{source}: {section}.{target} speaks of a target that [columns] does not "
                    f"have.{hint}"
                )
            rule[key] = value
    return joined


def _section(
    document: dict[str, object], name: str, source: str, *, remove: bool = False
) -> dict[str, object]:
    value = document.pop(name, {}) if remove else document.get(name, {})
    if not isinstance(value, dict):
        raise BadMapping(f"{source}: [{name}] must be a table of keys and values.")
    return value


def explained(error: ValidationError, source: str) -> str:
    """What is wrong with a mapping: its first five faults in one sentence."""
    lines = []
    for item in error.errors()[:5]:
        where = ".".join(str(part) for part in item["loc"] if part not in ("KindRule", "str"))
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "no such key; see the reference of mapping files"
        lines.append(f"{where or 'the mapping'}: {message}")
    return f"{source}: " + "; ".join(lines) + "."
