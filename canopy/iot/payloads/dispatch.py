"""Which decoder reads a message: routes by topic filter and content type, from TOML.

The first route that fits decides. Without a file, `DEFAULT_ROUTES` know the topics that the formats
themselves fix, and one of Canopy's own for each format that fixes none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from canopy.errors import BadMapping
from canopy.iot.payloads import sensor_community, sensorthings
from canopy.iot.payloads.fiware import decoding as fiware
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.lorawan import chirpstack, things_stack
from canopy.iot.payloads.mapped import decoding as mapped
from canopy.iot.payloads.mapped.mapping import Compiled, Mapping, zone_of
from canopy.iot.payloads.reading import Message, Outcome, Undecodable
from canopy.iot.payloads.senml import packs
from canopy.iot.payloads.sparkplug import decoding as sparkplug
from canopy.iot.payloads.sparkplug.state import SparkplugState
from canopy.iot.payloads.unreadable import shown
from canopy.log import logger

log = logger("iot")

DecoderName = Literal[
    "chirpstack", "fiware", "mapped", "sensor-community", "sensor-community-csv", "senml+cbor",
    "senml+json", "sensorthings", "sparkplug", "things-stack",
]  # fmt: skip
MAX_ROUTES = 1_000
MAX_FILE_CHARS = 1_000_000
MAX_KNOWN = 10_000
"""Topics whose decoder is remembered."""
_FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a decoder may raise where it has a fault: it should raise nothing."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule: messages that fit both `topic` and `content_type` go to `decoder`.

    Attributes:
        topic: MQTT topic filter, with `+` for a level and `#` at the end for any levels.
        content_type: media type, without parameters.
        time_zone: of times without an offset, for formats that have such.
        mapping: the name of a mapping, for `mapped`.
    """

    decoder: DecoderName
    topic: Text = "#"
    content_type: str = ""
    time_zone: str | None = None
    mapping: str | None = None


