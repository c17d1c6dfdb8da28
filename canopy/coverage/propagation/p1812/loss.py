"""The losses of P.1812-7 §4 from a reduced profile: what is lost, for how much of the time."""

from __future__ import annotations

import math
from typing import NamedTuple

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.p526 import knife_edge_loss
from canopy.coverage.propagation.p1812.path import BETA_K, EARTH_KM, Path

FREE_SPACE_DB = 92.4
"""Loss in free space over 1 km at 1 GHz [dB] (equation 8)."""


class Climate(NamedTuple):
    """What the answer hangs on besides the path.

    Attributes:
        frequency_ghz: 0.03 to 6 [GHz].
        vertical: whether the polarisation is vertical, else horizontal.
        time_percent: p, of an average year that the loss is not exceeded for, 1 to 50 [%].
        delta_n: ΔN, fall of refractivity in the lowest kilometre [N-units/km].
        sea_n0: N0, surface refractivity at sea level [N-units].
        latitude_deg: φ, of the middle of the path.
    """

    frequency_ghz: float
    vertical: bool
    time_percent: float
    delta_n: float
    sea_n0: float
    latitude_deg: float


@compiled
def upper_normal(share: float) -> float:
    """Standard normal deviate exceeded with probability `share`, 1e-6 to 1 - 1e-6.

    Source: Attachment 2, equation 96: a rational approximation within 0.00054.
    """
    if share > 0.5:
        return -upper_normal(1 - share)
    t = math.sqrt(-2 * math.log(max(share, 1e-6)))
    above = (0.010328 * t + 0.802853) * t + 2.515516698
    below = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1
    return t - above / below


@compiled
def time_of_anomalies(path: Path, latitude_deg: float) -> float:
    """β0, share of the time with strong refraction near the ground [%] (§3.4, equation 5)."""
    latitude = abs(latitude_deg)
    tau = 1 - math.exp(-4.12e-4 * path.inland**2.41)
    log_mu1 = min(
        0.2
        * math.log10(10 ** (-path.land / (16 - 6.6 * tau)) + 10 ** (-5 * (0.496 + 0.354 * tau))),
        0.0,
    )
    if latitude > 70:
        return 4.17 * 10 ** (1.3 * log_mu1)
    return 10 ** (1.67 - 0.015 * latitude + log_mu1 * (1 - 0.935 + 0.0176 * latitude))


@compiled
def bullington(nu: float, distance_km: float) -> float:
    """Lbull [dB] of a path whose Bullington point has `nu` (equations 20 and 21)."""
    edge = knife_edge_loss(nu)
    return edge + (1 - math.exp(-edge / 6)) * (10 + 0.02 * distance_km)


@compiled
def _height_gain(beta_y: float, log_k: float) -> float:
    """G [dB] of equation 35."""
    if beta_y > 2:
        gain = 17.6 * math.sqrt(beta_y - 1.1) - 5 * math.log10(beta_y - 1.1) - 8
    else:
        gain = 20 * math.log10(beta_y + 0.1 * beta_y**3)
    return max(gain, 2 + 20 * log_k)


