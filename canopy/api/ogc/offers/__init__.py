"""Offers as an OGC API collection: read like any other, written by estates and admin."""
