"""The cover, and what figures come from. Neither tells which agreement is valued."""

from __future__ import annotations

from collections.abc import Sequence

from canopy.plan.benefits.valued import unsourced
from canopy.plan.report.material import Material
from canopy.plan.report.telling import NOTHING, words


def cover(material: Material) -> list[tuple[str, str]]:
    """Of both editions."""
    if material.changed is None:
        stale = "This is computed for the first time."
    elif material.changed:
        told = "; ".join(_without_agreement(material.changed))
        stale = f"Changed since the figures were stored: {told}"
    else:
        stale = "Nothing has changed since the figures were stored."
    missing = [] if material.benefits is None else unsourced(material.benefits)
    missing += material.words.unsourced
    return [
        ("Scenario", material.result.kept.label),
        ("Standing", stale),
        ("Assumptions without a source", "; ".join(missing) or "None in this report."),
        ("Beyond a model's validity", _beyond(material)),
    ]


def _without_agreement(changed: Sequence[str]) -> list[str]:
    return ["the terms that are valued" if each.startswith("agreement") else each
            for each in changed]  # fmt: skip


def _beyond(material: Material) -> str:
    runs = [each for each in (material.now, material.after) if each is not None and each.beyond]
    if runs:
        return "A part of the coverage: its section tells which methods, and maps say so."
    if material.now is None and material.after is None:
        return "Nothing: no coverage is predicted."
    return "Nothing that the coverage runs tell of."


def provenance(material: Material) -> list[tuple[str, str]]:
    """What the figures rest on."""
    told = [
        (words(name), _told(value))
        for name, value in material.result.provenance.items()
        if name != "agreement"
    ]
    told.append(("Inputs SHA-256", material.result.inputs_sha256))
    return [*told, *material.licences]


def _told(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{words(str(name))} {each}" for name, each in value.items())
    return str(value)
