"""Nested values as flat names."""

from __future__ import annotations

from collections.abc import Iterator


def leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Names with dots, and values, of nested objects and lists: `{"a": [5]}` gives `a.0`, 5."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from leaves(child, f"{name}.{at}" if name else str(at))
    else:
        yield name, value
