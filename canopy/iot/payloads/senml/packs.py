"""SenML packs out of JSON and CBOR bytes."""

from __future__ import annotations

import base64
import io
from decimal import Decimal
from typing import Any

import cbor2

from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.reading import Decoded, Message
from canopy.iot.payloads.senml.labels import CBOR_LABELS
from canopy.iot.payloads.senml.resolving import resolved
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import LARGEST_INTEGER, array, obj

DECIMAL_FRACTION_TAG = 4
LARGEST_EXPONENT = 400
"""Beyond it a float is 0 or infinite; a decimal of it would take seconds to make."""
_OTHER_TAGS = (
    0, 1, 2, 3, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip
"""Tags that the library would make something of: expressions, shared and huge values."""


@answering
def decode_json(message: Message, limits: Limits = LIMITS) -> Decoded:
    """`application/senml+json`."""
    return resolved(parse(bounded(message, limits), limits), message.arrived_at, limits)


@answering
def decode_cbor(message: Message, limits: Limits = LIMITS) -> Decoded:
    """`application/senml+cbor`. Labels may be numbers or, for extensions, text."""
    body = bounded(message, limits)
    records = array(_loaded(body, limits), "a SenML pack")
    if len(records) > limits.readings:
        raise Unreadable("too-many", f"{len(records):,} records, of {limits.readings:,} allowed")
    pack = [_json_labels(obj(each, f"record {at}")) for at, each in enumerate(records)]
    return resolved(pack, message.arrived_at, limits)


def _no_tag(_: object, __: bool) -> object:
    raise ValueError("SenML has no such tag")


def _decimal_fraction(value: object, _: bool) -> float:
    match value:
        case (int() as exponent, int() as mantissa) if (
            abs(exponent) <= LARGEST_EXPONENT and abs(mantissa) < LARGEST_INTEGER
        ):
            return float(Decimal(mantissa).scaleb(exponent))
    raise ValueError("no decimal fraction that can be kept")


_TAGS = {tag: _no_tag for tag in _OTHER_TAGS} | {DECIMAL_FRACTION_TAG: _decimal_fraction}


def _loaded(body: bytes, limits: Limits) -> object:
    """One CBOR item, of the whole body: what followed it would be lost without a word."""
    stream = io.BytesIO(body)
    decoder = cbor2.CBORDecoder(
        stream, semantic_decoders=_TAGS, max_depth=limits.depth, allow_duplicate_keys=False
    )
    try:
        item = decoder.decode()
    except cbor2.CBORDecodeError as error:
        raise Unreadable("malformed", f"not CBOR: {str(error)[:100]}") from None
    if stream.tell() != len(body):
        raise Unreadable("malformed", "bytes follow the pack")
    return item


def _json_labels(record: dict[Any, Any]) -> dict[str, Any]:
    """A record under JSON's labels. Labels that are not known are kept only if they are text."""
    named: dict[str, Any] = {}
    for label, value in record.items():
        # True and 2.0 are equal to labels without being any.
        name = CBOR_LABELS.get(label) if type(label) is int else label
        if not isinstance(name, str):
            continue
        if name in named:
            raise Unreadable("duplicate-key", f"{shown(name)} is there by number and by name")
        named[name] = _base64(value) if name == "vd" else value
    return named


def _base64(value: object) -> str:
    """Bytes as JSON writes them: base64url without padding, section 4.3."""
    if not isinstance(value, bytes):
        raise Unreadable("wrong-shape", f"vd is {shown(value)}, not bytes")
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
