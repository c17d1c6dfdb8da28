"""Terms files: what is read, and what is refused with its field and the rule."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from terms_files import CONCESSION, DUCTS

from canopy.concessions.terms.charges import TYPES, PerUnit, RevenueShare
from canopy.concessions.terms.overlaps import Overlap, overlaps, refuse_double_letting
from canopy.concessions.terms.reading import (
    from_document,
    from_stored,
    json_schema,
    load,
    loads,
    to_document,
)
from canopy.errors import BadSource, BadTerms


def broken(find: str, replace: str, text: str = CONCESSION) -> dict[str, str]:
    """The rule by field that a changed file is refused with."""
    assert find in text
    with pytest.raises(BadTerms) as refusal:
        loads(text.replace(find, replace, 1))
    errors = refusal.value.members["errors"]
    return {each["field"]: each["rule"] for each in errors}  # type: ignore[attr-defined]


def test_concession_is_read_exactly() -> None:
    """Numbers are decimals as written, dates are dates, tiers and references stand."""
    agreement = loads(CONCESSION)
    assert agreement.term.end == date(2043, 3, 31)
    assert agreement.rule("cpi").cap == Decimal("0.05")  # type: ignore[union-attr]
    share = agreement.charges[2]
    assert isinstance(share, RevenueShare)
    assert [tier.rate for tier in share.tiers] == [
        Decimal(each) for each in ("0.10", "0.15", "0.25")
    ]


def test_rate_of_a_hundredth_of_a_penny_is_kept() -> None:
    """0.86 as a binary float would not be 0.86."""
    ducts = loads(DUCTS.replace("rate = 12.50", "rate = 0.000001"))
    charge = ducts.charges[1]
    assert isinstance(charge, PerUnit)
    assert charge.rate == Decimal("0.000001")


def review(first: str) -> str:
    return (
        f'[[market_reviews]]\nfirst = {first}\nbasis = "open-market"\nupward_only = true\n[payment]'
    )


REFUSED = [
    # dates
    ("start = 2026-04-01", "start = 2026-02-31", "term.start", "2026-02-31 is no date: the cal"),
    ("start = 2026-04-01", "start = 31/02/2026", "term.start", "31/02/2026 is no date: the cal"),
    ("due = 2026-04-01", "due = 01/04/2026", "charges[0].due", "(is it 2026-04-01?), without quot"),
    ("start = 2026-04-01", 'start = "31/02/2026"', "term.start", "31/02/2026 is no date"),
    ("start = 2026-04-01", "start = 20260401", "term.start", "write a date as"),
    ("start = 2026-04-01", "start = 2026-04-01T00:00:00", "term.start", "without a time"),
    ("months = 204", "last_day = 2020-01-01", "term.last_day", "before start"),
    ("months = 204", "months = 204\nlast_day = 2043-03-31", "term.months", "last_day = 2043-03-31"),
    ("months = 204", "", "term.months", "how long the term lasts is missing"),
    ("on = 2031-04-01", "on = 2025-04-01", "breaks[0].on", "before the start"),
    ("on = 2031-04-01", "on = 2026-05-01", "breaks[0].on", "notice would have to be served"),
    ("on = 2031-04-01", "on = 2043-04-02", "breaks[0].on", "after the agreement has ended"),
    ("notice = 6", "notice = 6\nnot_more_than = 3", "breaks[0].not_more_than", "shorter"),
    # shares and guarantees
    ("up_to = 100000,", "up_to = 90000,", "charges[2].tiers", "one ends at 90000, the next begins"),
    ("above = 0,", "above = 1,", "charges[2].tiers", "does not begin at 0"),
    ("above = 250000, rate", "above = 250000, up_to = 300000, rate", "charges[2].tiers", "takes"),
    ('period = "contract-year"\n', "", "charges[3].period", "this field is needed"),
    ('"node-fee", "share"', '"node-fee", "guarantee"', "charges", "refers to itself"),
    ('"node-fee", "share"', '"node-fee", "bonus"', "charges[3].counts", "no charge bonus"),
    ('of = "gross"', 'of = "nodes"', "charges[2].of", "not in gbp"),
    # volumes and rules
    ("by_year = [20, 60, 100, 140, 160]", 'of = "gross"\nrate = 1', "volumes", "refers to itself"),
    ('volume = "nodes"\nindex', 'volume = "posts"\nindex', "charges[1].volume", "no volume posts"),
    ('volume = "nodes"\nindex', 'index', "charges[1].quantity", "either quantity or volume"),
    ("cap = 0.05", "cap = 5", "index_rules[0].cap", "less than or equal to 1"),
    ("collar = 0.01", "collar = 0.06", "index_rules[0].collar", "above cap"),
    ("lag_months = 2\n", "", "index_rules[0].base_month", "either base_month or lag_months"),
    ("part = 1,", "part = 0.9,", "charges[4].tariff", "do not sum to 1"),
    # what is refused of terms that come in, and read of stored ones
    ('unit = "node"\nvolume', 'unit = "metre"\nvolume', "charges[1].unit", "nodes counts node"),
    ("kwh_per_unit = 876\nvolume = \"nodes\"", "kwh_per_unit = 876\nvolume = \"gross\"",
     "charges[4].volume", "is money (gbp)"),
    ("lag_months = 2", "base_month = 2027-05", "index_rules[0].base_month", "written in quotes"),
    ("lag_months = 2", 'base_month = "2026-05"', "index_rules[0].base_month", "figure of 2027-05"),
    ("[payment]", review("2026-03-31"), "market_reviews[0].first", "before the term starts"),
    ("[payment]", review("2043-04-01"), "market_reviews[0].first", "it never comes"),
    ('"council"', '"guarantor"\nuntil = 2026-03-31', "parties[0].until", "2026-03-31, before the"),
    ('"council"', '"operator"', "parties", "add the council as a party"),
    ('"neutral-host"', '"guarantor"', "parties", "only the council is bound"),
    ('exclusivity = "none"', "procured = 2026-03-01\nsigned = 2026-02-01", "signed",
     "before its procurement began on 2026-03-01"),
    # money, names, fields
    ("amount = 25000", "amount = 25000.001", "charges[0].amount", "2 decimal places"),
    ("amount = 25000", "amount = -1", "charges[0].amount", "greater than or equal to 0"),
    ("amount = 25000", 'amount = 25000\ncurrency = "EUR"', "charges[0].currency", "not mixed"),
    ("amount = 25000", "amount = inf", "charges[0].amount", "finite"),
    ('name = "premium"', 'name = "share"', "charges and costs", "share is given 2 times"),
    ('exclusivity = "none"', 'exclusive = "none"', "exclusive", "no such field"),
    ('type = "premium"', 'type = "bonus"', "charges[0]", "'bonus' found using 'type'"),
    ('name = "staff"', 'name = "staff"\namount = 1', "costs[0].amount", "overwrite"),
    ('ref = "CON-A"', r'ref = "CON\u0000A"', "ref", "no control characters"),
    ('"Camford Council"', '"Camford Council"\nuntil = 2030-01-01', "parties[0].until", "guarantor"),
]  # fmt: skip


@pytest.mark.parametrize(("find", "replace", "field", "rule"), REFUSED)
def test_bad_terms_are_refused_by_field_and_rule(
    find: str, replace: str, field: str, rule: str
) -> None:
    """Each slip names where it is and what it breaks."""
    found = broken(find, replace)
    assert field in found
    assert re.search(re.escape(rule), found[field])


def test_stored_terms_from_before_a_rule_are_read() -> None:
    """They have to be seen to be mended; as terms that come in they are refused."""
    document = to_document(loads(CONCESSION))
    document["signed"], document["procured"] = "2026-02-01", "2026-03-01"
    assert from_stored(document).ref == "CON-A"
    with pytest.raises(BadTerms, match="signed: it was signed"):
        from_document(document)


def test_every_slip_is_told_at_once() -> None:
    """Two wrong fields are two errors."""
    text = CONCESSION.replace("cap = 0.05", "cap = 5").replace("part = 1,", "part = 0.9,")
    with pytest.raises(BadTerms) as refusal:
        loads(text)
    assert len(refusal.value.members["errors"]) == 3  # type: ignore[arg-type]


def test_negative_area_is_refused() -> None:
    """Also one of zero: what is not known is left out."""
    text = '[[assets]]\nref = "LC-1"\narea_m2 = -3\n'
    with pytest.raises(BadTerms, match=r"assets\[0\]\.area_m2: Input should be greater than 0"):
        loads(DUCTS + text)


def test_stepped_rent_is_not_indexed_as_well() -> None:
    """Which of the two came first would be a guess."""
    rent = """[[charges]]
