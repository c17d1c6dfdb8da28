"""Data products over HTTP: published to everybody, opened by keys, metered."""
