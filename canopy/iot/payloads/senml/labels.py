"""The labels of SenML fields, RFC 8428 tables 1, 2 and 4."""

from __future__ import annotations

CBOR_LABELS: dict[int, str] = {
    -1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs",
    0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 5: "s", 6: "t", 7: "ut", 8: "vd",
}  # fmt: skip
"""CBOR label -> name in JSON."""

VALUES = ("v", "vs", "vb", "vd")
MEASURED = (*VALUES, "s")
PLAIN = frozenset({*MEASURED, "n", "u", "t", "ut"})
"""Fields that say something of their own record alone."""
NEWEST_VERSION = 10
"""Version of RFC 8428; RFC 9100 makes higher ones of features that are not known here."""
