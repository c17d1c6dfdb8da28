"""Readings for people to look at: what is newest, what was, what is silent, and what changes."""
