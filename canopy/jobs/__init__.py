"""Long work: one table that remembers it and one runner that does it."""
