"""Identities of assets."""

from __future__ import annotations

import os
import time


def new_asset_ids(count: int) -> list[str]:
    """Version 7 UUIDs: ordered by time, so that their index grows at one end.

    Source: RFC 9562, §5.7.
    """
    milliseconds = time.time_ns() // 1_000_000
    prefix = f"{milliseconds:012x}"
    head = f"{prefix[:8]}-{prefix[8:]}-7"
    random = os.urandom(10 * count).hex()
    ids = []
    for i in range(0, 20 * count, 20):
        part = random[i : i + 20]
        variant = "89ab"[int(part[3], 16) & 3]
        ids.append(f"{head}{part[:3]}-{variant}{part[4:7]}-{part[7:19]}")
    return ids
