"""Finding the column of each target by its heading and by what stands below it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf

import numpy as np

from canopy.assets.mapping.column_rules import Findings, propose_rule
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.profile import BELIEVED_SHARE, MAX_WORDS, Column
from canopy.assets.mapping.targets import Target
from canopy.assets.mapping.values import (
    Unreadable,
    parse_boolean,
    parse_choice,
)
from canopy.assets.mapping.words import meaning_of
from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn

LEAST_CONFIDENCE = 0.5
"""Below this a column is left unmapped and reported."""

_UUID = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_NAMES = frozenset({"street", "name", "locality", "owner", "maintainer"})


def recognise_fields(
    columns: Iterable[Column], targets: MappingOf[str, Target], kind: str | None
) -> Findings:
    """Propose a column for each target that has a believable one; each column is used once."""
    proposal, columns = Findings(), list(columns)
    scored = sorted(
        (
            (*_score(column, target), column, target)
            for column in columns
            for target in targets.values()
            if target.settable
        ),
        key=lambda item: (-round(item[0], 3), item[3].precedence),
    )
    used: set[str] = set()
    for score, reason, column, target in scored:
        if score < LEAST_CONFIDENCE:
            break
        if column.name in used or target.name in proposal.rules:
            continue
        used.add(column.name)
        proposal.evidence.append(Evidence(target.name, column.name, round(score, 2), reason))
        proposal.rules[target.name] = propose_rule(column, target, kind, proposal)
    order = {column.name: number for number, column in enumerate(columns)}
    proposal.rules = dict(
        sorted(proposal.rules.items(), key=lambda item: order[item[1].columns[0]])
    )
    return proposal


def _score(column: Column, target: Target) -> tuple[float, str]:
    heading = heading_score(column.name, target.headings)
    by_content = _content_alone(column, target)
    if heading < LEAST_CONFIDENCE and not by_content:
        return 0.0, ""
    if not column.known:
        return heading * 0.8, f"heading {column.name!r}; the column is empty"
    fits = _fits(column, target)
    if heading >= LEAST_CONFIDENCE:
        return heading * fits, f"heading {column.name!r}, values fit for {fits:.0%}"
    return by_content, f"the values look like {target.form.upper()}s"


def _content_alone(column: Column, target: Target) -> float:
    """Identifiers that cannot be mistaken, whatever the heading."""
    if target.form == "postcode" and column.texts:
        full = [text for text in column.texts if len(text) >= 6]
        return 0.65 if len(full) > 0.9 * len(column.texts) and _fits(column, target) > 0.95 else 0
    return 0.0


def _fits(column: Column, target: Target) -> float:
    """Share of values that the target can take; 0 when they are something else."""
    if target.form in ("number", "integer"):
        return 1.0 if column.numeric_share >= BELIEVED_SHARE else 0.0
    if target.form == "date":
        return 1.0 if column.date_share >= BELIEVED_SHARE else 0.0
    if target.form == "boolean":
        read = [not isinstance(parse_boolean(v), Unreadable) for v in column.some]
        return 1.0 if np.mean(read) >= BELIEVED_SHARE else 0.0
    if target.form == "choice":
        share = _choice_share(column, target)
        return share if share >= 0.5 else 0.0
    if target.form in ("uprn", "usrn", "postcode"):
        normalise = {"uprn": normalise_uprn, "usrn": normalise_usrn,
                     "postcode": normalise_postcode}[target.form]  # fmt: skip
        return float(np.mean([normalise(text)[0] is not None for text in column.texts]))
    if target.name == "ref":
        if column.texts and all(_UUID.fullmatch(text) for text in column.texts):
            return 0.9  # made by a system: the council's own number, if there is one, is another
        return 1.0 if column.distinct_share >= 0.5 else 0.4
    if target.name in _NAMES:
        numbers = column.numeric_share > BELIEVED_SHARE
        links = np.mean([text.startswith(("http:", "https:")) for text in column.texts]) > 0.5
        return 0.4 if numbers or links else 1.0
    return 1.0


def _choice_share(column: Column, target: Target) -> float:
    known = sum(column.distinct.values())
    read = sum(
        count
        for word, count in column.distinct.most_common(MAX_WORDS)
        if not isinstance(parse_choice(word, target.allowed), Unreadable)
        or meaning_of(word, target.allowed) is not None
    )
    return read / known if known else 0.0
