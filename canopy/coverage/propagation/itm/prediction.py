"""A loss from a profile or from the statistics of an area: the whole of ITM for one path."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from canopy.coverage.propagation.itm.cautions import REASONS, Caution, cautions, refuse_impossible
from canopy.coverage.propagation.itm.loss import Losses, losses
from canopy.coverage.propagation.itm.path import Path, Radio, radio
from canopy.coverage.propagation.itm.profile import reduce_profile
from canopy.coverage.propagation.itm.siting import reduce_area
from canopy.coverage.propagation.itm.terms import AreaPath, Quantile, Terms, TerrainProfile
from canopy.coverage.propagation.itm.variability import Wanted
from canopy.coverage.propagation.p1812.loss import upper_normal
from canopy.coverage.validity import Validity

EDITION = "ITS Irregular Terrain Model (Longley-Rice), version 1.2.2, as NTIA's ITM 1.4 answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """A loss and where it comes from.

    Attributes:
        loss_db: basic transmission loss not exceeded at the quantile [dB]; NaN where an input
            is, or where the method has no value.
        parts: what it is made of.
        path: what the terrain was reduced to.
        validity: in range, extrapolated (see `cautions`), refused (NaN: the method has no
            value for so steep a path) or unknown (NaN: an input is missing).
        cautions: why a value is extrapolated.
    """

    loss_db: float
    parts: Losses
    path: Path
    validity: Validity
    cautions: Caution

    @property
    def reasons(self) -> tuple[str, ...]:
        """The cautions as sentences for people."""
        return tuple(REASONS[each] for each in self.cautions)


def predict(profile: TerrainProfile, terms: Terms) -> Answer:
    """The basic transmission loss along a profile: the point-to-point mode.

    Where NTIA's ITM warns (of paths below 1 km, say) the value is computed and flagged as
    extrapolated, with reasons; what it refuses is refused. A NaN anywhere gives NaN. The loss
    is the same from either end.
    """
    path = reduce_profile(
        np.array(profile.ground_m, np.float64),
        profile.ground_m.size - 1,
        float(profile.step_m),
        float(terms.tx_height_m),
        float(terms.rx_height_m),
        float(terms.sea_n0),
    )
    return _answer(path, terms)


def predict_area(area: AreaPath, terms: Terms) -> Answer:
    """The basic transmission loss of paths in an area; the rest as `predict`."""
    path = reduce_area(
        1000 * float(area.distance_km),
        float(area.delta_h_m),
        float(terms.tx_height_m),
        float(terms.rx_height_m),
        int(area.tx_siting),
        int(area.rx_siting),
        float(terms.sea_n0),
    )
    return _answer(path, terms)


def _answer(path: Path, terms: Terms) -> Answer:
    wave = radio(
        float(terms.frequency_mhz),
        bool(terms.vertical),
        float(terms.permittivity),
        float(terms.conductivity_s_m),
    )
    wanted = _wanted(terms.quantile, int(terms.climate))
    if _is_unknown(path, wave, wanted):
        return Answer(math.nan, losses(path, wave, wanted), path, Validity.UNKNOWN, Caution(0))
    refuse_impossible(path, wave)
    parts = losses(path, wave, wanted)
    found = cautions(path, wave, (wanted.time, wanted.place, wanted.situation))
    validity = Validity.EXTRAPOLATED if found else Validity.IN_RANGE
    if math.isnan(parts.loss):
        validity = Validity.REFUSED
    return Answer(parts.loss, parts, path, validity, found)


def _wanted(quantile: Quantile, climate: int) -> Wanted:
    return Wanted(
        climate,
        int(quantile.mode),
        bool(quantile.places_vary),
        bool(quantile.situations_vary),
        upper_normal(float(quantile.time_percent) / 100),
        upper_normal(float(quantile.location_percent) / 100),
        upper_normal(float(quantile.situation_percent) / 100),
    )


def _is_unknown(path: Path, wave: Radio, wanted: Wanted) -> bool:
    given = (*path, wave.frequency, abs(wave.impedance), *wanted)
    return not all(math.isfinite(each) for each in given)
