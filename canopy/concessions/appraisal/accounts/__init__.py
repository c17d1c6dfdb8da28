"""The financial and the economic account of an agreement: two reports, never summed."""
