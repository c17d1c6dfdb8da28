"""Canopy: one catalogue, map and plan of the assets a council owns that networks need."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("canopy-councils")
except PackageNotFoundError:  # a checkout on the path that was never installed
    __version__ = "0+unknown"
