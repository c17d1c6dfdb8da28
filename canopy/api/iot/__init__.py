"""Registering Things, and what waits for a decision, over HTTP."""
