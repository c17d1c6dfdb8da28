"""Makes the shared terms of the worked examples importable by the tests beside it."""
