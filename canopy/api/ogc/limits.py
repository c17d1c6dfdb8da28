"""How much one request may ask for. Each refusal names the limit it met."""

from __future__ import annotations

DEFAULT_LIMIT = 100
"""Features of a page where nothing is said."""

MAX_LIMIT = 10_000
"""Features of a page; a larger `limit` is brought down to it."""

MAX_QUERY_CHARS = 60_000
"""Characters of a request's query."""

MAX_SORT_KEYS = 3
"""Fields that a page is sorted by."""

MAX_QUERYABLES = 20
"""Fields asked for as parameters of their own."""

MAX_PROPERTIES = 200
"""Names in `properties`."""

MAX_COORDINATE = 1e9
"""Largest coordinate of a box or a position, either sign, in the units of its CRS."""

PAGE_SECONDS = 5.0
"""Longest time a page is searched for before what was found is sent [s]."""

TOKEN_SECONDS = 5.0
"""How long a token is taken for valid after it was looked up [s]; revoked in that time, it
still works."""

MAX_TOKENS = 1_000
"""Tokens that are remembered at a time."""

MAX_BODY_BYTES = 8_000_000
"""Size of a feature that is sent; a position of 100,000 vertices takes about half of it."""

MAX_JSON_DEPTH = 12
"""How deep arrays and objects of a body may lie in one another; a feature needs 7."""

MAX_REASON_CHARS = 500
"""Characters of the reason for a change."""

DEFAULT_NEAREST = 10
"""Assets that `/nearest` finds where nothing is said."""

MAX_NEAREST = 100
"""Assets that `/nearest` finds; a larger `k` is brought down to it."""

DEFAULT_RADIUS_M = 1_000.0
"""How far `/nearest` looks where nothing is said [m]."""

MAX_RADIUS_M = 50_000.0
"""How far `/nearest` looks [m]; a larger `radius_m` is refused, as it would find less than said."""

DEFAULT_FOUND = 10
"""Assets that `/search` finds where nothing is said."""

MAX_FOUND = 50
"""Assets that `/search` finds; a larger `limit` is brought down to it."""
