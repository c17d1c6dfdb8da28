"""Observations in PostgreSQL."""
