"""Readers: `open_tables` turns a file into tables of raw rows."""

from canopy.assets.importers.fingerprint import fingerprint
from canopy.assets.importers.opening import open_tables

__all__ = ["fingerprint", "open_tables"]
