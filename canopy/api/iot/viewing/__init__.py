"""Readings for people to look at, over HTTP."""
