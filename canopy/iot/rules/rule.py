"""What a rule may say: TOML for people, JSON over HTTP, and one JSON Schema for both."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from canopy.errors import Refused
from canopy.iot.flags import FLAGS
from canopy.mail import checked_address

MOST_RULES = 500
"""Rules that a catalogue keeps, and a file may hold."""
_WEEK_MIN = 7 * 24 * 60.0
_YEAR_MIN = 366 * 24 * 60.0

DOUBTED = frozenset(
    {"bad-quality", "simulated", "stale", "unlikely", "spike", "stuck", "drift"}
)  # fmt: skip
"""Flags by which a reading is not judged, unless a rule asks for it (`with_flagged`)."""

Severity = Literal["info", "warning", "critical"]
Happens = Literal["counter-gap", "sequence-gap", "broker-dropped", "dead-letters", "clock"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS_OF_WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Told = Literal["raised", "acknowledged", "cleared"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[float, Field(ge=0, le=_WEEK_MIN, allow_inf_nan=False)]
Position = tuple[
    Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]
]  # fmt: skip
Ring = Annotated[list[Position], Field(min_length=3, max_length=2_000)]
"""Longitude and latitude of corners, WGS 84 [degrees]; it is closed by itself."""


class BadRule(Refused):
    """A rule breaks a rule of rules, named with the field."""

    kind, status, title = "bad-rule", 422, "The rule cannot be kept"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Select(_Part):
    """Which datastreams: those that fit everything that is said.

    Attributes:
        property: name or definition of the observed property.
        things: Things by number, source or name.
        asset_kinds: kinds of the asset that the Thing stands on.
        area: name or code of an area of the catalogue that the Thing is in.
        polygon: an area of one's own.
    """

    property: Words | None = None
    things: Annotated[list[Words], Field(max_length=1_000)] = []
    asset_kinds: Annotated[list[Words], Field(max_length=50)] = []
    area: Words | None = None
    polygon: Ring | None = None


class _Lasting(_Part):
    """for_min: how long it must have held before the alarm is raised [min].
    clear_for_min: how long it must be over before it is cleared [min]."""

    for_min: Minutes = 0
    clear_for_min: Minutes = 0


class Threshold(_Lasting):
    """A number beyond a limit.

    Attributes:
        above, below: the limit; one of them. The limit itself is not beyond it.
        clears_at: where it is over: at or below it for `above`, at or above it for `below`; the
            limit itself where it is not said. Between the two nothing changes.
        unit: UCUM code; streams in another unit are left out.
    """

    kind: Literal["threshold"]
    above: Finite | None = None
    below: Finite | None = None
    clears_at: Finite | None = None
    unit: Words | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give one of above and below")
        _check_clearing(self.above, self.below, self.clears_at)
        return self


class Rate(_Lasting):
    """A number that changes too fast, from one reading to the next.

    Attributes:
        above: the change in `per_min` minutes that is too much, above 0.
        per_min: that time [min].
        direction: which way it changes.
        clears_at: the change at or below which it is over; `above` where it is not said.
        unit: UCUM code; streams in another unit are left out.
    """

    kind: Literal["rate"]
    above: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    per_min: Annotated[float, Field(gt=0, le=_WEEK_MIN)] = 60
    direction: Literal["rise", "fall", "either"] = "either"
    clears_at: Finite | None = None
    unit: Words | None = None

    @model_validator(mode="after")
    def _clears_below(self) -> Self:
        _check_clearing(self.above, None, self.clears_at)
        return self


class Missing(_Part):
    """No reading for some time.

    Attributes:
        silent_min: for how long [min].
        by: whether since one ``arrival``, or since the newest ``phenomenon`` time.
    """

    kind: Literal["missing"]
    silent_min: Annotated[float, Field(ge=1, le=_YEAR_MIN)]
    by: Literal["arrival", "phenomenon"] = "arrival"


class Fence(_Lasting):
    """A moving Thing that is where it should not be, by the positions of its readings.

    Attributes:
        alarm: whether it must not be ``outside`` (it left) or ``inside`` (it entered).
        area: name or code of an area of the catalogue.
        polygon: an area of one's own; one of the two.
    """

    kind: Literal["fence"]
    alarm: Literal["outside", "inside"]
    area: Words | None = None
    polygon: Ring | None = None

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if (self.area is None) == (self.polygon is None):
            raise ValueError("give one of area and polygon")
        return self


class Ingestion(_Part):
    """Something that was noticed about ingestion, such as a run of dead letters.

    Attributes:
        happenings: kinds, as `canopy iot happenings` names them.
        times: how often it must have happened.
        quiet_min: it is over when it has not happened for so long [min], or was seen to.
    """

    kind: Literal["ingestion"]
    happenings: Annotated[list[Happens], Field(min_length=1, max_length=10)]
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    quiet_min: Annotated[float, Field(ge=1, le=_YEAR_MIN)] = 24 * 60


When = Annotated[Threshold | Rate | Missing | Fence | Ingestion, Field(discriminator="kind")]


class Hours(_Part):
    """When the rule may raise an alarm, by a local clock.

    Attributes:
        days: on which days the hours begin.
        from, until: HH:MM; 24:00 is the end of the day, and an end at or before the beginning
            is on the next day.
        time_zone: of the IANA database.
    """

    days: Annotated[list[Day], Field(min_length=1, max_length=7)] = list(DAYS_OF_WEEK)
    from_: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "00:00"
    until: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")] = "24:00"
    time_zone: Words = "Europe/London"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no time zone of that name; write it as Europe/London") from None
        return value


class Tell(_Part):
    """Who is told, of which changes.

    Attributes:
        mail: addresses.
        webhooks: names in the file that CANOPY_ALARM_WEBHOOKS names.
        mqtt: whether the alarm is published, retained, below canopy/alarms/.
        on: of what they are told.
    """

    mail: Annotated[list[Annotated[str, Field(max_length=254)]], Field(max_length=50)] = []
    webhooks: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]], Field(max_length=10)
    ] = []
    mqtt: bool = True
    on: Annotated[list[Told], Field(max_length=3)] = ["raised", "acknowledged", "cleared"]

    @field_validator("mail")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for each in value:
            try:
                checked_address(each)
            except Refused as error:
                raise ValueError(error.detail) from None
        return value


class Rule(_Part):
    """One rule.

    Attributes:
        name: what it is known by: small letters, digits and hyphens.
        title: what people are told.
        oldest_min: a reading that was older than this when it came raises and clears nothing
            [min].
        with_flagged: flags of readings that count all the same, of `DOUBTED`.
        hours: at any time where it is not said.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    title: Words
    note: Annotated[str, Field(max_length=2_000)] = ""
    severity: Severity = "warning"
    is_active: bool = True
    oldest_min: Annotated[float, Field(ge=1, le=_YEAR_MIN)] = 24 * 60
    with_flagged: Annotated[list[Words], Field(max_length=20)] = []
    select: Select = Select()
    when: When
    hours: Hours | None = None
    tell: Tell = Tell()

    @field_validator("with_flagged")
    @classmethod
    def _doubted(cls, value: list[str]) -> list[str]:
        unknown = [each for each in value if each not in DOUBTED]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(DOUBTED))}")
        return value

    @model_validator(mode="after")
    def _says_of_what(self) -> Self:
        is_open = self.select.property is None and not self.select.things
        if isinstance(self.when, Threshold | Rate) and is_open:
            raise ValueError("select.property: say of which property, or select.things")
        if isinstance(self.when, Ingestion) and self.select != Select():
            raise ValueError("select: a rule about ingestion selects no streams; leave it out")
        return self

    def judged_by(self) -> dict[str, Any]:
        """What decides whether an alarm is raised; the rest is what is told, and to whom."""
        kept = {"select", "when", "hours", "oldest_min", "with_flagged"}
        return self.model_dump(mode="json", by_alias=True, include=kept)

    def document(self) -> dict[str, Any]:
        """The rule as JSON, as it is stored and spoken."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def doubted(self) -> int:
        """The bits of flags by which it does not judge."""
        return sum(FLAGS[each] for each in DOUBTED.difference(self.with_flagged))


class RuleFile(_Part):
    """A TOML file of rules, ``[[rule]]`` each."""

    rule: Annotated[list[Rule], Field(min_length=1, max_length=MOST_RULES)]


def loads(written: str) -> list[Rule]:
    """The rules of a TOML text. Raises BadRule, naming the field."""
    try:
        given = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise BadRule(f"The file is not TOML: {error}") from error
    try:
        rules = RuleFile.model_validate(given).rule
    except ValidationError as error:
        raise BadRule(told(error)) from error
    names = [each.name for each in rules]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadRule(f"rule.{place}.name: {name!r} is the name of another rule in the file.")
    return rules


def rule_of(document: object) -> Rule:
    """A rule as it was stored or sent. Raises BadRule, naming the field."""
    try:
        return Rule.model_validate(document)
    except ValidationError as error:
        raise BadRule(told(error)) from error


def told(error: ValidationError) -> str:
    """Each field that is wrong, and why; never what was written there."""
    kinds = {"threshold", "rate", "missing", "fence", "ingestion"}
    said = []
    for each in error.errors(include_input=False, include_url=False):
        path = [str(part) for part in each["loc"]]
        where = ".".join(
            part for place, part in enumerate(path)
            if not (part in kinds and place and path[place - 1] == "when")
        )  # fmt: skip
        message = each["msg"].removeprefix("Value error, ")
        said.append(f"{where}: {message}" if where else message)
    return "; ".join(said) + "."


def _check_clearing(above: float | None, below: float | None, clears_at: float | None) -> None:
    if clears_at is None:
        return
    if above is not None and clears_at > above:
        raise ValueError("clears_at: must be at or below above, or it would clear at once")
    if below is not None and clears_at < below:
        raise ValueError("clears_at: must be at or above below, or it would clear at once")
