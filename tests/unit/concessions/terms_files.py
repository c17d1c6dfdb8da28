"""Terms of agreements for tests: the worked examples, as a council would write them."""

from __future__ import annotations

# Worked example A: a small cell concession of 12 years with an extension of 5.
CONCESSION = """
ref = "CON-A"
title = "Small cells on lamp columns"
kind = "concession"
valuation_basis = "concession-service"
vat = "standard"
exclusivity = "none"

[term]
start = 2026-04-01
months = 204

[payment]
frequency = "yearly"
timing = "arrears"

[[parties]]
name = "Camford Council"
role = "council"
[[parties]]
name = "Example Neutral Host Ltd"
role = "neutral-host"

[[breaks]]
by = "council"
on = 2031-04-01
notice = 6

[[index_rules]]
name = "cpi"
index = "cpi"
method = "annual"
lag_months = 2
collar = 0.01
cap = 0.05

[[volumes]]
name = "nodes"
unit = "node"
by_year = [20, 60, 100, 140, 160]
source = "made up"
[[volumes]]
name = "gross"
unit = "gbp"
of = "nodes"
rate = 1500
index = "cpi"

[[charges]]
name = "premium"
type = "premium"
amount = 25000
due = 2026-04-01
account = "revenue"
[[charges]]
name = "node-fee"
type = "per-unit"
rate = 300
unit = "node"
volume = "nodes"
index = "cpi"
[[charges]]
name = "share"
type = "share"
of = "gross"
basis = "gross"
bands_indexed = true
index = "cpi"
tiers = [
  { above = 0, up_to = 100000, rate = 0.10 },
  { above = 100000, up_to = 250000, rate = 0.15 },
  { above = 250000, rate = 0.25 },
]
[[charges]]
name = "guarantee"
type = "guarantee"
amount = 30000
period = "contract-year"
counts = ["node-fee", "share"]
shortfall = "kept"
index = "cpi"
[[charges]]
name = "power"
type = "power"
kwh_per_unit = 876
volume = "nodes"
admin = 0.05
index = "cpi"
tariff = [{ name = "all-day", part = 1, price = 0.25 }]

[[costs]]
name = "staff"
type = "yearly"
amount = 18000
index = "cpi"
[[costs]]
name = "inspections"
type = "per-unit"
rate = 45
rate_places = 6
unit = "node"
volume = "nodes"
index = "cpi"
[[costs]]
name = "energy"
type = "power"
kwh_per_unit = 876
volume = "nodes"
index = "cpi"
tariff = [{ name = "all-day", part = 1, price = 0.25 }]
"""

# Worked example C: rental of a duct network, years counted from 1 April.
DUCTS = """
ref = "DUCT-C"
title = "CCTV duct network"
kind = "duct-rental"
valuation_basis = "concession-service"
vat = "standard"

[term]
start = 2026-06-01
last_day = 2031-03-31

[payment]
frequency = "yearly"
timing = "advance"
counted_from = 2026-04-01

[[parties]]
name = "Camford Council"
role = "council"
[[parties]]
name = "Example Fibre Ltd"
role = "operator"

[[index_rules]]
name = "rpi"
index = "rpi"
method = "annual"
lag_months = 2
reviews_from = 2026-04-01
collar = 0
cap = 0.04

[[charges]]
name = "ducts"
type = "duct"
rate = 0.95
index = "rpi"
spans = [
  { length_m = 412.6, ducts = 1 },
  { length_m = 1880.25, ducts = 2 },
  { length_m = 95.4, ducts = 1 },
]
[[charges]]
name = "chambers"
type = "per-unit"
rate = 12.50
unit = "chamber"
quantity = 50
index = "rpi"
"""