@compiled
def _first_term(
    permittivity: float,
    conductivity: float,
    radius_km: float,
    distance_km: float,
    tx_m: float,
    rx_m: float,
    frequency_ghz: float,
    vertical: bool,
) -> float:
    """Ldft [dB] over one kind of ground (equations 29 to 36)."""
    loss_angle = (18 * conductivity / frequency_ghz) ** 2
    k = (
        0.036
        * (radius_km * frequency_ghz) ** (-1 / 3)
        * ((permittivity - 1) ** 2 + loss_angle) ** -0.25
    )
    if vertical:
        k *= math.sqrt(permittivity**2 + loss_angle)
    k2 = k * k
    beta = (1 + 1.6 * k2 + 0.67 * k2 * k2) / (1 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * (frequency_ghz / radius_km**2) ** (1 / 3) * distance_km
    if x >= 1.6:
        over_distance = 11 + 10 * math.log10(x) - 17.6 * x
    else:
        over_distance = -20 * math.log10(x) - 5.6488 * x**1.425
    by_height = 0.9575 * beta * beta * (frequency_ghz**2 / radius_km) ** (1 / 3)
    log_k = math.log10(k)
    return (
        -over_distance
        - _height_gain(by_height * tx_m, log_k)
        - _height_gain(by_height * rx_m, log_k)
    )


@compiled
def _both_grounds(radius_km: float, path: Path, frequency_ghz: float, vertical: bool) -> float:
    """Ldft [dB], land and sea weighed by their share of the path (equation 28)."""
    land, sea = 0.0, 0.0
    far, tx, rx = path.distance, path.tx_smooth, path.rx_smooth
    if path.sea < 1:
        land = _first_term(22.0, 0.003, radius_km, far, tx, rx, frequency_ghz, vertical)
    if path.sea > 0:
        sea = _first_term(80.0, 5.0, radius_km, far, tx, rx, frequency_ghz, vertical)
    return path.sea * sea + (1 - path.sea) * land


@compiled
def sphere_loss(path: Path, radius_km: float, frequency_ghz: float, vertical: bool) -> float:
    """Ldsph [dB], diffraction over a smooth Earth (§4.3.2, equations 22 to 27)."""
    far, tx, rx = path.distance, path.tx_smooth, path.rx_smooth
    if far >= math.sqrt(2 * radius_km) * (math.sqrt(0.001 * tx) + math.sqrt(0.001 * rx)):
        return _both_grounds(radius_km, path, frequency_ghz, vertical)
    c = (tx - rx) / (tx + rx)
    m = 250 * far * far / (radius_km * (tx + rx))
    angle = math.acos(max(-1.0, min(1.0, 1.5 * c * math.sqrt(3 * m / (m + 1) ** 3))))
    b = 2 * math.sqrt((m + 1) / (3 * m)) * math.cos(math.pi / 3 + angle / 3)
    near = 0.5 * far * (1 + b)
    rest = far - near
    clearance = (
        (tx - 500 * near * near / radius_km) * rest + (rx - 500 * rest * rest / radius_km) * near
    ) / far
    wanted = 17.456 * math.sqrt(near * rest * 0.299792458 / (frequency_ghz * far))
    if clearance > wanted:
        return 0.0
    marginal_km = 500 * (far / (math.sqrt(tx) + math.sqrt(rx))) ** 2
    loss = _both_grounds(marginal_km, path, frequency_ghz, vertical)
    return max(0.0, (1 - clearance / wanted) * loss)


@compiled
def diffraction(
    path: Path, nu: float, nu_smooth: float, radius_km: float, frequency_ghz: float, vertical: bool
) -> float:
    """Ld [dB] by the delta-Bullington method (§4.3.4, equation 39)."""
    rough = bullington(nu, path.distance)
    even = bullington(nu_smooth, path.distance)
    return rough + max(sphere_loss(path, radius_km, frequency_ghz, vertical) - even, 0.0)


@compiled
def _scatter(path: Path, angle_mrad: float, given: Climate) -> float:
    """Lbs [dB], tropospheric scatter (§4.4, equations 44 and 45)."""
    frequency = given.frequency_ghz
    by_frequency = 25 * math.log10(frequency) - 2.5 * math.log10(0.5 * frequency) ** 2
    return (
        190.1
        + by_frequency
        + 20 * math.log10(path.distance)
        + 0.573 * angle_mrad
        - 0.15 * given.sea_n0
        - 10.125 * math.log10(50 / given.time_percent) ** 0.7
    )


@compiled
def _shielding(angle_mrad: float, horizon_km: float, frequency_ghz: float) -> float:
    """Ast or Asr [dB], of the ground about a terminal (equation 49)."""
    above = angle_mrad - 0.1 * horizon_km
    if not above > 0:
        return 0.0
    return 20 * math.log10(
        1 + 0.361 * above * math.sqrt(frequency_ghz * horizon_km)
    ) + 0.264 * above * frequency_ghz ** (1 / 3)


@compiled
def _sea_duct(sea: float, coast_km: float, horizon_km: float, antenna_m: float) -> float:
    """Act or Acr [dB], of a duct over the sea that a terminal is near (equation 50)."""
    if sea < 0.75 or coast_km > horizon_km or coast_km > 5:
        return 0.0
    return -3 * math.exp(-0.25 * coast_km**2) * (1 + math.tanh(0.07 * (50 - antenna_m)))


@compiled
def _ducting(path: Path, radius_km: float, beta0: float, given: Climate) -> float:
    """Lba [dB], ducts and reflecting layers (§4.5, equations 46 to 56)."""
    frequency, far = given.frequency_ghz, path.distance
    low = 45.375 - 137.0 * frequency + 92.5 * frequency**2 if frequency < 0.5 else 0.0
    coupling = (
        102.45
        + 20 * math.log10(frequency)
        + 20 * math.log10(path.tx_horizon + path.rx_horizon)
        + low
        + _shielding(path.tx_angle, path.tx_horizon, frequency)
        + _shielding(path.rx_angle, path.rx_horizon, frequency)
        + _sea_duct(path.sea, path.tx_coast, path.tx_horizon, path.tx)
        + _sea_duct(path.sea, path.rx_coast, path.rx_horizon, path.rx)
    )
    angle = (
        1000 * far / radius_km
        + min(path.tx_angle, 0.1 * path.tx_horizon)
        + min(path.rx_angle, 0.1 * path.rx_horizon)
    )
    tau = 1 - math.exp(-4.12e-4 * path.inland**2.41)
    alpha = max(-0.6 - 3.5e-9 * far**3.1 * tau, -3.4)
    heights = (math.sqrt(path.tx_effective) + math.sqrt(path.rx_effective)) ** 2
    mu2 = min((500 / radius_km * far * far / heights) ** alpha, 1.0)
    mu3 = 1.0
    if path.roughness > 10:
        between = min(far - path.tx_horizon - path.rx_horizon, 40.0)
        mu3 = math.exp(-4.6e-5 * (path.roughness - 10) * (43 + 6 * between))
    beta = beta0 * mu2 * mu3
    log_beta = math.log10(beta)
    gamma = (
        1.076
        / (2.0058 - log_beta) ** 1.012
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * far**1.13)
    )
    share = given.time_percent / beta
    in_time = -12 + (1.2 + 3.7e-3 * far) * math.log10(share) + 12 * share**gamma
    return coupling + 5e-5 * radius_km * frequency ** (1 / 3) * angle + in_time


