"""Scenarios: which assets, for which technology, with which coverage and terms, by when.

`scenario` is one as it is written down; `storing` keeps each version; `computing` makes its
figures from the catalogue, a coverage run and an agreement; `comparing` lays them side by side,
with what doing the least would give.
"""
