"""Identities of assets."""

from __future__ import annotations

import os
import time

import numpy as np


def new_asset_ids(count: int) -> list[str]:
    """Version 7 UUIDs: ordered by time, so that their index grows at one end.

    Source: RFC 9562, §5.7.
    """
    octets = np.frombuffer(os.urandom(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    milliseconds = time.time_ns() // 1_000_000
    octets[:, :6] = np.frombuffer(milliseconds.to_bytes(6, "big"), dtype=np.uint8)
    octets[:, 6] = (octets[:, 6] & 0x0F) | 0x70
    octets[:, 8] = (octets[:, 8] & 0x3F) | 0x80
    text = octets.tobytes().hex()
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-{text[i + 12 : i + 16]}-"
        f"{text[i + 16 : i + 20]}-{text[i + 20 : i + 32]}"
        for i in range(0, 32 * count, 32)
    ]
