"""Scenarios from TOML files: `name`, `source`, `change_by_year` and, if wanted, `afterwards`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from canopy.concessions.fields import CLOSED, Change, Text
from canopy.concessions.indexation.scenarios import Scenario
from canopy.errors import BadSource, BadTerms

MAX_BYTES = 100_000
_Year = Annotated[int, Field(ge=1900, le=2300)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Text
    source: Text
    change_by_year: dict[_Year, Change]
    afterwards: Change | None = None


_ADAPTER = TypeAdapter(_File)


def read_scenario(path: Path) -> Scenario:
    """The scenario of a TOML file; changes are fractions: 0.02 is 2 %.

    Raises BadSource for a file that is no TOML or is over 100 kB, BadTerms with every field
    that is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadSource(f"{path.name} is over {MAX_BYTES:,} bytes")
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSource(f"{path.name} is no TOML: {error}") from error
    try:
        read = _ADAPTER.validate_python(document)
    except ValidationError as error:
        found = [
            {"field": ".".join(str(place) for place in each["loc"]), "rule": each["msg"]}
            for each in error.errors(include_url=False)
        ]
        told = "; ".join(f"{each['field']}: {each['rule']}" for each in found)
        raise BadTerms(f"{path.name}: {told}", errors=found) from error
    return Scenario(read.name, read.source, read.change_by_year, read.afterwards)
