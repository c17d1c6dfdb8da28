"""Small TOML files that people write: read whole, or refused by name."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from canopy.concessions.fields import Problem
from canopy.concessions.terms.checking import refuse
from canopy.errors import BadSource, BadTerms

MAX_BYTES = 200_000
_Read = TypeVar("_Read")


def read_toml(path: Path) -> dict[str, Any]:
    """The document of a file, numbers as exact decimals. Raises BadSource and BadTerms."""
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise BadSource(f"{path.name} is over {MAX_BYTES:,} bytes")
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadTerms(f"{path.name}: {error}") from error


def validated(adapter: TypeAdapter[_Read], document: dict[str, Any]) -> _Read:
    """The record of a document. Raises BadTerms with every field that is wrong."""
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        refuse(
            [
                Problem(".".join(map(str, each["loc"])) or "the file", each["msg"])
                for each in error.errors(include_url=False)
            ]
        )
        raise
