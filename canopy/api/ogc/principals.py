"""Who asks, remembered for some seconds so that a look-up is not made for every request."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from starlette.requests import Request

from canopy.access.rules import PUBLIC, Principal
from canopy.access.tokens import NotAuthenticated, authenticate, digest
from canopy.api.ogc.limits import MAX_TOKENS, TOKEN_SECONDS
from canopy.assets.queries import now_utc
from canopy.db.engine import Database


class Principals:
    """Finds the principal of a request.

    A token that was found is trusted for `TOKEN_SECONDS`: a revocation takes effect by
    then. One that was not found is looked up again each time. Kept are digests, never
    secrets.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._database = database
        self._clock = clock
        self._now = now
        self._known: dict[str, tuple[float, Principal]] = {}
        self._lock = Lock()

    def of(self, request: Request) -> Principal:
        """Who asks: the public without a token. Raises NotAuthenticated for a wrong one."""
        secret = _secret(request)
        return PUBLIC if secret is None else self._holder(secret)

    def looked_up(self, request: Request) -> Principal:
        """Who asks, never from memory: a token that was revoked does not work any more."""
        secret = _secret(request)
        return PUBLIC if secret is None else self._look_up(secret)

    def known(self, request: Request) -> Principal | None:
        """Who asks, where that can be told without a look-up."""
        header = request.headers.get("authorization")
        if not header:
            return PUBLIC
        secret = header.partition(" ")[2].strip()
        known = self._known.get(digest(secret)) if secret else None
        return known[1] if known is not None and self._clock() < known[0] else None

    def _holder(self, secret: str) -> Principal:
        key = digest(secret)
        at = self._clock()
        known = self._known.get(key)
        if known is not None and at < known[0]:
            return known[1]
        principal = self._look_up(secret)
        with self._lock:
            if len(self._known) >= MAX_TOKENS:
                self._known.clear()
            self._known[key] = (at + TOKEN_SECONDS, principal)
        return principal

    def _look_up(self, secret: str) -> Principal:
        with self._database.reading() as session:
            return authenticate(session, secret, self._now())


def _secret(request: Request) -> str | None:
    """The token that was sent; None where there is none."""
    header = request.headers.get("authorization")
    if not header:
        return None
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotAuthenticated("Send the token as `Authorization: Bearer canopy_…`.")
    return secret.strip()
