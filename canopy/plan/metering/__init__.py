"""Charges that meet readings: meters of agreements, read from what sensors sent."""
