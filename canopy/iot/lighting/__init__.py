"""Street lighting: what lighting management systems say of lamps, held against the catalogue, the
sun and the lamps' own readings."""
