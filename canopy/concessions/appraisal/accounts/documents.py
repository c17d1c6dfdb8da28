"""Both accounts as a JSON document, as rows, and as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

from canopy.concessions.appraisal.accounts.figures import Returns, Years
from canopy.concessions.appraisal.accounts.made import Accounts, Economic
from canopy.concessions.appraisal.accounts.rows import figures
from canopy.concessions.appraisal.documents import safe_text
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.rounding import pounds
from canopy.concessions.valuation.accounts import AccountLine
from canopy.concessions.valuation.returns import Irr

FINANCIAL, ECONOMIC = "financial", "economic"
COLUMNS = (
    "account", "year", "first", "last", "part", "side", "heading", "prices", "amount",
)  # fmt: skip
Row = tuple[str, str, str, str, str, str, str, str, int]


def as_document(found: Accounts) -> dict[str, Any]:
    """Everything, as JSON values; money is whole pence, named so."""
    agreement, basis = found.agreement, found.asked.basis
    return {
        "agreement": {"ref": agreement.ref, "title": agreement.title, "kind": agreement.kind},
        "from": f"{found.valuation.first_day}",
        "timing": basis.timing,
        "upfront": found.asked.upfront,
        "financial": {
            "years": [
                {"year": f"{each.year}", "account": each.account,
                 "income_pence": each.income_pence, "cost_pence": each.cost_pence,
                 "net_pence": each.net_pence, "borrowed_pence": each.borrowed_pence,
                 "repaid_pence": each.repaid_pence,
                 "net_after_financing_pence": each.net_after_financing_pence}
                for each in found.years
            ],
            "entries": [
                {"year": f"{each.year}", "account": each.account, "side": each.side,
                 "heading": each.heading, "financing": each.financing, "pence": each.pence}
                for each in found.entries
            ],
            "real": _returns(found.real),
            "nominal": _returns(found.nominal),
            "npv_real_after_financing": {
                "pence": found.real_after_financing.pence,
                "reason": found.real_after_financing.reason,
            },
            "unit_costs": [
                {"volume": each.volume, "unit": each.unit, "gbp_per_unit_year": each.gbp}
                for each in found.unit_costs
            ],
            "cover": [
                {"contract_year": year.number, "first": f"{year.first}",
                 "guaranteed_pence": year.guaranteed_pence, "cost_pence": year.cost_pence,
                 "ratio": year.ratio, "flagged": year.flagged}
                for year in found.valuation.cover
            ],
        },
        "economic": None if found.economic is None else _economic(found, found.economic),
        "economic_reason": found.reason,
        "figures": [
            {"figure": name, "value": shown, "basis": why} for name, shown, why in figures(found)
        ],
        "assumptions": list(found.assumptions),
        "sources": list(found.sources),
    }  # fmt: skip


def as_json(found: Accounts) -> str:
    """The document as text."""
    return json.dumps(as_document(found), indent=2, ensure_ascii=False) + "\n"


def as_csv(found: Accounts) -> str:
    """Rows of both accounts, one after the other and told apart by their first column."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in (*financial_rows(found), *economic_rows(found)):
        writer.writerow([*map(safe_text, row[:-1]), pounds(row[-1])])
    return out.getvalue()


def financial_rows(found: Accounts) -> Iterator[Row]:
    """By financial year, account and heading, as it falls due."""
    for each in found.entries:
        part = f"{each.account}, financing" if each.financing else each.account
        yield (
            FINANCIAL, f"{each.year}", f"{each.year.start}", f"{each.year.end}", part, each.side,
            each.heading, "each year's own", each.pence,
        )  # fmt: skip


def economic_rows(found: Accounts) -> Iterator[Row]:
    """By year from the first day on, in real terms; what does not count is told as its part."""
    if found.economic is None:
        return
    optimism = found.economic.total.optimism_bias
    for line in found.economic.lines:
        for year, gbp in enumerate(line.flows.amounts.tolist()):
            if not gbp:
                continue
            first, last = year_days(found, year)
            head = (ECONOMIC, f"{year}", first, last)
            side = "benefit" if line.side == "benefit" else "cost"
            yield (
                *head, part_of(line), side, line.name, line.flows.prices, round(100 * gbp)
            )  # fmt: skip
            if line.capital and line.side == "cost" and optimism:
                added = round(100 * gbp * optimism)
                yield (
                    *head,
                    "counted",
                    "cost",
                    f"optimism on {line.name}",
                    line.flows.prices,
                    added,
                )


def part_of(line: AccountLine) -> str:
    """Whether a line counts in the economic account, and if not, why."""
    if line.transfer:
        return "transfer, not counted"
    return "financing, not counted" if line.financing else "counted"


def year_days(found: Accounts, year: int) -> tuple[str, str]:
    """The first and last day of a year of the valuation; year 0 is its first moment."""
    first_day = found.valuation.first_day
    if year == 0:
        return f"{first_day}", f"{first_day}"
    first = add_months(first_day, 12 * (year - 1))
    return f"{first}", f"{add_months(first_day, 12 * year) - ONE_DAY}"


def _economic(found: Accounts, economic: Economic) -> dict[str, Any]:
    total = economic.total
    return {
        "prices": economic.lines[0].flows.prices if economic.lines else None,
        "rate": found.asked.basis.real.source,
        "benefits_pv_pence": _pence(total.benefits_pv_gbp),
        "costs_pv_pence": _pence(total.costs_pv_gbp),
        "net_present_social_value_pence": _pence(total.net_present_social_value_gbp),
        "benefit_cost_ratio": total.benefit_cost_ratio,
        "optimism": {"part": found.asked.optimism.part, "source": found.asked.optimism.source},
        "rows": [
            {"year": int(row[1]), "first": row[2], "last": row[3], "part": row[4], "side": row[5],
             "heading": row[6], "pence": row[8],
             "discount_factor": economic.discount_factors[int(row[1])]}
            for row in economic_rows(found)
        ],
    }  # fmt: skip


def _returns(found: Returns) -> dict[str, Any]:
    return {
        "prices": found.prices,
        "rate": found.rate,
        "npv_pence": dict(found.npv_pence),
        "reason": found.reason,
        "irr": _irr(found.irr),
        "xirr": _irr(found.xirr),
        "payback": _time(found.payback),
        "discounted_payback": _time(found.discounted_payback),
    }


def _irr(found: Irr) -> dict[str, Any]:
    return {"rate": found.rate, "reason": found.reason}


def _time(found: Years) -> dict[str, Any]:
    return {"years": found.years, "reason": found.reason}


def _pence(gbp: float) -> int:
    return round(100 * gbp)
