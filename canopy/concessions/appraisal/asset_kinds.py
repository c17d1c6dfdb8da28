"""Which kind an asset is that terms name by its reference alone.

Sources have references of their own, so one reference can be of two assets. Where both are of
one kind, figures by kind do not depend on which is let. Where they are not, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Kinds = Mapping[str, Mapping[str, str]]
"""Of each reference, the kinds of the catalogue's assets that have it, by source."""


def kind_of(ref: str, kinds: Kinds) -> tuple[str | None, str]:
    """The kind of the asset that is let; or None, and why it is not known."""
    found = kinds.get(ref, {})
    if not found:
        return None, f"the catalogue has no asset {ref}"
    if len(set(found.values())) > 1:
        told = ", ".join(f"{kind} of {source}" for source, kind in sorted(found.items()))
        return None, f"the catalogue has {len(found)} assets {ref}: {told}"
    return next(iter(found.values())), ""


def unknown(refs: Iterable[str], kinds: Kinds) -> str | None:
    """Why the first kind that is not known is not; None where all are."""
    answers = (kind_of(ref, kinds) for ref in refs)
    return next((reason for kind, reason in answers if kind is None), None)
