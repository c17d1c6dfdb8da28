"""Levels of many sites over many cells."""
