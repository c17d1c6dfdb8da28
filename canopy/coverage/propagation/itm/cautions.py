"""What NTIA's ITM warns of, and what it refuses once a path is reduced."""

from __future__ import annotations

from enum import IntFlag

from canopy.coverage.propagation.itm.path import Path, Radio
from canopy.errors import Refused

LIKED_ANTENNA_M = (1.0, 1000.0)
LIKED_FREQUENCY_MHZ = (40.0, 10000.0)
LIKED_DISTANCE_M = (1e3, 1000e3)
LONG_DISTANCE_M = 2000e3
STEEP_RAD = 0.2
"""An angle from which those of the method are no longer small."""
LIKED_HORIZONS = (0.1, 3.0)
"""Of a horizon's distance, over that of a smooth Earth."""
SURFACE_N = (150.0, 400.0)
LIKED_SURFACE_N = 250.0
FAR_OUT_DEVIATE = 3.1


class Caution(IntFlag):
    """A value computed near the method's limits or beyond; the bits are NTIA's warning flags."""

    TX_HEIGHT = 0x0001
    RX_HEIGHT = 0x0002
    FREQUENCY = 0x0004
    DISTANCE_LARGE = 0x0008
    DISTANCE_VERY_LARGE = 0x0010
    DISTANCE_STEEP = 0x0020
    DISTANCE_SMALL = 0x0040
    TX_ANGLE = 0x0080
    RX_ANGLE = 0x0100
    TX_HORIZON_NEAR = 0x0200
    RX_HORIZON_NEAR = 0x0400
    TX_HORIZON_FAR = 0x0800
    RX_HORIZON_FAR = 0x1000
    QUANTILE = 0x2000
    SURFACE_N = 0x4000


REASONS = {
    Caution.TX_HEIGHT: "tx_height_m is outside 1 to 1,000 m",
    Caution.RX_HEIGHT: "rx_height_m is outside 1 to 1,000 m",
    Caution.FREQUENCY: "frequency_mhz is outside 40 to 10,000 MHz",
    Caution.DISTANCE_LARGE: "the path is longer than 1,000 km",
    Caution.DISTANCE_VERY_LARGE: "the path is longer than 2,000 km",
    Caution.DISTANCE_STEEP: "the path is short for how far apart its effective heights are",
    Caution.DISTANCE_SMALL: "the path is shorter than 1 km",
    Caution.TX_ANGLE: "the transmitter's horizon is at more than 200 mrad",
    Caution.RX_ANGLE: "the receiver's horizon is at more than 200 mrad",
    Caution.TX_HORIZON_NEAR: "the transmitter's horizon is under a tenth of a smooth Earth's",
    Caution.RX_HORIZON_NEAR: "the receiver's horizon is under a tenth of a smooth Earth's",
    Caution.TX_HORIZON_FAR: "the transmitter's horizon is over three times a smooth Earth's",
    Caution.RX_HORIZON_FAR: "the receiver's horizon is over three times a smooth Earth's",
    Caution.QUANTILE: "a percentage is far out in the tail of its distribution",
    Caution.SURFACE_N: "refractivity at the surface is below 250 N-units",
}


def cautions(path: Path, radio: Radio, deviates: tuple[float, float, float]) -> Caution:
    """All that applies to a path and the standard normal deviates asked for."""
    near, far = LIKED_HORIZONS
    apart_m = abs(path.tx_effective - path.rx_effective)
    holds = {
        Caution.TX_HEIGHT: not _within(path.tx, LIKED_ANTENNA_M),
        Caution.RX_HEIGHT: not _within(path.rx, LIKED_ANTENNA_M),
        Caution.FREQUENCY: not _within(radio.frequency, LIKED_FREQUENCY_MHZ),
        Caution.DISTANCE_LARGE: path.distance > LIKED_DISTANCE_M[1],
        Caution.DISTANCE_VERY_LARGE: path.distance > LONG_DISTANCE_M,
        Caution.DISTANCE_STEEP: path.distance < apart_m / STEEP_RAD,
        Caution.DISTANCE_SMALL: path.distance < LIKED_DISTANCE_M[0],
        Caution.TX_ANGLE: abs(path.tx_angle) > STEEP_RAD,
        Caution.RX_ANGLE: abs(path.rx_angle) > STEEP_RAD,
        Caution.TX_HORIZON_NEAR: path.tx_horizon < near * path.tx_smooth,
        Caution.RX_HORIZON_NEAR: path.rx_horizon < near * path.rx_smooth,
        Caution.TX_HORIZON_FAR: path.tx_horizon > far * path.tx_smooth,
        Caution.RX_HORIZON_FAR: path.rx_horizon > far * path.rx_smooth,
        Caution.QUANTILE: max(abs(each) for each in deviates) > FAR_OUT_DEVIATE,
        Caution.SURFACE_N: path.surface_n < LIKED_SURFACE_N,
    }
    found = Caution(0)
    for caution, applies in holds.items():
        if applies:
            found |= caution
    return found


def refuse_impossible(path: Path, radio: Radio) -> None:
    """Raise `Refused` where refractivity at the surface or the ground is impossible.

    NTIA's limits of the effective Earth radius, 4,000 to 13,333 km, need no rule of their own:
    it is 7,140 to 11,260 km within the limits of refractivity.
    """
    if not _within(path.surface_n, SURFACE_N):
        raise Refused(
            f"surface refractivity comes to {path.surface_n:.0f} N-units: ITM answers from"
            f" {SURFACE_N[0]:g} to {SURFACE_N[1]:g}; see sea_n0 and ground_m"
        )
    if radio.impedance.real <= abs(radio.impedance.imag):
        raise Refused(
            "permittivity and conductivity_s_m give the ground as much reactance as resistance:"
            " raise permittivity"
        )


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
