"""A valuation as a JSON document, and its schedule as CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any

from canopy.concessions.appraisal.value import Valuation, Worth
from canopy.concessions.rounding import pounds
from canopy.concessions.schedule.deposits import DepositMovement
from canopy.concessions.schedule.lines import Line
from canopy.concessions.valuation.returns import Irr

COLUMNS = (
    "due", "first", "last", "agreement", "charge", "side", "what", "account", "net", "vat",
    "assumed",
)  # fmt: skip
ENERGY_PARTS = ("measured", "estimated", "split", "expected")
_FORMULA = re.compile(r"[=+\-@\t\r\n]")


def as_json(valuation: Valuation) -> str:
    """The whole valuation; money is whole pence, named so."""
    return json.dumps(_document(valuation), indent=2, ensure_ascii=False) + "\n"


def as_csv(lines: Iterable[Line], ref: str = "", deposit: Iterable[DepositMovement] = ()) -> str:
    """The dated schedule, money with two places. A text that a spreadsheet would run as a
    formula gets an apostrophe in front. A deposit of the agreement `ref` follows the lines, with
    what is given back below 0: its side is "deposit", so that no sum of income or cost has it.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow(
            [
                line.due, line.first, line.last, safe_text(line.agreement), line.charge, line.side,
                line.what, line.account, pounds(line.net_pence), pounds(line.vat_pence),
                "yes" if line.assumed else "no",
            ]
        )  # fmt: skip
    for each in deposit:
        writer.writerow(
            [
                each.day, each.day, each.day, safe_text(ref), "deposit", "deposit", each.what,
                "held", pounds(each.pence), pounds(0), "no",
            ]
        )  # fmt: skip
    return out.getvalue()


def safe_text(text: str) -> str:
    """A text that no spreadsheet runs as a formula: with an apostrophe in front where one would."""
    return f"'{text}" if _FORMULA.match(text) else text


def _document(valuation: Valuation) -> dict[str, Any]:
    agreement, basis = valuation.agreement, valuation.basis
    return {
        "agreement": {
            "ref": agreement.ref,
            "title": agreement.title,
            "kind": agreement.kind,
            "valuation_basis": agreement.valuation_basis,
            "currency": agreement.currency,
            "start": f"{agreement.term.start}",
            "end": f"{agreement.term.end}",
        },
        "from": f"{valuation.first_day}",
        "to": None if basis.last_day is None else f"{basis.last_day}",
        "timing": basis.timing,
        "income_pence": valuation.income_pence,
        "cost_pence": valuation.cost_pence,
        "net_pence": valuation.income_pence - valuation.cost_pence,
        "npv_real": _worth(valuation.real),
        "npv_nominal": _worth(valuation.nominal),
        "irr_real": _rate(valuation.real_irr),
        "irr_nominal": _rate(valuation.nominal_irr),
        "financial_years": [
            {"year": f"{year}", "account": account, "income_pence": total.income_pence,
             "cost_pence": total.cost_pence}
            for account, totals in valuation.financial_years.items()
            for year, total in totals.items()
        ],
        "years": [
            {"number": year.number, "first": f"{year.first}", "last": f"{year.last}",
             "income_pence": year.income_pence, "cost_pence": year.cost_pence,
             "price_level": year.price_level}
            for year in valuation.years
        ],
        "cover": [
            {"contract_year": year.number, "first": f"{year.first}",
             "guaranteed_pence": year.guaranteed_pence, "cost_pence": year.cost_pence,
             "ratio": year.ratio, "flagged": year.flagged}
            for year in valuation.cover
        ],
        "deposit": [
            {"day": f"{each.day}", "what": each.what, "pence": each.pence}
            for each in valuation.deposit
        ],
        "metering": [
            {"charge": charge.name, "meter": charge.meter, "first": f"{period.first}",
             "last": f"{period.last}", "has_readings": period.has_readings,
             "missing_hours": period.missing_seconds / 3600,
             **{f"{part}_kwh": f"{period.sum_of(part):.6f}" for part in ENERGY_PARTS},
             "net_pence": period.net_pence}
            for charge, period in valuation.metered
        ],
        "schedule": [_line(line) for line in valuation.lines],
        "assumptions": list(valuation.assumptions),
        "sources": list(valuation.sources),
    }  # fmt: skip


def _worth(worth: Worth) -> dict[str, Any]:
    return {"pence": worth.pence, "reason": worth.reason}


def _rate(found: Irr) -> dict[str, Any]:
    return {"rate": found.rate, "reason": found.reason}


def _line(line: Line) -> dict[str, Any]:
    return {
        "due": f"{line.due}", "first": f"{line.first}", "last": f"{line.last}",
        "charge": line.charge, "side": line.side, "what": line.what, "account": line.account,
        "net_pence": line.net_pence, "vat_pence": line.vat_pence, "assumed": line.assumed,
    }  # fmt: skip
