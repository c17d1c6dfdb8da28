"""Gateways: their credentials at the broker, the topics that are theirs, their certificates."""
