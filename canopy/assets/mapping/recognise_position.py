"""Finding the columns that say where an asset is, and which of them to believe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from canopy.assets.importers.base import RowIssue
from canopy.assets.mapping.area import Area
from canopy.assets.mapping.arrays import Floats
from canopy.assets.mapping.crs import AGREE_M, BNG, CrsVerdict, Reading, decide_crs, readings
from canopy.assets.mapping.headings import heading_score, heading_words
from canopy.assets.mapping.land import on_land
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.model import GeometryRule, PairCheck
from canopy.assets.mapping.profile import Profile
from canopy.assets.mapping.statements import Found, statements_of, stored_as

CHANCE_M = 2_000.0
"""Text that nothing but its look calls a position is none where it lies farther than this
from the rows' other positions [m]: the largest square that a grid reference may name is 1 km."""


@dataclass
class PositionProposal:
    """The geometry rule with its evidence; `used` are the columns it takes up."""

    rule: GeometryRule | None
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[RowIssue] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)


def recognise_position(
    profile: Profile, area: Area, declared: str | None = None
) -> PositionProposal:
    """Propose where positions come from. declared: what the user says the CRS is."""
    irish = _speaks_irish(profile)
    statements = [
        _judged(found, area, _declared_for(found, profile, declared), irish)
        for found in statements_of(profile)
    ]
    statements = [found for found in statements if _believable(found, area)]
    if not statements:
        return _nothing(profile)
    statements = _reconciled(statements, area, profile, declared)
    main = max(statements, key=lambda found: _rank(found, area))
    others = [s for s in statements if s is not main and not _by_chance(s, main, area)]
    return _proposal(main, others, area, profile)


def _believable(found: Found, area: Area) -> bool:
    """Whether what only looks like grid references is: asset numbers such as SF2001 do, and
    lie in the sea."""
    if not found.by_content_only or found.form != "grid":
        return True
    x, y = found.stored(area)
    inside = area.contains(x, y)
    if area.crs == BNG:
        inside &= on_land(x, y)
    return bool(inside.sum() > 0.5 * np.isfinite(x).sum())


def _by_chance(found: Found, main: Found, area: Area) -> bool:
    """Whether text that only looks like positions is nowhere near the rows' positions."""
    if not found.by_content_only or found.form == "wkt":
        return False
    return _median_apart(found.stored(area), main.stored(area)) > CHANCE_M


def _declared_for(found: Found, profile: Profile, declared: str | None) -> str | None:
    if found.form == "feature":
        return declared or profile.table.declared_crs
    return declared if found.by_heading is None else None


def _judged(found: Found, area: Area, declared: str | None, irish: bool) -> Found:
    if found.form == "grid":
        verdict = CrsVerdict(BNG, False, 0.95, "National Grid references")
        return replace(found, verdict=verdict)
    extra = (declared,) if declared else ()
    verdict = decide_crs(
        readings(found.x, found.y, area, extra=extra), area,
        declared=declared, by_heading=found.by_heading, irish=irish,
    )  # fmt: skip
    return replace(found, verdict=verdict)


def _speaks_irish(profile: Profile) -> bool:
    words = {word for name in profile.columns for word in heading_words(name)}
    if words & {"irish", "ing", "itm", "ireland"}:
        return True
    for column in profile.columns.values():
        if heading_score(column.name, ("postcode", "post code")) >= 0.9 and column.texts:
            northern = sum(t.upper().startswith("BT") for t in column.texts)
            return northern > 0.5 * len(column.texts)
    return False


def _reconciled(
    statements: list[Found], area: Area, profile: Profile, declared: str | None
) -> list[Found]:
    """Statements of one row must agree; where they do not, read them so that they do."""
    if len(statements) < 2:
        return statements
    first = max(statements, key=lambda found: _rank(found, area))
    settled = [first]
    for other in statements:
        if other is first:
            continue
        if _median_apart(first.stored(area), other.stored(area)) < AGREE_M:
            settled.append(other)
            continue
        pair = _best_reading(settled[0], other, area, _declared_for(settled[0], profile, declared))
        if pair is None:
            settled.append(other)
        else:
            settled[0] = pair[0]
            settled.append(pair[1])
    return settled


def _best_reading(
    first: Found, other: Found, area: Area, declared: str | None
) -> tuple[Found, Found] | None:
    """The readings of both under which they agree best, None when they never do."""
    best: tuple[float, Reading, Reading] | None = None
    for reading in readings(other.x, other.y, area):
        second = stored_as(other, reading.crs, reading.exchanged, area)
        for mine in readings(first.x, first.y, area, second):
            if mine.median_m is None or mine.median_m >= AGREE_M:
                continue
            cost = mine.median_m + 5 * (mine.exchanged + reading.exchanged)
            if best is None or cost < best[0]:
                best = (cost, mine, reading)
    if best is None:
        return None
    _, mine, reading = best
    assert mine.median_m is not None
    declared_other = None
    return (
        replace(first, verdict=decide_crs([mine], area, declared=declared)),
        replace(
            other,
            verdict=decide_crs(
                [replace(reading, median_m=mine.median_m)], area, declared=declared_other
            ),
        ),
    )


