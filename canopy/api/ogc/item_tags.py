"""ETags of one feature: which version of the asset, and what of it was shown.

``"7-5d0c1a2b-…"`` is the asset's version, what tells that version from all others of all
assets, and a digest of the answer. A write compares the first two: it does not matter in
which CRS, or by whose eyes, the version was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from canopy.api.ogc.answers import etag_of
from canopy.assets.editing.writing.writer import AssetState
from canopy.db.types import utc_text

MAX_TAGS = 20
"""ETags of one `If-Match`; more are not looked at."""
_TAG = re.compile(r'"([0-9]{1,9})-([0-9a-f]{8})-[0-9a-f]{24}(?:[-;:+]{1,2}[a-z]{2,8})?"')
"""With what proxies put behind it when they pack the answer: ``-gzip``, ``--gzip``, ``;br``."""


@dataclass(frozen=True, slots=True)
class IfMatch:
    """What `If-Match` asks: any version there is, or one of some.

    Weak ETags and those of other services are no version: they never match. Source:
    RFC 9110, 13.1.1.
    """

    anything: bool
    versions: frozenset[tuple[int, str]]

    @classmethod
    def read(cls, header: str) -> IfMatch:
        """The condition in a header's value."""
        if header.strip() == "*":
            return cls(True, frozenset())
        parts = (each.strip() for each in header.split(",", MAX_TAGS)[:MAX_TAGS])
        found = (_TAG.fullmatch(each) for each in parts)
        return cls(False, frozenset((int(each[1]), each[2]) for each in found if each))

    def holds(self, state: AssetState) -> bool:
        """Whether an asset is as it was asked for."""
        return self.anything or (state.version, _digest(state)) in self.versions


def item_etag(asset_id: str, properties: Mapping[str, object], body: bytes) -> str:
    """A strong ETag. Who does not see the version gets one that only tells answers apart."""
    shown = etag_of(body)[3:-1]
    version, at = properties.get("version"), properties.get("updated_at")
    if not isinstance(version, int) or not isinstance(at, str):
        return f'"{shown}"'
    state = AssetState(asset_id, version, datetime.fromisoformat(at))
    return f'"{version}-{_digest(state)}-{shown}"'


def _digest(state: AssetState) -> str:
    at = "" if state.updated_at is None else utc_text(state.updated_at)
    told = f"{state.asset_id} {state.version} {at}"
    return blake2b(told.encode(), digest_size=4).hexdigest()
