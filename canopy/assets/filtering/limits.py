"""How large a filter may be. Each refusal names the limit it met."""

from __future__ import annotations

MAX_CHARS = 50_000
"""Characters of a filter, as CQL2 text or JSON."""

MAX_DEPTH = 32
"""Expressions inside expressions, and parentheses inside parentheses."""

MAX_NODES = 1_000
"""Operators, properties and literals; a geometry counts as one."""

MAX_LIST = 200
"""Entries of one list."""

MAX_VERTICES = 1_000
"""Vertices of all geometries together."""

MAX_SHAPES = 10
"""Geometries of one filter."""

MAX_TEXT_CHARS = 2_000
"""Characters of one text literal or pattern."""

MAX_NUMBER = 1e15
"""Largest number, either sign."""
