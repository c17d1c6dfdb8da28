"""Observations by the hundred million, generated so that a run which was stopped goes on."""
