"""Alembic migrations, the same ones for PostGIS and GeoPackage."""