def _median_apart(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float:
    apart = np.hypot(one[0] - other[0], one[1] - other[1])
    return float(np.nanmedian(apart)) if np.isfinite(apart).any() else np.inf


def _rank(found: Found, area: Area) -> float:
    """Which statement becomes the position: geometries, then the storage CRS's own pair."""
    assert found.verdict is not None
    form = {"feature": 4.0, "wkt": 3.0, "xy": 1.0, "text": 0.8, "grid": 0.2}[found.form]
    if found.form == "wkt" and not np.isfinite(found.x).any():
        form = 0.0
    is_storage = found.form == "xy" and found.verdict.crs == area.crs
    return form + (1.0 if is_storage else 0.0) + found.confidence * found.verdict.confidence / 10


def _proposal(main: Found, others: list[Found], area: Area, profile: Profile) -> PositionProposal:
    assert main.verdict is not None
    proposal = PositionProposal(None, used=set(main.columns))
    checks: list[PairCheck] = []
    here = main.stored(area)
    for other in others:
        proposal.used |= set(other.columns)
        if other.form not in ("xy", "text") or not other.lat_first:
            proposal.ignored += other.columns
            continue
        if any(_same_numbers(other, kept) for kept in others[: others.index(other)]):
            proposal.ignored += other.columns
            continue
        checks.append(_check(other))
        _tell_agreement(main, other, here, area, len(checks), proposal)
    proposal.rule = _rule(main, tuple(checks), profile)
    _explain(main, proposal)
    return proposal


def _same_numbers(one: Found, other: Found) -> bool:
    if other.form not in ("xy", "text"):
        return False
    both = np.isfinite(one.x) & np.isfinite(other.x)
    return bool(both.any()) and bool(
        np.allclose(one.x[both], other.x[both], atol=1e-9)
        and np.allclose(one.y[both], other.y[both], atol=1e-9)
    )


def _check(found: Found) -> PairCheck:
    assert found.verdict is not None
    crs = found.verdict.crs
    if found.form == "text":
        return PairCheck(crs=crs, text=found.columns)
    first, second = reversed(found.columns) if found.verdict.exchanged else found.columns
    return PairCheck(crs=crs, x=(first,), y=(second,))


def _tell_agreement(
    main: Found,
    other: Found,
    here: tuple[Floats, Floats],
    area: Area,
    number: int,
    proposal: PositionProposal,
) -> None:
    there = other.stored(area)
    apart = np.hypot(here[0] - there[0], here[1] - there[1])
    known = apart[np.isfinite(apart)]
    if not len(known):
        return
    median, worst = float(np.median(known)), float(known.max())
    agree = median < AGREE_M
    said = f"{median:.2f} m median, {worst:.2f} m worst, over {len(known):,} rows"
    proposal.evidence.append(
        Evidence(
            f"geometry.check.{number}",
            ", ".join(other.columns),
            0.98 if agree else 0.3,
            f"{main.name()} and {other.name()} {'agree' if agree else 'disagree'}: {said}",
        )
    )
    if not agree:
        hint = " Longitude and latitude on the old OSGB36 datum (EPSG:4277) are about 100 m out."
        proposal.problems.append(
            RowIssue(
                None,
                "pairs-disagree",
                f"{main.name()} and {other.name()} disagree ({said}), whatever CRS they are read "
                "in. Correct the file, or remove the [[geometry.check]] that is of something else."
                + (hint if 60 < median < 200 else ""),
            )
        )


def _rule(main: Found, checks: tuple[PairCheck, ...], profile: Profile) -> GeometryRule:
    assert main.verdict is not None
    crs = main.verdict.crs
    if main.form == "feature":
        return GeometryRule(feature=True, exchanged=main.verdict.exchanged, crs=crs, check=checks)
    if main.form == "wkt":
        return GeometryRule(
            wkt=main.columns, exchanged=main.verdict.exchanged, crs=crs, check=checks
        )
    if main.form == "grid":
        return GeometryRule(grid_reference=main.columns, crs=BNG, check=checks)
    if main.form == "text":
        lat_first = main.lat_first != main.verdict.exchanged
        return GeometryRule(
            text=main.columns,
            text_order="lat lon" if lat_first else "lon lat",
            crs=crs,
            check=checks,
        )
    first, second = reversed(main.columns) if main.verdict.exchanged else main.columns
    comma = profile.columns[first].decimal == "comma"
    return GeometryRule(
        x=(first,), y=(second,), crs=crs, format="decimal comma" if comma else None, check=checks
    )


def _explain(main: Found, proposal: PositionProposal) -> None:
    assert main.verdict is not None
    rule = proposal.rule
    assert rule is not None
    for key in ("x", "y", "wkt", "text", "grid_reference"):
        names = getattr(rule, key)
        if names:
            proposal.evidence.append(
                Evidence(f"geometry.{key}", names[0], main.confidence, main.why)
            )
    if rule.feature:
        proposal.evidence.append(Evidence("geometry.feature", None, main.confidence, main.why))
    verdict = main.verdict
    proposal.evidence.append(
        Evidence("geometry.crs", None, round(verdict.confidence, 2), verdict.reason)
    )
    if verdict.problem:
        code = "swapped-columns" if verdict.exchanged else "crs-in-doubt"
        proposal.problems.append(RowIssue(None, code, verdict.problem))


def _nothing(profile: Profile) -> PositionProposal:
    columns = ", ".join(repr(name) for name in list(profile.columns)[:30])
    return PositionProposal(
        None,
        problems=[
            RowIssue(
                None,
                "no-position",
                f"No column of {profile.table.path.name} holds positions ({columns}). Add eastings "
                "and northings (a UPRN can be looked up in OS Open UPRN), or name the columns in a "
                "mapping.",
            )
        ],
    )