@compiled
def _blend(x: float, middle: float, slope: float) -> float:
    """Goes from 1 to 0 as `x` passes `middle` (equations 57 and 58)."""
    return 1 - 0.5 * (1 + math.tanh(3 * slope * (x - middle) / middle))


@compiled
def free_space(path: Path, frequency_ghz: float) -> float:
    """Lbfs [dB] (equation 8), over the distance between the antennas themselves."""
    rise_km = (path.tx - path.rx) / 1000
    squared = path.distance**2 + rise_km**2
    return FREE_SPACE_DB + 20 * math.log10(frequency_ghz) + 10 * math.log10(squared)


@compiled
def free_space_over(squared_m2: float, frequency_ghz: float) -> float:
    """As `free_space` [dB], over a squared distance [m²] between antennas of equal height."""
    return FREE_SPACE_DB + 20 * math.log10(frequency_ghz) + 10 * math.log10(squared_m2 * 1e-6)


class Losses(NamedTuple):
    """Intermediate and final losses [dB], as the Recommendation names them.

    Attributes:
        beta0: β0 [%].
        lbfs: in free space. lb0p: with multipath and focusing for p. lb0b: the same for β0.
        ld50, ldp: diffraction at the median, and not exceeded for p.
        lbs: troposcatter. lba: ducting. lbc: all together, at half of the locations.
    """

    beta0: float
    lbfs: float
    lb0p: float
    lb0b: float
    ld50: float
    ldp: float
    lbs: float
    lba: float
    lbc: float


