"""Assets found by where they are or by what they are called, as a principal may see them."""
