"""Plain JSON of any shape, read by a mapping that a council writes."""
