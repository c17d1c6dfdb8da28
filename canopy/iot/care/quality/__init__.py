"""Checks of readings against each other: flags beside them, never other values."""
