"""Facts that are measured: ways to fibre, zones, demand within reach, and cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from canopy.geo import epsg_code
from canopy.plan.coverage.features import read_features
from canopy.plan.coverage.sources import FeatureFile
from canopy.plan.suitability.fact_names import NO, UNREACHED_M, YES, ZONE_PREFIX
from canopy.plan.suitability.facts import Assets, Column, Facts, Floats, Numbers, Words
from canopy.plan.suitability.gathering import Gathered, Lines
from canopy.plan.suitability.network import DuctGraph, duct_graph, ways
from canopy.plan.suitability.reach import demand_within
from canopy.plan.suitability.rules import Cost, Rules, Zone
from canopy.plan.suitability.rules_file import RuleFile


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What is counted within reach."""

    x_m: Floats
    y_m: Floats
    amounts: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Facts with ways to fibre and zones; demand, which hangs on a reach, comes later.

    Attributes:
        demand: points; None where the rules name none.
        notes: sentences on how it was measured, for whoever reads scores.
        lines: in the ground, by which sites are joined to fibre.
    """

    facts: Facts
    demand: Points | None
    notes: tuple[str, ...]
    lines: Lines


def measured(gathered: Gathered, rule_file: RuleFile) -> Measured:
    """Raises BadSource and the like for a file of the rules that cannot be used."""
    rules = rule_file.rules
    facts, told = with_ways(gathered, rules)
    epsg = epsg_code(gathered.storage_crs)
    zones: dict[str, Column] = {
        ZONE_PREFIX + zone.name: _in_zone(facts.assets, zone, rule_file, epsg)
        for zone in rules.zones
    }
    demand, counted = _demand(rule_file, epsg)
    return Measured(facts.with_columns(zones), demand, (told, *counted), gathered.lines)


def with_ways(gathered: Gathered, rules: Rules) -> tuple[Facts, str]:
    """The facts with `fibre_m` and `lead_in_m`, and a sentence on the network.

    Where ducts lead to no fibre within the longest lead-in, the distance that the register
    states counts, else `UNREACHED_M`. Without any fibre route the register's distance alone is
    known.
    """
    lines, network, facts = gathered.lines, rules.network, gathered.facts
    assets = facts.assets
    graph = duct_graph(lines.ducts, lines.fibre, lines.chambers, network.snap_m)
    stated = facts.columns["fibre_m"]
    assert isinstance(stated, Numbers)
    if not graph.leads.any():
        none = Numbers(np.full(len(assets), np.nan))
        why = "The catalogue has no fibre route whose course you may see"
        reasons = {int(i): f"{why}." for i in np.flatnonzero(~stated.known)}
        told = {"fibre_m": reasons, "lead_in_m": reasons}
        return facts.with_columns({"lead_in_m": none}, told), f"{why}: ways to fibre are not known."
    found = ways(graph, assets.x_m, assets.y_m, network.most_lead_in_m)
    placed = np.isfinite(assets.x_m)
    reached = np.isfinite(found.total_m)
    lost = placed & ~reached & ~stated.known
    distance = np.where(reached, found.total_m, stated.values)
    distance[lost] = UNREACHED_M
    none_here = f"No duct that leads to fibre within {network.most_lead_in_m:g} m."
    by_register = f"{none_here} The register states this distance."
    fibre_told = {
        int(i): f"{found.along_m[i]:.0f} m along ducts and a lead-in of {found.lead_in_m[i]:.0f} m."
        for i in np.flatnonzero(reached)
    }
    fibre_told |= {int(i): none_here for i in np.flatnonzero(lost)}
    fibre_told |= {int(i): by_register for i in np.flatnonzero(placed & ~reached & stated.known)}
    hidden = {int(i): "Its exact position is not seen." for i in np.flatnonzero(~placed)}
    columns: dict[str, Column] = {
        "fibre_m": Numbers(distance), "lead_in_m": Numbers(found.lead_in_m)
    }  # fmt: skip
    told = {"fibre_m": {**fibre_told, **hidden}, "lead_in_m": hidden}
    return facts.with_columns(columns, told), _network_note(gathered, rules, graph, int(lost.sum()))


def _network_note(gathered: Gathered, rules: Rules, graph: DuctGraph, lost: int) -> str:
    lines = gathered.lines
    leading = int(graph.leads.sum())
    note = (
        f"Ways to fibre: {lines.ducts.size:,} ducts, {lines.fibre.size:,} fibre routes and "
        f"{lines.chambers.size:,} chambers, joined where ends or chambers lie within "
        f"{rules.network.snap_m:g} m, in metres of {gathered.storage_crs}: {graph.nodes:,} nodes, "
        f"and {leading:,} of {graph.lines.size:,} lines lead to fibre."
    )
    if lines.left_out:
        note += f" {lines.left_out:,} that are full, blocked or not there are left out."
    if lines.hidden:
        note += f" {lines.hidden:,} are not seen and left out."
    if lost:
        note += f" {lost:,} assets reach no fibre."
    return note


def _in_zone(assets: Assets, zone: Zone, rule_file: RuleFile, epsg: int) -> Words:
    read = read_features(FeatureFile(rule_file.path(zone.file)), epsg)
    tree = shapely.STRtree(read.outlines())
    inside = np.zeros(len(assets), np.bool_)
    placed = np.flatnonzero(np.isfinite(assets.x_m))
    points = shapely.points(assets.x_m[placed], assets.y_m[placed])
    inside[placed[np.unique(tree.query(points, predicate="intersects")[0])]] = True
    known = np.isfinite(assets.x_m)
    codes = np.where(known, inside.astype(np.int32), -1).astype(np.int32)
    return Words(codes, ((NO,), (YES,)))


def _demand(rule_file: RuleFile, epsg: int) -> tuple[Points | None, tuple[str, ...]]:
    asked = rule_file.rules.demand
    if asked is None:
        return None, ("The rules name no demand: it is not known.",)
    source = FeatureFile(
        rule_file.path(asked.file), layer=asked.layer, x=asked.x, y=asked.y, crs=asked.crs,
        value=asked.value,
    )  # fmt: skip
    read = read_features(source, epsg)
    x, y = read.places()
    amounts = read.counted() if asked.value is not None else np.ones(x.size)
    note = f"Demand: {amounts.sum():,.0f} {asked.unit} ({asked.source})."
    return Points(x, y, amounts), (note, *read.notes)


def with_demand(facts: Facts, points: Points | None, reach_m: float) -> Facts:
    """The facts with `demand`; without points it stays unknown."""
    if points is None:
        return facts
    assets = facts.assets
    found = demand_within(assets.x_m, assets.y_m, reach_m, points.x_m, points.y_m, points.amounts)
    return facts.with_columns({"demand": Numbers(found)})


def with_cost(facts: Facts, cost: Cost | None) -> Facts:
    """The facts with `cost_gbp`: fixed, and by the metre where ducts lead to fibre.

    Not known for a kind without a fixed amount, and where no way along ducts is known.
    """
    if cost is None:
        return facts
    fixed = np.array([cost.fixed_gbp.get(kind, np.nan) for kind in facts.assets.kind])  # type: ignore[call-overload]
    fibre, lead_in = facts.columns["fibre_m"], facts.columns["lead_in_m"]
    assert isinstance(fibre, Numbers)
    assert isinstance(lead_in, Numbers)
    along = fibre.values - lead_in.values
    total = fixed + along * cost.duct_gbp_per_m + lead_in.values * cost.trench_gbp_per_m
    return facts.with_columns({"cost_gbp": Numbers(total)})
