"""What P.1812 keeps of a profile: the numbers that every later equation works from."""

from __future__ import annotations

from typing import NamedTuple

EARTH_KM = 6371.0
"""Mean radius of the Earth (§3.5)."""
BETA_K = 3.0
"""Effective Earth radius factor exceeded for β0 of the time (§3.5)."""
FROM_THE_SEA_KM = 500.0
"""What a distance to the coast is taken as for a terminal that is not near one (§3.4)."""


class Path(NamedTuple):
    """A profile reduced (Attachment 1 and the profile's share of §4.3.1).

    Distances in km, heights in m, angles in mrad, shares from 0 to 1.

    Attributes:
        distance: d, between the terminals.
        tx, rx: hts and hrs, antennas above sea level.
        tx_horizon, rx_horizon: dlt and dlr, to each one's horizon.
        tx_angle, rx_angle: θt and θr, elevation of each one's horizon.
        tx_effective, rx_effective: hte and hre, above the smooth surface (equation 92).
        tx_smooth, rx_smooth: h'ts and h'rs, above the smooth surface for diffraction.
        roughness: hm, of the terrain between the horizons (equation 93).
        nu: ν of the profile's Bullington point at the median Earth radius.
        nu_beta: the same at the Earth radius exceeded for β0 of the time.
        nu_smooth, nu_smooth_beta: ν where all heights are 0 and the antennas stand at
            `tx_smooth` and `rx_smooth`, for the same two radii.
        sea: ω, share of the path over sea.
        inland: dlm, longest continuous inland stretch.
        land: dtm, longest continuous stretch over land.
        tx_coast, rx_coast: dct and dcr, from each to the coast along the path.
    """

    distance: float
    tx: float
    rx: float
    tx_horizon: float
    rx_horizon: float
    tx_angle: float
    rx_angle: float
    tx_effective: float
    rx_effective: float
    tx_smooth: float
    rx_smooth: float
    roughness: float
    nu: float
    nu_beta: float
    nu_smooth: float
    nu_smooth_beta: float
    sea: float
    inland: float
    land: float
    tx_coast: float
    rx_coast: float
