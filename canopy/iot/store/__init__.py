"""Observations and what could not become one, kept once, on either database.

On PostgreSQL they lie in the catalogue's own database, partitioned by time. Beside a GeoPackage
they have a SQLite file of their own, ``FILE.readings.sqlite``: its one writer is the ingester, and
edits of the catalogue do not wait for it.
"""
