"""What a column of a register can mean, and what registers call it."""

from __future__ import annotations

from canopy.assets.mapping.targets import COMMON, Target

_HEADINGS: dict[str, tuple[str, ...]] = {
    "ref": ("ref", "reference", "agreement ref", "agreement reference", "lease ref", "contract ref",
            "lease number", "agreement number", "contract number", "contract id", "agreement id",
            "file ref", "deed ref", "tenancy ref", "agreement no", "lease no", "contract no",
            "ref no", "reference number", "licence no", "licence number"),
    "title": ("title", "agreement title", "contract title", "description", "agreement name",
              "agreement", "contract name", "subject", "property", "premises", "demise",
              "property description"),
    "kind": ("kind", "type", "agreement type", "contract type", "type of agreement",
             "tenure type"),
    "council": ("council", "landlord", "lessor", "licensor", "grantor", "authority", "client"),
    "operator": ("operator", "tenant", "lessee", "licensee", "grantee", "supplier",
                 "concessionaire", "counterparty", "occupier", "tenant name"),
    "operator_role": ("operator role", "role of operator"),
    "head_landlord": ("head landlord", "superior landlord", "freeholder"),
    "guarantor": ("guarantor", "surety"),
    "start": ("start", "start date", "commencement", "commencement date", "term start",
              "lease start", "from", "date from", "contract start date"),
    "last_day": ("end", "end date", "expiry", "expiry date", "term end", "lease end", "to",
                 "date to", "last day", "contract end date"),
    "term": ("term", "term length", "length of term", "duration", "term years", "term months",
             "lease length"),
    "rent": ("rent", "annual rent", "rent pa", "rent per annum", "passing rent", "current rent",
             "yearly rent", "annual fee", "licence fee", "annual charge", "rent amount"),
    "instalment": ("instalment", "quarterly rent", "monthly rent", "rent per quarter",
                   "rent per month", "rent per period", "amount per period"),
    "frequency": ("frequency", "payment frequency", "rent frequency", "payable", "payment terms",
                  "rent payable", "paid", "payment", "payments", "payment basis"),
    "timing": ("timing", "advance or arrears", "payment timing", "in advance or arrears"),
    "index": ("index", "indexation", "rent review", "index rule", "review basis", "uplift",
              "rent review basis", "rent increases"),
    "index_base": ("index base", "base month", "index base month", "base index month"),
    "index_lag_months": ("index lag", "lag months", "index lag months"),
    "index_reviews_from": ("index reviews from", "reviews from", "last review", "last review date",
                           "last rent review", "date of last review"),
    "break": ("break", "break date", "break clause", "break option", "break dates",
              "break options", "tenant break"),
    "break_by": ("break by", "break party", "who can break", "break side"),
    "notice": ("notice", "notice period", "break notice", "notice months", "break notice period"),
    "assets": ("assets", "asset", "asset ref", "asset refs", "asset reference", "asset references",
               "asset ids", "columns let", "site ref", "site", "property ref", "uprns", "uprn"),
    "exclusive": ("exclusive", "exclusivity", "exclusive use"),
    "deposit": ("deposit", "rent deposit"),
    "vat": ("vat", "vat treatment", "vat status"),
    "valuation_basis": ("valuation basis", "basis of valuation", "basis", "rent basis"),
    "procured": ("procured", "procurement start", "procurement date"),
    "signed": ("signed", "date signed", "signature date", "completion date", "date of agreement"),
    "status": ("status", "agreement status", "contract status", "lease status", "state"),
    "status_on": ("status date", "status since", "status on"),
}  # fmt: skip

DATES = frozenset({"start", "last_day", "procured", "signed", "status_on", "break",
                   "index_reviews_from"})  # fmt: skip
"""Fields whose cells hold days."""

NEEDED = ("ref", "title", "kind", "council", "operator", "start", "frequency", "vat",
          "valuation_basis")  # fmt: skip
"""Fields that every agreement has, from a column or a constant. Timing may stand in the cell of
the frequency: `quarterly in advance`."""

TARGETS: dict[str, Target] = {
    name: Target(name, "text", COMMON, headings=(name.replace("_", " "), *headings))
    for name, headings in _HEADINGS.items()
}
"""In the terms of the catalogue's recognition: by heading alone, since what a cell holds is
judged row by row, so that a wrong date is told and does not hide its column."""