name = "rent"
type = "rent"
amount = 100
index = "rpi"
steps = [{ from_day = 2027-06-01, amount = 120 }]
"""
    with pytest.raises(BadTerms, match=r"charges\[2\]\.steps: a rent is either stepped or indexed"):
        loads(DUCTS + rent)


def test_cost_is_not_written_as_a_share() -> None:
    """A council pays no share of revenue to itself."""
    share = DUCTS + '[[costs]]\nname = "cost"\ntype = "service-credit"\namount = 1\n'
    with pytest.raises(BadTerms, match=r"costs\[0\]\.type: a cost is not written as"):
        loads(share + 'due = 2027-01-01\nreason = "late"\n')


def test_file_is_read_from_disk_and_its_absence_told(tmp_path: Path) -> None:
    """The file is named where it is not there."""
    path = tmp_path / "ducts.toml"
    path.write_text(DUCTS, encoding="utf-8")
    assert load(path).ref == "DUCT-C"
    with pytest.raises(BadSource, match=r"none\.toml cannot be opened"):
        load(tmp_path / "none.toml")


def test_schema_knows_every_kind_of_charge() -> None:
    """It is made from the definitions that read the file, and closes every record."""
    schema = json_schema()
    told = set(re.findall(r'"(?:const|enum)": (?:"([\w-]+)"|\[([^\]]*)\])', json.dumps(schema)))
    named = {word for each in told for part in each for word in re.findall(r"[\w-]+", part)}
    assert named >= TYPES
    records = [schema, *schema["$defs"].values()]
    assert all(each["additionalProperties"] is False for each in records)


LET = '[[assets]]\nref = "DUCT-1"\n'
EXCLUSIVE = LET + "exclusive = true\n"


def test_two_agreements_on_one_asset_are_told_with_their_days() -> None:
    """Sharing is allowed where neither is exclusive."""
    later = DUCTS.replace("DUCT-C", "DUCT-D").replace("start = 2026-06-01", "start = 2030-06-01")
    both = [loads(DUCTS + LET), loads(later + LET)]
    assert overlaps(both) == [
        Overlap("DUCT-1", "DUCT-C", "DUCT-D", date(2030, 6, 1), date(2031, 3, 31), False)
    ]
    refuse_double_letting(both)


def test_double_letting_of_an_exclusive_asset_is_refused() -> None:
    """The asset, both agreements and the days are named."""
    both = [loads(DUCTS + EXCLUSIVE), loads(DUCTS.replace("DUCT-C", "DUCT-D") + LET)]
    with pytest.raises(BadTerms, match="DUCT-C and DUCT-D both hold it from 2026-06-01"):
        refuse_double_letting(both)


ROLLED = 'timing = "arrears"\nworking_day_rule = "following"'


def test_rule_for_days_that_are_no_working_days_is_read_and_in_the_schema() -> None:
    """A word that is none of the four is refused by its field."""
    assert loads(CONCESSION).payment.working_day_rule == "as-is"
    made = loads(CONCESSION.replace('timing = "arrears"', ROLLED))
    assert made.payment.working_day_rule == "following"
    assert "payment.working_day_rule" in broken(
        'timing = "arrears"', 'timing = "arrears"\nworking_day_rule = "nearest"'
    )
    field = json_schema()["$defs"]["Payment"]["properties"]["working_day_rule"]
    assert (field["default"], len(field["enum"])) == ("as-is", 4)


def test_due_days_are_not_moved_in_years_without_known_bank_holidays() -> None:
    """A lease of 999 years pays on the day itself, or is refused with the way out."""
    long = CONCESSION.replace("months = 204", "months = 11988")
    assert loads(long).payment.working_day_rule == "as-is"
    told = broken('timing = "arrears"', ROLLED, long)
    assert "1976 to 2099" in told["payment.working_day_rule"]
    assert "write as-is" in told["payment.working_day_rule"]
