"""A scenario's result in JSON values and as a table, for commands and for HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from canopy.plan.scenarios.computing import Result
from canopy.plan.scenarios.figures import TargetResult

SITE_COLUMNS = (
    "order", "asset_id", "source", "ref", "name", "kind", "ward", "rank", "score", "suitability",
    "phase", "added", "covered", "cost_gbp", "spent_gbp", "share_of_draws", "is_required", "x_m",
    "y_m",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def document(result: Result) -> dict[str, Any]:
    """All of a result."""
    return {
        "scenario": result.kept.label,
        "figures": [asdict(each) for each in result.figures],
        "targets": [target_document(each) for each in result.targets],
        "sites": [dict(each) for each in result.chosen],
        "choosing": result.choosing,
        "provenance": result.provenance,
        "inputs_sha256": result.inputs_sha256,
    }


def target_document(each: TargetResult) -> dict[str, Any]:
    """A target, its value, and how it stands, in numbers and in words."""
    target = each.target
    return {
        "name": target.name, "figure": target.figure, "by": target.by,
        "at_most": target.at_most, "at_least": target.at_least,
        "value": each.value, "met": each.met, "missed_by": each.missed_by,
        "is_late": each.is_late, "source": target.source, "group": target.group,
        "owner": target.owner, "told": target_told(each),
    }  # fmt: skip


def target_told(each: TargetResult) -> str:
    """How a target stands, in words."""
    if each.met is None:
        return "not known: the scenario has no such figure"
    if each.met:
        return "met"
    late = "the last phase comes after its year" if each.is_late else ""
    short = f"missed by {each.missed_by:g}" if each.missed_by else ""
    return " and ".join(filter(None, (short, late)))


def sites_csv(result: Result) -> str:
    """A row for each chosen site, in the order of choice; no text in it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(SITE_COLUMNS)
    for at, each in enumerate(result.chosen, 1):
        writer.writerow([_cell({"order": at, **each}, name) for name in SITE_COLUMNS])
    return out.getvalue()


def _cell(site: Mapping[str, Any], name: str) -> object:
    value = site.get(name)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
