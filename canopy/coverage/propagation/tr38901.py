"""Path loss of 3GPP TR 38.901 v18.0.0: UMi street canyon, UMa and RMa.

Table 7.4.1-1 (loss and shadowing), Table 7.4.2-1 (probability of line of sight) and
§7.4.3 (loss into buildings and vehicles). Distances are horizontal, as a map has them; the
slant distance d3D is worked out from the heights. c is 3.0e8 m/s, as note 1 of the table
sets it.

Choices where the report leaves one: the effective environment height h_E of UMa is 1 m, which
the report gives with certainty below a receiver height of 13 m; above that it is random there
and stays 1 m here. RMa takes its default street width W = 20 m and building height h = 5 m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.compiled import compiled
from canopy.coverage.validity import Validity
from canopy.errors import Refused

EDITION = "3GPP TR 38.901 v18.0.0"
Scenario = Literal["umi", "uma", "rma"]
LEAST_DISTANCE_M = 10.0
"""Shortest horizontal distance of all three scenarios (Table 7.4.1-1)."""
RMA_STREET_WIDTH_M = 20.0
RMA_BUILDING_HEIGHT_M = 5.0
_C_M_S = 3.0e8


@dataclass(frozen=True, slots=True)
class Range:
    """What a scenario was made for (Table 7.4.1-1 and §7.4.1, note 6).

    Attributes:
        frequency_ghz: least and most [GHz].
        los_m, nlos_m: farthest horizontal distance with and without sight [m].
        base_m: least and most height of the base station [m].
        receiver_m: least and most height of the receiver [m].
    """

    frequency_ghz: tuple[float, float]
    los_m: float
    nlos_m: float
    base_m: tuple[float, float]
    receiver_m: tuple[float, float]


RANGES: dict[str, Range] = {
    "umi": Range((0.5, 100.0), 5_000.0, 5_000.0, (3.0, 20.0), (1.5, 22.5)),
    "uma": Range((0.5, 100.0), 5_000.0, 5_000.0, (20.0, 50.0), (1.5, 22.5)),
    "rma": Range((0.5, 7.0), 10_000.0, 5_000.0, (10.0, 150.0), (1.0, 10.0)),
}
"""The base heights of UMi (10 m) and UMa (25 m) are single values in the report. A height
of street furniture and of a roof is taken as meant by them; beyond, the value is flagged."""

SIGMA_LOS_DB: dict[str, float] = {"umi": 4.0, "uma": 4.0}
SIGMA_NLOS_DB: dict[str, float] = {"umi": 7.82, "uma": 6.0, "rma": 8.0}
"""Standard deviation of shadow fading; RMa in sight has 4 dB to the breakpoint, 6 beyond."""


@compiled
def slant_m(distance_m: float, tx_height_m: float, rx_height_m: float) -> float:
    """d3D of a horizontal distance [m]."""
    return math.hypot(distance_m, tx_height_m - rx_height_m)


@compiled
def umi_los(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """UMi street canyon with sight [dB]."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    d_bp = 4 * (h_bs - 1) * (h_ut - 1) * f_ghz * 1e9 / _C_M_S
    if distance_m <= d_bp:
        return 32.4 + 21 * math.log10(d3d) + 20 * math.log10(f_ghz)
    bend = 9.5 * math.log10(d_bp * d_bp + (h_bs - h_ut) ** 2)
    return 32.4 + 40 * math.log10(d3d) + 20 * math.log10(f_ghz) - bend


