"""A report as one document for two audiences: HTML that all can read, and tagged PDF."""
