"""What no catalogue knows and a committee asks for, as the council writes it in a TOML file.

Purpose, recommendations, risks, dependencies, work with its dates, outcomes of the strategy, what
income is used for, photographs of sites, and assumptions with their sources. Each that must not
be public names its paragraph of Schedule 12A as `exempt`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.fields import CLOSED, Day, Text
from canopy.concessions.terms.documents import read_toml, validated
from canopy.errors import BadSource, BadTerms, LimitExceeded
from canopy.render.report.document import Paragraph12A

MOST_PHOTOGRAPH_BYTES = 1_000_000
MOST_PHOTOGRAPHS = 60
_MOST = 100
_Score = Annotated[int, Field(ge=1, le=5)]
_Percent = Annotated[float, Field(gt=0, le=100)]
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    exempt: Paragraph12A | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(_Item):
    """What the committee is asked to decide, and why."""

    text: Text
    reason: Text | None = None
    owner: Text | None = None
    by: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk(_Item):
    """What may go wrong; likelihood and impact from 1, least, to 5."""

    text: Text
    likelihood: _Score
    impact: _Score
    mitigation: Text
    owner: Text | None = None

    @property
    def score(self) -> int:
        """1 to 25."""
        return self.likelihood * self.impact


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency(_Item):
    """What must be there first, whose it is, by when, and how it stands."""

    text: Text
    on: Text
    by: Day | None = None
    standing: Text = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(_Item):
    """A piece of work with its first and last day."""

    text: Text
    first: Day
    last: Day

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadTerms("the last day comes before the first", field="last")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(_Item):
    """A tag of the strategy, what the plan does for it, and where it is shown."""

    tag: Text
    text: Text
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(_Item):
    """What a part of the income is used for.

    Attributes:
        percent_of_income: of all income of a year.
        from_year: in which it begins, the first year of a financial year: 2027 for 2027/28.
    """

    text: Text
    percent_of_income: _Percent
    source: Text
    from_year: Annotated[int, Field(ge=2000, le=2150)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """Of a site; `file` lies beside the TOML file, `shows` says in words what is seen."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    ref: Text
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,199}$")]
    shows: Text
    credit: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption(_Item):
    """A number or a choice that the plan rests on; without a source it is told on the cover."""

    text: Text
    value: Text
    source: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All of it; nothing where no file was given."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    purpose: Annotated[str, Field(max_length=2_000)] = ""
    recommendation: Annotated[tuple[Recommendation, ...], Field(max_length=_MOST)] = ()
    risk: Annotated[tuple[Risk, ...], Field(max_length=_MOST)] = ()
    dependency: Annotated[tuple[Dependency, ...], Field(max_length=_MOST)] = ()
    work: Annotated[tuple[Work, ...], Field(max_length=30)] = ()
    outcome: Annotated[tuple[Outcome, ...], Field(max_length=_MOST)] = ()
    use: Annotated[tuple[Use, ...], Field(max_length=20)] = ()
    photograph: Annotated[tuple[Photograph, ...], Field(max_length=MOST_PHOTOGRAPHS)] = ()
    assumption: Annotated[tuple[Assumption, ...], Field(max_length=_MOST)] = ()

    def __post_init__(self) -> None:
        if sum(each.percent_of_income for each in self.use) > 100:
            raise BadTerms("more than all of the income is used", field="use")

    def used(self, year: FinancialYear, income_pence: int) -> int:
        """What of a year's income is used [p], half a penny up as spreadsheets round."""
        percent = sum(
            (Decimal(repr(each.percent_of_income)) for each in self.use
             if year.begins >= each.from_year), Decimal(0),
        )  # fmt: skip
        exact = max(0, income_pence) * percent / 100
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def unsourced(self) -> list[str]:
        """Assumptions without a source that both editions may name."""
        return [each.text for each in self.assumption if not each.source.strip()]


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph read: `uri` holds it whole."""

    photograph: Photograph
    uri: str


_ADAPTER = TypeAdapter(Words)


def read_words(path: Path) -> tuple[Words, dict[str, Picture]]:
    """What a file says, and its photographs by the reference of their site.

    Raises BadTerms naming the field, BadSource for a photograph that cannot be read or is
    neither JPEG nor PNG, LimitExceeded for one over 1 MB.
    """
    words = validated(_ADAPTER, read_toml(path))
    return words, {each.ref: _picture(each, path.parent) for each in words.photograph}


def _picture(photograph: Photograph, folder: Path) -> Picture:
    path = folder / photograph.file
    try:
        size = path.stat().st_size
        if size > MOST_PHOTOGRAPH_BYTES:
            raise LimitExceeded(
                f"{photograph.file} has {size:,} bytes; make it {MOST_PHOTOGRAPH_BYTES:,} or less",
                limit=MOST_PHOTOGRAPH_BYTES,
            )
        content = path.read_bytes()
    except OSError as error:
        raise BadSource(f"{photograph.file} cannot be opened: {error.strerror}") from error
    media = next((each for magic, each in _MAGIC.items() if content.startswith(magic)), None)
    if media is None:
        raise BadSource(f"{photograph.file} is neither a JPEG nor a PNG")
    return Picture(photograph, f"data:{media};base64,{base64.b64encode(content).decode('ascii')}")


def told_day(day: date | None) -> str:
    """A day as readers are told it."""
    return "not said" if day is None else f"{day:%d %B %Y}".lstrip("0")


Standing = Literal["low", "medium", "high"]


def standing(score: int) -> Standing:
    """Of a risk by its score: 15 or more is high, 8 or more medium."""
    return "high" if score >= 15 else "medium" if score >= 8 else "low"
