"""Sparkplug B (Eclipse Sparkplug specification 3.0.0, chapter 6): births, data, deaths."""
