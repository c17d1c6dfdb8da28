"""Short paths outdoors: Recommendation ITU-R P.1411.

The loss without a map of the street (`site_general`, of P.1411-13), along a street and around
its corners (`street_canyon`), over roofs of a town (`rooftops`) and of a suburb (`suburban`,
these three of P.1411-12: what edition 13 says of them could not be read).

Left out, because no statement of them was found that could be relied on: the tables of
effective road heights and of exponents for millimetre waves, which are arguments here; the
attenuation by gases and rain, which belongs to P.676 and P.530. The models for two terminals
near the ground (§4.3) and the multipath models (§5) are not here either.
"""
