"""Losses over distance for each class of sites in a run, put together from its stages."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.loss_tables import Curve
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.surroundings import MEDIANS, NOTES, short_range
from canopy.coverage.propagation import tr38901
from canopy.coverage.propagation.choice import Circumstances, Stage, choose
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.validity import Validity

Floats = NDArray[np.float64]
_Answer = tuple[Floats, Floats, NDArray[np.uint8]]
_Method = Callable[[Floats, "SiteClass", float, str, str], _Answer]
"""Horizontal distance [m], class of site, receiver's height [m], sight and environment."""


@dataclass(frozen=True, slots=True, order=True)
class SiteClass:
    """Sites whose loss over distance is the same."""

    frequency_mhz: float
    antenna_height_m: float

    @classmethod
    def of(cls, site: RadioSite) -> SiteClass:
        return cls(site.frequency_mhz, site.antenna_height_m)


@dataclass(frozen=True, slots=True, eq=False)
class ClassCurves:
    """One class's losses.

    Attributes:
        rows: expected, with sight, without sight.
        stages: which method answers where.
    """

    rows: tuple[Curve, Curve, Curve]
    stages: tuple[Stage, ...]


def curves_of(each: SiteClass, problem: Problem) -> ClassCurves:
    """The losses of one class. Raises Refused where no method answers for its frequency."""
    stages = choose(
        Circumstances(
            frequency_mhz=each.frequency_mhz,
            antenna_height_m=each.antenna_height_m,
            environment=problem.environment,
            reach_m=problem.reach_m,
        ),
        problem.model,
    )
    sights = ("expected" if problem.sight == "surface" else problem.sight, "los", "nlos")
    rows = tuple(_curve(stages, each, problem, sight) for sight in sights)
    return ClassCurves((rows[0], rows[1], rows[2]), stages)


def _curve(stages: tuple[Stage, ...], each: SiteClass, problem: Problem, sight: str) -> Curve:
    receiver_m = problem.budget.receiver_height_m

    def losses(distance_m: Floats) -> _Answer:
        loss = np.full(distance_m.shape, np.nan)
        sigma = np.full(distance_m.shape, np.nan)
        validity = np.full(distance_m.shape, Validity.REFUSED, np.uint8)
        for at, stage in enumerate(stages):
            # The last stage goes on to the end of the tables, just past the reach.
            to_m = stage.to_m if at + 1 < len(stages) else math.inf
            here = (distance_m > stage.from_m if at else distance_m >= 0) & (distance_m <= to_m)
            method = _ANSWERS[stage.method]
            answer = method(distance_m[here], each, receiver_m, sight, problem.environment)
            loss[here], sigma[here], validity[here] = answer
            if stage.validity is Validity.EXTRAPOLATED:
                flags = validity[here]
                validity[here] = np.maximum(flags, np.uint8(Validity.EXTRAPOLATED))
        return loss, sigma, validity

    return losses


def _cellular(scenario: tr38901.Scenario) -> _Method:
    def answer(
        distance_m: Floats, each: SiteClass, receiver_m: float, sight: str, environment: str
    ) -> _Answer:
        found = tr38901.path_loss(
            scenario, distance_m, each.frequency_mhz / 1000, each.antenna_height_m, receiver_m
        )
        return _by_sight(found, sight)

    return answer


def _in_streets(
    distance_m: Floats, each: SiteClass, receiver_m: float, sight: str, environment: str
) -> _Answer:
    ends_m = (each.antenna_height_m, receiver_m)
    return _by_sight(short_range(environment, distance_m, each.frequency_mhz, ends_m), sight)


def _median(name: str) -> _Method:
    """A method that has one median for the whole surroundings, whatever the sight."""

    def answer(
        distance_m: Floats, each: SiteClass, receiver_m: float, sight: str, environment: str
    ) -> _Answer:
        ends_m = (each.antenna_height_m, receiver_m)
        return MEDIANS[name](environment, distance_m, each.frequency_mhz, ends_m)

    return answer


def _by_sight(found: tr38901.Losses, sight: str) -> _Answer:
    if sight == "los":
        return found.los_db, found.los_sigma_db, found.los_validity
    if sight == "nlos":
        return found.nlos_db, found.nlos_sigma_db, found.nlos_validity
    return _expected(found)


def _expected(found: tr38901.Losses) -> _Answer:
    """Loss weighed by the probability of sight, in dB, and the deviation of the mixture.

    The mean of a mixture is the weighed mean, its variance the weighed variances and the
    variance of the two means about it (law of total variance).
    """
    seen, hidden = found.los_probability, 1 - found.los_probability
    loss = seen * found.los_db + hidden * found.nlos_db
    variance = (
        seen * found.los_sigma_db**2
        + hidden * found.nlos_sigma_db**2
        + seen * hidden * (found.nlos_db - found.los_db) ** 2
    )
    both = np.maximum(found.los_validity, found.nlos_validity)
    return loss, np.sqrt(variance), np.where(seen == 1, found.los_validity, both)


_ANSWERS: dict[str, _Method] = {
    "umi": _cellular("umi"),
    "uma": _cellular("uma"),
    "rma": _cellular("rma"),
    "p1411": _in_streets,
    **{name: _median(name) for name in MEDIANS},
}


def explain(
    classes: list[SiteClass], curves: list[ClassCurves], problem: Problem
) -> tuple[str, ...]:
    """Which method is used where and why, a sentence for each stage of each class."""
    told: list[str] = []
    for each, mine in zip(classes, curves, strict=True):
        for stage in mine.stages:
            told.append(
                f"{each.frequency_mhz:g} MHz at {each.antenna_height_m:g} m: {stage.sentence()}"
            )
    if problem.terrain is not None:
        told.append(
            "Diffraction over the terrain is added (Recommendation ITU-R P.526-15, §4.5.1), less "
            "that of an even slope; it is computed at the terrain's own spacing and "
            "interpolated between."
        )
    used = {stage.method for mine in curves for stage in mine.stages}
    told.extend(NOTES[name] for name in NOTES if name in used)
    told.append(
        {
            "expected": "Sight is weighed by its published probability.",
            "los": "Sight is taken as given everywhere.",
            "nlos": "Sight is taken as given nowhere.",
            "surface": "Sight is decided over the surface of ground and buildings.",
        }[problem.sight]
    )
    return tuple(told)