@compiled
def losses(path: Path, given: Climate) -> Losses:
    """The basic transmission loss of a path and its parts (§4.2 to §4.6); NaN gives NaN."""
    frequency, percent = given.frequency_ghz, given.time_percent
    radius_km = EARTH_KM * 157 / (157 - given.delta_n)
    beta0 = time_of_anomalies(path, given.latitude_deg)
    lbfs = free_space(path, frequency)
    focusing = 2.6 * (1 - math.exp(-0.1 * (path.tx_horizon + path.rx_horizon)))
    lb0p = lbfs + focusing * math.log10(percent / 50)
    lb0b = lbfs + focusing * math.log10(beta0 / 50)
    ld50 = diffraction(path, path.nu, path.nu_smooth, radius_km, frequency, given.vertical)
    ldp, share = ld50, 0.0
    if percent < 50:
        at_beta = diffraction(
            path, path.nu_beta, path.nu_smooth_beta, EARTH_KM * BETA_K, frequency, given.vertical
        )
        share = 1.0
        if percent > beta0:
            share = upper_normal(percent / 100) / upper_normal(beta0 / 100)
        ldp = ld50 + share * (at_beta - ld50)
    lbd50, lbd = lbfs + ld50, lb0p + ldp
    angle = 1000 * path.distance / radius_km + path.tx_angle + path.rx_angle
    lbs = _scatter(path, angle, given)
    lba = _ducting(path, radius_km, beta0, given)
    over_land = lb0p + (1 - path.sea) * ldp
    lminb0p = over_land
    if percent >= beta0:
        lminb0p = lbd50 + (lb0b + (1 - path.sea) * ldp - lbd50) * share
    # η ln(exp(Lba/η) + exp(Lb0p/η)), with the larger taken out so that nothing overflows.
    more, less = max(lba, lb0p), min(lba, lb0p)
    lminbap = more + 2.5 * math.log1p(math.exp((less - more) / 2.5))
    lbda = lbd
    if lminbap <= lbd:
        lbda = lminbap + (lbd - lminbap) * _blend(path.distance, 20.0, 0.5)
    lbam = lbda + (lminb0p - lbda) * _blend(angle, 0.3, 0.8)
    more, less = max(lbs, lbam), min(lbs, lbam)
    lbc = less - 5 * math.log10(1 + 10 ** (-0.2 * (more - less)))
    return Losses(beta0, lbfs, lb0p, lb0b, ld50, ldp, lbs, lba, lbc)


@compiled
def at_locations(found: Losses, location_percent: float, sigma_db: float) -> float:
    """Lb [dB] not exceeded at a share of locations (§4.9, equations 64 to 69).

    location_percent: pL, 1 to 99 [%]. sigma_db: of the variation over locations.
    """
    return max(found.lb0p, found.lbc - upper_normal(location_percent / 100) * sigma_db)


@compiled
def location_sigma(frequency_ghz: float, width_m: float) -> float:
    """σL outdoors [dB] (§4.7, equation 66), for an area of 50 to 1,000 m across.

    It holds below the height of the clutter; above it, see `share_of_sigma`.
    """
    return (0.52 + 0.024 * frequency_ghz) * width_m**0.28


@compiled
def share_of_sigma(rx_height_m: float, clutter_m: float) -> float:
    """u(h), what is left of σL for a receiver at a height above the ground (§4.7).

    1 up to the height of the clutter there, falling to 0 over the 10 m above.
    """
    return min(max(1 - (rx_height_m - clutter_m) / 10, 0.0), 1.0)
