"""What every exported file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStamp:
    """Who may read the file, whose data it holds, and under which licence.

    `audience` is the role the selection was cut for (``public``, ``operator``, …);
    `attribution` one line per source that must be named; `licence` an SPDX name or a
    title; `generated_at` an aware time, written in UTC; `source_note` says where the data
    come from, `filter_text` which selection this is. Raises ValueError for a naive time.
    """

    audience: str
    title: str
    attribution: tuple[str, ...]
    licence: str
    generated_at: datetime
    source_note: str = ""
    filter_text: str = ""

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("ExportStamp.generated_at needs a time zone")

    @property
    def generated_at_utc(self) -> datetime:
        return self.generated_at.astimezone(UTC)

    def entries(self) -> dict[str, str]:
        """The stamp as named texts in a fixed order, empty ones left out."""
        named = {
            "title": self.title,
            "attribution": "\n".join(self.attribution),
            "licence": self.licence,
            "audience": self.audience,
            "generated_at": self.generated_at_utc.isoformat(),
            "source": self.source_note,
            "selection": self.filter_text,
        }
        return {name: text for name, text in named.items() if text}

    def text(self) -> str:
        """The stamp as lines for people, ``Licence: …``."""
        return "\n".join(
            f"{name.replace('_', ' ').capitalize()}: {text.replace(chr(10), '; ')}"
            for name, text in self.entries().items()
        )
