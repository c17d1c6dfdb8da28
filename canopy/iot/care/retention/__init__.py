"""How long readings and their sums are kept, and removing what is older, in steps."""
