"""How layers of coverage look: colours, classes and words (`symbology/coverage/*.json`).

Arrays come in and colours go out: nothing here knows how coverage is computed.
"""

from canopy.render.coverage.ramps import Entry, Ramp, ramp, ramp_names

__all__ = ["Entry", "Ramp", "ramp", "ramp_names"]
