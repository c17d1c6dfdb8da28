"""Groups of prospects counted from scores: how many assets of a kind have a class.

A file of prospects (`canopy.concessions.appraisal.prospecting`) says for each group how many
assets it has, and a suitability class by which its price is looked up. Here a group may leave
`assets` out and name a `kind`: then it has as many as were scored with that class.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from canopy.assets.kinds import KINDS
from canopy.concessions.appraisal.prospecting import ProspectsAsked, asked_of
from canopy.errors import BadTerms
from canopy.plan.suitability.scoring import CLASSES, Scored


def prospects_of(document: dict[str, Any], scored: Scored) -> tuple[ProspectsAsked, list[str]]:
    """What is asked for, its groups counted, and a sentence for each that was.

    A group that has no asset is left out. Raises BadTerms with every field that is wrong.
    """
    groups, told = [], []
    counted = _counted(scored)
    for number, group in enumerate(_groups(document), 1):
        if "assets" in group:
            groups.append(group)
            continue
        kind, suitability = group.pop("kind", None), group.get("suitability")
        _check(number, kind, suitability)
        many = sum(
            count
            for (each, kind_of), count in counted.items()
            if each == suitability and kind in (None, kind_of)
        )
        what = "assets" if kind is None else KINDS[kind].label_plural.lower()
        told.append(f"{group.get('name')}: {many:,} {what} are {suitability}.")
        if many:
            groups.append({**group, "assets": many})
    if not groups:
        raise BadTerms("no asset is in any of the groups", field="groups")
    return asked_of({**document, "groups": groups}), told


def _counted(scored: Scored) -> Counter[tuple[str, str]]:
    kinds = scored.facts.assets.kind
    return Counter(
        (str(CLASSES[each]), kinds[at])
        for each, at in zip(scored.classes.tolist(), scored.at.tolist(), strict=True)
    )


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    given = document.get("groups")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise BadTerms("groups is a list of tables", field="groups")
    return [dict(each) for each in given]


def _check(number: int, kind: object, suitability: object) -> None:
    if kind is not None and kind not in [str(each) for each in KINDS]:
        raise BadTerms(f"groups.{number}.kind: {kind!r} is no kind of asset", field="kind")
    if suitability not in [str(each) for each in CLASSES]:
        names = ", ".join(CLASSES)
        raise BadTerms(f"groups.{number}.suitability: {suitability!r} is none of {names}",
                       field="suitability")  # fmt: skip
