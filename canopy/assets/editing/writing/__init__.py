"""Writes of one asset by one principal, from what it proposes to the revision."""
