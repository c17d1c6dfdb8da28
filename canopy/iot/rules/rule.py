"""What a rule may say: TOML for people, JSON over HTTP, and one JSON Schema for both."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from canopy.errors import Refused
from canopy.iot.flags import FLAGS
from canopy.iot.rules.conditions import (
    YEAR_MIN,
    Ingestion,
    Part,
    Rate,
    Ring,
    Threshold,
    When,
    Words,
)
from canopy.mail import checked_address

MOST_RULES = 500
"""Rules that a catalogue keeps, and a file may hold."""
DOUBTED = frozenset(
    {"bad-quality", "simulated", "stale", "unlikely", "spike", "stuck", "drift"}
)  # fmt: skip
"""Flags by which a reading is not judged, unless a rule asks for it (`with_flagged`)."""

Severity = Literal["info", "warning", "critical"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS_OF_WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Told = Literal["raised", "acknowledged", "cleared"]


class BadRule(Refused):
    """A rule breaks a rule of rules, named with the field."""

    kind, status, title = "bad-rule", 422, "The rule cannot be kept"


class Select(Part):
    """Which datastreams: those that fit everything that is said.

    Attributes:
        property: name or definition of the observed property.
        things: Things by number, source or name.
        asset_kinds: kinds of the asset that the Thing stands on.
        area: name or code of an area of the catalogue that the Thing is in.
        polygon: an area of one's own.
    """

    property: Words | None = None
    things: Annotated[tuple[Words, ...], Field(max_length=1_000)] = ()
    asset_kinds: Annotated[tuple[Words, ...], Field(max_length=50)] = ()
    area: Words | None = None
    polygon: Ring | None = None


class Hours(Part):
    """When the rule may raise an alarm, by a local clock.

    Attributes:
        days: on which days the hours begin.
        from, until: HH:MM; 24:00 is the end of the day, and an end at or before the beginning
            is on the next day.
        time_zone: of the IANA database.
    """

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)] = DAYS_OF_WEEK
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


class Tell(Part):
    """Who is told, of which changes.

    Attributes:
        mail: addresses.
        webhooks: names in the file that CANOPY_ALARM_WEBHOOKS names.
        mqtt: whether the alarm is published, retained, below canopy/alarms/.
        on: of what they are told.
    """

    mail: Annotated[tuple[Annotated[str, Field(max_length=254)], ...], Field(max_length=50)] = ()
    webhooks: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")], ...],
        Field(max_length=10),
    ] = ()
    mqtt: bool = True
    on: Annotated[tuple[Told, ...], Field(max_length=3)] = ("raised", "acknowledged", "cleared")

    @field_validator("mail")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                checked_address(each)
            except Refused as error:
                raise ValueError(error.detail) from None
        return value


class Rule(Part):
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
    oldest_min: Annotated[float, Field(ge=1, le=YEAR_MIN)] = 24 * 60
    with_flagged: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    select: Select = Select()
    when: When
    hours: Hours | None = None
    tell: Tell = Tell()

    @field_validator("with_flagged")
    @classmethod
    def _doubted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
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


class RuleFile(Part):
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
