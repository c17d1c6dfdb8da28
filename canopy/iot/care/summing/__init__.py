"""Readings summed up: quarters of an hour from readings, hours from quarters, days from hours."""
