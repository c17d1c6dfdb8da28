"""Which of many candidate sites to use: pure functions over arrays, no storage, no settings.

`sets` says which cells each candidate covers, `rules` what a choice must keep to; `greedy`
chooses at once and says how far from the best it can be at the most, `exact` proves the best on
a coarser grid, `curve` shows what each budget buys, `robustness` how sure each site is of its
place, and `backhaul` joins the chosen to fibre.
"""
