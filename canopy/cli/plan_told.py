"""A scenario's result on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from canopy.cli.context import console
from canopy.cli.tables import print_table

if TYPE_CHECKING:
    from canopy.plan.scenarios.computing import Result

SHOWN_SITES = 20


def tell(result: Result) -> None:
    """Figures, how the sites were chosen, and targets."""
    from canopy.plan.scenarios.telling import target_told

    table = Table("figure", "value", "unit", "note", title=result.kept.label)
    for each in result.figures:
        table.add_row(each.name, number(each.value), each.unit, each.note or "")
    print_table(table)
    if result.choosing is not None:
        _choice(result, result.choosing)
    for target in result.targets:
        told = f"- target {target.target.name}: {target_told(target)} (by {target.target.by})"
        console.print(told, markup=False, soft_wrap=True)


def _choice(result: Result, told: Mapping[str, Any]) -> None:
    if told["conflicts"]:
        _say("No choice of sites keeps to all of these; change one of them:")
        for rule in told["conflicts"]:
            _say(f"- {rule}")
        return
    _say(f"Chosen among {told['candidates']:,} candidates: {told['sentence']}")
    print_table(_marginal(result, told["unit"]))
    left = len(result.chosen) - SHOWN_SITES
    if left > 0:
        _say(f"And {left:,} more: --format csv tells all.")
    if told["curve"]:
        print_table(_curve(told))
    for line in (*_sure(told["robustness"]), *_joined(told["backhaul"]), *told["notes"]):
        _say(line)


def _marginal(result: Result, unit: str) -> Table:
    table = Table("", "ref", "ward", "phase", f"adds [{unit}]", "covered", "cost £", "spent £",
                  "in draws", title="What each next site adds")  # fmt: skip
    for each in result.chosen[:SHOWN_SITES]:
        share = each["share_of_draws"]
        table.add_row(
            str(each["order"]), each["ref"] or each["asset_id"], each["ward"] or "",
            each["phase"] or "", number(each["added"]), number(each["covered"]),
            number(each["cost_gbp"]), number(each["spent_gbp"]),
            "" if share is None else f"{share:.0%}",
        )  # fmt: skip
    return table


def _curve(told: Mapping[str, Any]) -> Table:
    table = Table("cost £", "sites", f"covered [{told['unit']}]", "at most", "",
                  title="What each budget buys")  # fmt: skip
    for point in told["curve"]:
        table.add_row(
            "" if point["cost_gbp"] is None else number(point["cost_gbp"]), f"{point['sites']:,}",
            number(point["covered"]), number(point["possible"]), "knee" if point["is_knee"] else "",
        )  # fmt: skip
    return table


def _sure(told: Mapping[str, Any] | None) -> Iterator[str]:
    if told is None:
        return
    if "note" in told:
        yield told["note"]
        return
    yield (
        f"Of {told['draws']:,} draws: {number(told['covered_p10'])} to "
        f"{number(told['covered_p90'])} covered in eight of ten; always chosen: "
        f"{', '.join(told['always'][:SHOWN_SITES]) or 'none'}."
    )


def _joined(told: Mapping[str, Any]) -> Iterator[str]:
    if "duct_m" not in told:
        yield told["note"]
        return
    cost = "" if told["cost_gbp"] is None else f", £{told['cost_gbp']:,.0f}"
    yield (
        f"Joined to fibre: {told['duct_m']:,.0f} m along ducts and {told['trench_m']:,.0f} m of "
        f"trench{cost}."
    )
    if told["unjoined"]:
        yield f"No way to fibre: {', '.join(told['unjoined'][:SHOWN_SITES])}."


def changes(changed: list[str] | None) -> list[str]:
    """What differs from the figures that were stored last."""
    if changed is None:
        return ["Computed for the first time."]
    if not changed:
        return ["Nothing has changed since it was computed last."]
    return ["Changed since it was computed last:", *(f"- {each}" for each in changed)]


def number(value: float | None) -> str:
    """A figure as a table shows it."""
    if value is None:
        return "not known"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
