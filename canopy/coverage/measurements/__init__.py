"""Levels measured in the street, and what they say of those predicted."""