@compiled
def umi_nlos(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """UMi street canyon without sight [dB], never below that with sight."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    without = 35.3 * math.log10(d3d) + 22.4 + 21.3 * math.log10(f_ghz) - 0.3 * (h_ut - 1.5)
    seen = umi_los(distance_m, f_ghz, h_bs, h_ut)
    return without if without > seen or math.isnan(without) else seen


@compiled
def uma_los(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """UMa with sight [dB]."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    d_bp = 4 * (h_bs - 1) * (h_ut - 1) * f_ghz * 1e9 / _C_M_S
    if distance_m <= d_bp:
        return 28.0 + 22 * math.log10(d3d) + 20 * math.log10(f_ghz)
    bend = 9 * math.log10(d_bp * d_bp + (h_bs - h_ut) ** 2)
    return 28.0 + 40 * math.log10(d3d) + 20 * math.log10(f_ghz) - bend


@compiled
def uma_nlos(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """UMa without sight [dB], never below that with sight."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    without = 13.54 + 39.08 * math.log10(d3d) + 20 * math.log10(f_ghz) - 0.6 * (h_ut - 1.5)
    seen = uma_los(distance_m, f_ghz, h_bs, h_ut)
    return without if without > seen or math.isnan(without) else seen


@compiled
def _rma_near(d3d: float, f_ghz: float) -> float:
    h = RMA_BUILDING_HEIGHT_M
    power = h**1.72
    return (
        20 * math.log10(40 * math.pi * d3d * f_ghz / 3)
        + min(0.03 * power, 10) * math.log10(d3d)
        - min(0.044 * power, 14.77)
        + 0.002 * math.log10(h) * d3d
    )


@compiled
def rma_breakpoint_m(f_ghz: float, h_bs: float, h_ut: float) -> float:
    """Where the loss of RMa with sight bends [m] (note 5)."""
    return 2 * math.pi * h_bs * h_ut * f_ghz * 1e9 / _C_M_S


@compiled
def rma_los(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """RMa with sight [dB]."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    d_bp = rma_breakpoint_m(f_ghz, h_bs, h_ut)
    if distance_m <= d_bp:
        return _rma_near(d3d, f_ghz)
    return _rma_near(d_bp, f_ghz) + 40 * math.log10(d3d / d_bp)


@compiled
def rma_nlos(distance_m: float, f_ghz: float, h_bs: float, h_ut: float) -> float:
    """RMa without sight [dB], never below that with sight."""
    d3d = slant_m(distance_m, h_bs, h_ut)
    h = RMA_BUILDING_HEIGHT_M
    without = (
        161.04
        - 7.1 * math.log10(RMA_STREET_WIDTH_M)
        + 7.5 * math.log10(h)
        - (24.37 - 3.7 * (h / h_bs) ** 2) * math.log10(h_bs)
        + (43.42 - 3.1 * math.log10(h_bs)) * (math.log10(d3d) - 3)
        + 20 * math.log10(f_ghz)
        - (3.2 * math.log10(11.75 * h_ut) ** 2 - 4.97)
    )
    seen = rma_los(distance_m, f_ghz, h_bs, h_ut)
    return without if without > seen or math.isnan(without) else seen


@compiled
def umi_los_probability(distance_m: float) -> float:
    """Probability of sight in UMi outdoors, 0 to 1."""
    if distance_m <= 18:
        return 1.0
    return 18 / distance_m + math.exp(-distance_m / 36) * (1 - 18 / distance_m)


@compiled
def uma_los_probability(distance_m: float, h_ut: float) -> float:
    """Probability of sight in UMa outdoors, 0 to 1; receivers up to 23 m high."""
    if distance_m <= 18:
        return 1.0
    near = 18 / distance_m + math.exp(-distance_m / 63) * (1 - 18 / distance_m)
    raised = 0.0 if h_ut <= 13 else ((min(h_ut, 23.0) - 13) / 10) ** 1.5
    return near * (1 + raised * 1.25 * (distance_m / 100) ** 3 * math.exp(-distance_m / 150))


@compiled
def rma_los_probability(distance_m: float) -> float:
    """Probability of sight in RMa, 0 to 1."""
    return 1.0 if distance_m <= 10 else math.exp(-(distance_m - 10) / 1000)


_UMI, _UMA, _RMA = 0, 1, 2
_NUMBERS = {"umi": _UMI, "uma": _UMA, "rma": _RMA}


@compiled
def _fill(
    number: int,
    distance_m: NDArray[np.float64],
    f_ghz: NDArray[np.float64],
    h_bs: NDArray[np.float64],
    h_ut: NDArray[np.float64],
    los_db: NDArray[np.float64],
    nlos_db: NDArray[np.float64],
    probability: NDArray[np.float64],
) -> None:
    for at in range(distance_m.size):
        d, f, b, u = distance_m[at], f_ghz[at], h_bs[at], h_ut[at]
        if number == _UMI:
            los_db[at], nlos_db[at] = umi_los(d, f, b, u), umi_nlos(d, f, b, u)
            probability[at] = umi_los_probability(d)
        elif number == _UMA:
            los_db[at], nlos_db[at] = uma_los(d, f, b, u), uma_nlos(d, f, b, u)
            probability[at] = uma_los_probability(d, u)
        else:
            los_db[at], nlos_db[at] = rma_los(d, f, b, u), rma_nlos(d, f, b, u)
            probability[at] = rma_los_probability(d)


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Losses of one scenario; float64 arrays of the broadcast shape but for the flags (uint8).

    Attributes:
        los_db, nlos_db: median loss with and without sight [dB].
        los_probability: of sight, 0 to 1.
        los_sigma_db, nlos_sigma_db: standard deviation of shadow fading [dB].
        los_validity, nlos_validity: `Validity` of each.
    """

    los_db: NDArray[np.float64]
    nlos_db: NDArray[np.float64]
    los_probability: NDArray[np.float64]
    los_sigma_db: NDArray[np.float64]
    nlos_sigma_db: NDArray[np.float64]
    los_validity: NDArray[np.uint8]
    nlos_validity: NDArray[np.uint8]


def path_loss(
    scenario: Scenario,
    distance_m: ArrayLike,
    frequency_ghz: ArrayLike,
    tx_height_m: ArrayLike,
    rx_height_m: ArrayLike,
) -> Losses:
    """Median losses, shadowing and probability of sight of one scenario.

    Parameters
    ----------
    scenario : "umi", "uma" or "rma".
    distance_m : horizontal [m], 10 to 5,000 (RMa in sight 10,000). Nearer than 10 m the value
        at 10 m is held, farther the formula is carried on; both are flagged.
    frequency_ghz : 0.5 to 100, RMa 0.5 to 7 [GHz]. Outside 0.1 to 100 GHz the value is
        refused (NaN); 0.1 to 0.5 GHz, and RMa above 7 GHz, are flagged.
    tx_height_m, rx_height_m : above the ground [m], tx above 1 m and rx above 1 m: the report's
        effective heights h - 1 m must be positive, else refused. Outside `RANGES` flagged.

    Source: 3GPP TR 38.901 v18.0.0, Tables 7.4.1-1 and 7.4.2-1.
    """
    if scenario not in _NUMBERS:
        raise Refused(f"TR 38.901 has no scenario {scenario!r} here: choose umi, uma or rma")
    d, f, b, u = np.broadcast_arrays(
        *(
            np.asarray(each, np.float64)
            for each in (distance_m, frequency_ghz, tx_height_m, rx_height_m)
        )
    )
    shape = d.shape
    held = np.where(d < LEAST_DISTANCE_M, LEAST_DISTANCE_M, d)
    los, nlos, probability = np.empty(shape), np.empty(shape), np.empty(shape)
    _fill(
        _NUMBERS[scenario],
        held.flatten(),
        f.flatten(),
        b.flatten(),
        u.flatten(),
        los.reshape(-1),
        nlos.reshape(-1),
        probability.reshape(-1),
    )
    limits = RANGES[scenario]
    refused = ~((d >= 0) & (f >= 0.1) & (f <= 100) & (b > 1) & (u > 1))
    inside = (
        (d >= LEAST_DISTANCE_M)
        & (f >= limits.frequency_ghz[0])
        & (f <= limits.frequency_ghz[1])
        & (b >= limits.base_m[0])
        & (b <= limits.base_m[1])
        & (u >= limits.receiver_m[0])
        & (u <= limits.receiver_m[1])
    )
    unknown = np.isnan(d) | np.isnan(f) | np.isnan(b) | np.isnan(u)
    los[refused], nlos[refused] = np.nan, np.nan
    return Losses(
        los,
        nlos,
        np.where(refused, np.nan, probability),
        _los_sigma(scenario, d, f, b, u),
        np.full(shape, SIGMA_NLOS_DB[scenario]),
        _flags(inside & (d <= limits.los_m), refused, unknown),
        _flags(inside & (d <= limits.nlos_m), refused, unknown),
    )


def _flags(
    inside: NDArray[np.bool_], refused: NDArray[np.bool_], unknown: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    flags = np.where(inside, Validity.IN_RANGE, Validity.EXTRAPOLATED).astype(np.uint8)
    flags[refused] = Validity.REFUSED
    flags[unknown] = Validity.UNKNOWN
    return flags


def _los_sigma(
    scenario: str,
    d: NDArray[np.float64],
    f: NDArray[np.float64],
    b: NDArray[np.float64],
    u: NDArray[np.float64],
) -> NDArray[np.float64]:
    if scenario != "rma":
        return np.full(d.shape, SIGMA_LOS_DB[scenario])
    return np.where(d <= 2 * math.pi * b * u * f * 1e9 / _C_M_S, 4.0, 6.0)
