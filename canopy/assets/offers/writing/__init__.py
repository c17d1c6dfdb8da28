"""Writes of offers by one principal, each a revision."""
