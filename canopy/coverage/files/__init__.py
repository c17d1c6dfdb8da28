"""Rasters, polygons and tables as files, with their provenance inside."""
