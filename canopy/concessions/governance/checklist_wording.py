"""A council's own wording of the checklist's items, from a TOML file.

The strategy's text is its publisher's; who has it at hand writes down what each item asks, and
where that is from. Items that the file leaves out stay as they are shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Text
from canopy.concessions.governance.checklist import ITEMS, Item
from canopy.concessions.terms.documents import read_toml, validated

_Asks = Annotated[str, Field(min_length=1, max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A file of wording.

    Attributes:
        source: where the wording is from: title, edition, page.
        items: what each item asks, by its number, 1 to 21.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    source: Text
    items: Annotated[
        Mapping[Annotated[int, Field(ge=1, le=len(ITEMS))], _Asks], Field(min_length=1)
    ]


_ADAPTER = TypeAdapter(Wording)


def items_of(path: Path | None) -> Sequence[Item]:
    """The items as a council's file words them; as they are shipped where there is no file.

    Raises BadSource where the file cannot be read, BadTerms with every field that is wrong.
    """
    if path is None:
        return ITEMS
    wording = validated(_ADAPTER, read_toml(path))
    return tuple(
        replace(item, about=wording.items[item.number], source=wording.source, is_of_council=True)
        if item.number in wording.items
        else item
        for item in ITEMS
    )
