"""Mosquitto's file of topics: one stanza a gateway, between two lines that Canopy keeps.

What stands outside of them is whoever runs the broker's own, and stays. A stanza each, rather
than one pattern for all: whoever is not in the file may do nothing, even where a certificate that
has not expired lets them in.

Source: mosquitto.conf(5), `acl_file`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from canopy.errors import Refused
from canopy.iot.passwords import replace

_BEGINS = "# Gateways, written by `canopy iot gateway`: begin"
_ENDS = "# Gateways: end"
READER = """# Canopy reads what every gateway publishes. It alone publishes alarms, commands to
# Sparkplug's nodes, and open Observations, which everybody with a password may read.
pattern read v1.1/#
user canopy
topic read canopy/#
topic write canopy/alarms/#
topic write canopy/gateways/+/spBv1.0/+/NCMD/+
topic write v1.1/#
topic read $SYS/broker/publish/messages/dropped
"""


def write(path: Path, names: Iterable[str]) -> None:
    """Let these gateways, and no others, publish below their own names.

    Raises Refused where the file has only one of the two lines.
    """
    written = path.read_text(encoding="utf-8") if path.exists() else READER
    replace(path, _with(path, written, "".join(_stanza(name) for name in sorted(names))))


def _stanza(name: str) -> str:
    own = f"canopy/gateways/{name}/"
    return f"user {name}\ntopic write {own}#\ntopic read {own}spBv1.0/+/NCMD/+\n"


def _with(path: Path, written: str, stanzas: str) -> str:
    block = f"{_BEGINS}\n{stanzas}{_ENDS}\n"
    lines = [line.strip() for line in written.splitlines()]
    counted = (lines.count(_BEGINS), lines.count(_ENDS))
    if counted == (0, 0):
        return f"{written.rstrip()}\n\n{block}"
    if counted != (1, 1) or lines.index(_BEGINS) > lines.index(_ENDS):
        raise Refused(
            f"{path}: the lines {_BEGINS!r} and {_ENDS!r} must stand there once each, in that "
            "order. Put them right, or remove both and what is between them."
        )
    kept = written.splitlines(keepends=True)
    before, after = kept[: lines.index(_BEGINS)], kept[lines.index(_ENDS) + 1 :]
    return "".join([*before, block, *after])
