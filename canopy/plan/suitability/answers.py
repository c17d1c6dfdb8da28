"""Scores as documents: JSON, GeoJSON and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from canopy.geo import WGS84, transformer
from canopy.plan.suitability.computing import Provenance
from canopy.plan.suitability.explaining import Line, explained, lines, shown
from canopy.plan.suitability.fact_names import FACTS
from canopy.plan.suitability.scoring import CLASSES, Scored
from canopy.plan.suitability.survey import Survey

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def chosen_places(
    scored: Scored, kinds: Sequence[str] = (), classes: Sequence[str] = (), after: int = 0
) -> list[int]:
    """Ranks, counted from 0, of assets of some kinds and classes; those after a rank from 1."""
    wanted = [CLASSES.index(each) for each in CLASSES if not classes or each in classes]
    here = np.isin(scored.classes, wanted)
    if kinds:
        names = np.array(scored.facts.assets.kind, dtype=object)[scored.at]
        here &= np.isin(names, list(kinds))
    ranks = np.flatnonzero(here[scored.order])
    found: list[int] = ranks[ranks >= after].tolist()
    return found


def line_document(line: Line) -> dict[str, Any]:
    """One asset's score, JSON values only; what is not there is left out."""
    told = {name: value for name, value in asdict(line).items() if value is not None}
    told["suitability"] = str(line.suitability)
    told["broken"], told["unknown"] = list(line.broken), list(line.unknown)
    return told


def provenance_document(provenance: Provenance) -> dict[str, Any]:
    return {
        **asdict(provenance), "role": str(provenance.role), "day": provenance.day.isoformat(),
        "notes": list(provenance.notes),
    }  # fmt: skip


def explanation_document(scored: Scored, place: int) -> dict[str, Any]:
    """One asset's score with what each rule says of it."""
    return {
        **line_document(lines(scored, [place])[0]),
        "technology": scored.technology.label,
        "rules": [asdict(each) for each in explained(scored, place)],
    }


def class_counts(scored: Scored) -> dict[str, int]:
    """How many assets each class has."""
    found = Counter(scored.classes.tolist())
    return {str(each): found.get(i, 0) for i, each in enumerate(CLASSES)}


def as_document(
    scored: Scored, provenance: Provenance, places: list[int], *, with_rules: bool
) -> dict[str, Any]:
    """The assets at some ranks, with their classes counted over all, and the provenance."""
    documents = (
        [explanation_document(scored, each) for each in places]
        if with_rules
        else [line_document(each) for each in lines(scored, places)]
    )
    return {
        "technology": scored.technology.label, "scored": len(scored),
        "classes": class_counts(scored), "assets": documents,
        "provenance": provenance_document(provenance),
    }  # fmt: skip


def as_geojson(
    scored: Scored, provenance: Provenance, places: list[int], storage_crs: str
) -> dict[str, Any]:
    """As features in longitude and latitude; a position that is not seen exactly is null."""
    told = lines(scored, places)
    x, y = (
        np.array([np.nan if at is None else at for at in each], np.float64)
        for each in ([line.x_m for line in told], [line.y_m for line in told])
    )
    lon, lat = transformer(storage_crs, WGS84).xy(x, y) if told else (x, y)
    return {
        "type": "FeatureCollection",
        "technology": scored.technology.label,
        "provenance": provenance_document(provenance),
        "features": [
            {
                "type": "Feature", "id": line.asset_id,
                "geometry": _point(float(lon[i]), float(lat[i])),
                "properties": line_document(line),
            }
            for i, line in enumerate(told)
        ],
    }  # fmt: skip


def _point(lon: float, lat: float) -> dict[str, Any] | None:
    if np.isnan(lon) or np.isnan(lat):
        return None
    return {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}


def as_csv(scored: Scored, places: list[int]) -> str:
    """A row for each asset; of each rule the value and what it earned, in columns of its own."""
    rules = scored.technology.rules
    named = [name for name in Line.__dataclass_fields__ if name not in ("broken", "unknown")]
    heads = [
        head
        for rule in rules
        for head in (f"{rule.name}: {rule.fact}{_unit(rule.fact)}", f"{rule.name}: points")
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*named, "broken", "unknown", *heads])
    for place, line in zip(places, lines(scored, places), strict=True):
        row = int(scored.order[place])
        cells: list[Any] = [getattr(line, name) for name in named]
        cells += [" ".join(line.broken), " ".join(line.unknown)]
        for i, rule in enumerate(rules):
            asked, earned = bool(scored.asked[i, row]), float(scored.earned[i, row])
            value = shown(scored.facts, rule.fact, int(scored.at[row])) if asked else None
            cells += [value, None if not asked or np.isnan(earned) else round(earned, 2)]
        writer.writerow(_harmless(cells))
    return out.getvalue()


def _unit(fact: str) -> str:
    spec = FACTS.get(fact)
    return f" [{spec.unit}]" if spec and spec.unit else ""


def _harmless(cells: Iterable[Any]) -> list[Any]:
    """No text is a formula to a spreadsheet."""
    return [
        f"'{each}" if isinstance(each, str) and each.startswith(_FORMULA_STARTS) else each
        for each in ("" if cell is None else cell for cell in cells)
    ]


def survey_document(found: Survey, technology: str) -> dict[str, Any]:
    """What to find out first."""
    return {
        "technology": technology,
        "facts": [asdict(each) for each in found.facts],
        "gaps": [
            {
                "fact": each.fact, "moves": each.moves, "worst": each.worst, "best": each.best,
                "fields": list(each.fields), "asset": line_document(each.line),
            }
            for each in found.gaps
        ],
        "left_out": found.left_out,
    }  # fmt: skip
