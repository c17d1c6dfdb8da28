"""Observations in a SQLite file beside a GeoPackage."""
