"""Readings that were taken before Canopy listened, from CSV files: decoded, sorted and stored as
ingestion does, with each row that fails told by file, row and column."""