class Routes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of routes: `[[route]]`, in order, and `[[mapping]]`."""

    route: Annotated[tuple[Route, ...], msgspec.Meta(max_length=MAX_ROUTES)] = ()
    mapping: Annotated[tuple[Mapping, ...], msgspec.Meta(max_length=MAX_ROUTES)] = ()


DEFAULT_ROUTES = Routes(
    route=(
        Route(decoder="senml+json", content_type="application/senml+json"),
        Route(decoder="senml+cbor", content_type="application/senml+cbor"),
        Route(decoder="fiware", content_type="application/ld+json"),
        Route(decoder="senml+json", topic="senml/#"),
        Route(decoder="senml+cbor", topic="senml-cbor/#"),
        Route(decoder="chirpstack", topic="application/+/device/+/event/+"),
        Route(decoder="things-stack", topic="v3/+/devices/+/#"),
        Route(decoder="things-stack", topic="+/devices/+/up"),
        Route(decoder="sparkplug", topic="spBv1.0/#"),
        Route(decoder="sensorthings", topic="v1.1/#"),
        Route(decoder="sensorthings", topic="v1.0/#"),
        Route(decoder="fiware", topic="ngsi-ld/#"),
        Route(decoder="fiware", topic="ngsi-v2/#"),
        Route(decoder="fiware", topic="json/+/+/attrs"),
        Route(decoder="fiware", topic="/json/+/+/attrs"),
    )
)


def loads(written: str) -> Routes:
    """The routes of a TOML text. Raises BadMapping with the field that is wrong."""
    if len(written) > MAX_FILE_CHARS:
        raise BadMapping(f"the routes are over {MAX_FILE_CHARS:,} characters")
    try:
        return msgspec.convert(tomllib.loads(written), Routes)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"the routes are not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"the routes cannot be used: {error}") from error


class Dispatcher:
    """Decodes messages by routes. Holds the state of Sparkplug B: one per reader of a broker."""

    def __init__(
        self,
        routes: Routes = DEFAULT_ROUTES,
        limits: Limits = LIMITS,
        state: SparkplugState | None = None,
    ) -> None:
        """Raises BadMapping where a route or a path of a mapping cannot be used."""
        self._limits = limits
        self._known: dict[tuple[str, str], Callable[[Message], Outcome]] = {}
        self._state = SparkplugState() if state is None else state
        try:
            self._mappings = {each.name: Compiled(each) for each in routes.mapping}
            if len(self._mappings) != len(routes.mapping):
                raise ValueError("two mappings have one name")
            self._routes = [
                (each.topic.split("/"), each.content_type.lower(), self._decoder(each))
                for each in routes.route
            ]
        except ValueError as error:
            raise BadMapping(str(error)) from error

    def decode(self, message: Message) -> Outcome:
        """What the decoder of the first route that fits answers."""
        decoder = self._known.get((message.topic, message.content_type))
        if decoder is None:
            decoder = self._chosen(message)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[message.topic, message.content_type] = decoder
        try:
            return decoder(message)
        except _FAULTS as fault:  # ours, not the sender's: one message must not stop all others
            log.exception("decoder_fault", topic=message.topic)
            told = f"Canopy has a fault here ({type(fault).__name__}): report it, then replay"
            return Undecodable(kind="decoder-fault", reason=told)

    def _chosen(self, message: Message) -> Callable[[Message], Outcome]:
        levels = message.topic.split("/")
        content_type = message.content_type.partition(";")[0].strip().lower()
        for pattern, wanted, decoder in self._routes:
            if wanted in ("", content_type) and topic_matches(pattern, levels):
                return decoder
        return _no_route

    def _decoder(self, route: Route) -> Callable[[Message], Outcome]:
        limits, zone = self._limits, None
        check_filter(route.topic)
        if route.time_zone is not None:
            zone = zone_of(route.time_zone)
        if (route.decoder == "mapped") != (route.mapping is not None):
            raise ValueError(f"{route.topic}: a mapping is given for `mapped`, and only then")
        if route.mapping is not None:
            if route.mapping not in self._mappings:
                raise ValueError(f"{route.topic}: there is no mapping {route.mapping!r}")
            mapping = self._mappings[route.mapping]
            return lambda message: mapped.decode(message, mapping, limits)
        return {
            "chirpstack": lambda message: chirpstack.decode(message, limits),
            "fiware": lambda message: fiware.decode(message, zone, limits),
            "sensor-community": lambda message: sensor_community.decode_json(message, zone, limits),
            "sensor-community-csv": lambda message: sensor_community.decode_csv(
                message, zone, limits
            ),
            "senml+cbor": lambda message: packs.decode_cbor(message, limits),
            "senml+json": lambda message: packs.decode_json(message, limits),
            "sensorthings": lambda message: sensorthings.decode(message, limits),
            "sparkplug": lambda message: sparkplug.decode(message, self._state, limits),
            "things-stack": lambda message: things_stack.decode(message, limits),
        }[route.decoder]


def _no_route(message: Message) -> Outcome:
    told = (
        f"no route takes {shown(message.topic)}: a file of routes (CANOPY_IOT_ROUTES) may name it"
    )
    return Undecodable(kind="unknown-topic", reason=told)


def check_filter(topic: str) -> None:
    """Raises ValueError for what is no MQTT topic filter (MQTT 5.0, section 4.7.1)."""
    levels = topic.split("/")
    for at, level in enumerate(levels):
        if "#" in level and (level != "#" or at != len(levels) - 1):
            raise ValueError(f"{topic}: # stands alone, at the end")
        if "+" in level and level != "+":
            raise ValueError(f"{topic}: + stands alone in its level")


def topic_matches(pattern: list[str], levels: list[str]) -> bool:
    """Whether a topic, in levels, fits a filter, in levels. `#` also takes its parent."""
    for at, wanted in enumerate(pattern):
        if wanted == "#":
            return True
        if at >= len(levels) or wanted not in ("+", levels[at]):
            return False
    return len(levels) == len(pattern)
