"""What every file of a run says about itself: inputs, methods, parameters, version, time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from canopy.coverage.terrain.heights import HeightSource
from canopy.errors import Refused

OGL = "Open Government Licence v3.0"
"""https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"""

CC_BY_SA_4 = "CC BY-SA 4.0"
"""https://creativecommons.org/licenses/by-sa/4.0/"""

OPENCELLID_ATTRIBUTION = (
    "Cell positions: OpenCelliD Project (opencellid.org), licensed under CC BY-SA 4.0"
)

SHARE_ALIKE = (
    "An input is licensed CC BY-SA 4.0: who passes on what is adapted from it must do so under "
    "the same licence."
)

INDICATIVE = "Indicative: sites are estimated. Not to be used to show that a target is met."

JSON_KEY = "canopy_provenance"
"""Under this name a file's own metadata hold `Provenance.json_text`."""

MAX_JSON_CHARS = 1_000_000

_SHA256 = re.compile("[0-9a-f]{64}")
_YEAR = re.compile("(19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Input:
    """One file that the run read.

    Attributes:
        name: of the file (and member, for one in an archive).
        sha256: of its bytes, 64 lower-case hexadecimal digits.
        licence: name of the licence, or "" when not known.
        attribution: words that must be shown with whatever is made from it, or "".
    """

    name: str
    sha256: str
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        if not self.name or not _SHA256.fullmatch(self.sha256):
            raise Refused(
                f"the input {self.name!r} needs a name and a SHA-256 of 64 lower-case "
                f"hexadecimal digits, not {self.sha256[:80]!r}"
            )


@dataclass(frozen=True, slots=True)
class Method:
    """A published method and its edition, such as ("ITU-R P.1812", "P.1812-7 (08/2023)")."""

    name: str
    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything that a figure of the run can be traced to.

    Attributes:
        title: what the run is, for people.
        generated_at: when, with a time zone; the caller's clock, never this package's.
        canopy_version: that computed it.
        inputs, methods: in the order that they should be shown.
        parameters: name and value of each, units in the name.
        indicative: True when any site is an estimate.
    """

    title: str
    generated_at: datetime
    canopy_version: str
    inputs: tuple[Input, ...] = ()
    methods: tuple[Method, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    indicative: bool = False

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise Refused("the time of a run needs a time zone: pass it in UTC")
        names = [name for name, _ in self.parameters]
        if len(set(names)) != len(names):
            raise Refused("a parameter is given twice: a figure could be traced to either value")

    @property
    def utc(self) -> datetime:
        return self.generated_at.astimezone(UTC)

    @property
    def time_utc(self) -> str:
        """ISO 8601 to the second, such as 2026-11-24T09:30:00Z."""
        return self.utc.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def attributions(self) -> tuple[str, ...]:
        """What must be named where the result is shown, each once."""
        return tuple(dict.fromkeys(each.attribution for each in self.inputs if each.attribution))

    @property
    def credit(self) -> str:
        """One line for a map's corner or a file's copyright field."""
        return "; ".join(self.attributions)

    def with_parameters(self, more: Mapping[str, str]) -> Provenance:
        """This with the parameters of `more` as well; one told otherwise before is Refused."""
        told = dict(self.parameters)
        for name, value in more.items():
            if told.setdefault(name, value) != value:
                raise Refused(f"{name} is told as {told[name]!r} and as {value!r}: correct one")
        return replace(self, parameters=tuple(told.items()))

    def flat(self) -> dict[str, str]:
        """Named texts in a fixed order, for files that hold nothing deeper; none is empty."""
        found = {
            "title": self.title,
            "generated_at": self.time_utc,
            "canopy_version": self.canopy_version,
            "indicative": "yes" if self.indicative else "no",
            "attribution": self.credit,
            "notes": " ".join(self.notes()),
        }
        for number, each in enumerate(self.inputs, 1):
            licence = f", {each.licence}" if each.licence else ""
            found[f"input_{number}"] = f"{each.name}, sha256 {each.sha256}{licence}"
        for number, method in enumerate(self.methods, 1):
            found[f"method_{number}"] = f"{method.name}, {method.edition}"
        found |= {f"parameter_{name}": value for name, value in self.parameters}
        return {name: text for name, text in found.items() if text}

    def notes(self) -> tuple[str, ...]:
        """Warnings that go wherever the result goes."""
        share_alike = any(each.licence == CC_BY_SA_4 for each in self.inputs)
        return (INDICATIVE,) * self.indicative + (SHARE_ALIKE,) * share_alike

    def document(self) -> dict[str, object]:
        """As JSON values, in a fixed order."""
        return {
            "title": self.title,
            "generated_at": self.time_utc,
            "canopy_version": self.canopy_version,
            "indicative": self.indicative,
            "attribution": list(self.attributions),
            "notes": list(self.notes()),
            "inputs": [
                {
                    "name": each.name,
                    "sha256": each.sha256,
                    "licence": each.licence,
                    "attribution": each.attribution,
                }
                for each in self.inputs
            ],
            "methods": [{"name": each.name, "edition": each.edition} for each in self.methods],
            "parameters": dict(self.parameters),
        }

    def json_text(self) -> str:
        """`document` as text; Refused beyond `MAX_JSON_CHARS`."""
        text = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))
        if len(text) > MAX_JSON_CHARS:
            raise Refused(
                f"the provenance has {len(text):,} characters, more than the "
                f"{MAX_JSON_CHARS:,} that every format holds: name archives, not their members"
            )
        return text

    def lines(self) -> str:
        """For people: one fact a line."""
        return "\n".join(
            f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in self.flat().items()
        )


def os_attribution(year: int) -> str:
    """The words that the Open Government Licence asks for Ordnance Survey data of `year`."""
    if not _YEAR.fullmatch(str(year)):
        raise Refused(f"{year} is no year of publication")
    return f"Contains OS data © Crown copyright and database right {year}"


def os_open_input(name: str, sha256: str, year: int) -> Input:
    """An open data file of Ordnance Survey, such as a tile of OS Terrain 50."""
    return Input(name, sha256, OGL, os_attribution(year))


def opencellid_input(name: str, sha256: str) -> Input:
    """A file of OpenCelliD."""
    return Input(name, sha256, CC_BY_SA_4, OPENCELLID_ATTRIBUTION)


def height_inputs(sources: Iterable[HeightSource], year: int | None = None) -> tuple[Input, ...]:
    """Terrain files as inputs, each once.

    year: of publication, for Ordnance Survey's words; without it the licence that the source
    itself names stands as attribution.
    """
    found = {}
    for source in sources:
        if year is not None and source.product.startswith("OS Terrain"):
            found[source] = os_open_input(source.name, source.sha256, year)
        else:
            found[source] = Input(source.name, source.sha256, source.licence, source.licence)
    return tuple(found.values())
