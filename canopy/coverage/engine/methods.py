"""Losses over distance for each class of sites in a run, put together from its stages."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.area_terms import AreaTerms
from canopy.coverage.engine.loss_tables import LEAST_DISTANCE_M, Curve
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.surroundings import MEDIANS, NOTES, short_range
from canopy.coverage.propagation import tr38901
from canopy.coverage.propagation.choice import P1812, Circumstances, Stage, choose
from canopy.coverage.propagation.p1812.loss import FREE_SPACE_DB
from canopy.coverage.propagation.p1812.prediction import ANTENNA_M, DISTANCE_KM
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
        terms: what P.1812 is asked with, where a stage is by it.
    """

    rows: tuple[Curve, Curve, Curve]
    stages: tuple[Stage, ...]
    terms: AreaTerms | None


def curves_of(each: SiteClass, problem: Problem) -> ClassCurves:
    """The losses of one class by distance. Raises Refused where no method answers.

    A stage by P.1812 is there with the loss in free space, which its path only adds to, or
    with the loss that the method before it gives at the border, where that is more.
    """
    stages = choose(
        Circumstances(
            frequency_mhz=each.frequency_mhz,
            antenna_height_m=each.antenna_height_m,
            environment=problem.environment,
            reach_m=problem.reach_m,
            over_terrain=problem.terrain is not None,
        ),
        problem.model,
    )
    is_by_area = any(stage.method == P1812.name for stage in stages)
    terms = AreaTerms.of(problem) if is_by_area else None
    sights = ("expected" if problem.sight == "surface" else problem.sight, "los", "nlos")
    rows = tuple(_curve(stages, each, problem, terms, sight) for sight in sights)
    return ClassCurves((rows[0], rows[1], rows[2]), stages, terms)


def beyond_m2(stages: tuple[Stage, ...]) -> float:
    """Squared distance beyond which P.1812 answers [m²], as `PointToArea` has it."""
    for stage in stages:
        if stage.method == P1812.name:
            return stage.from_m**2 if stage.from_m > 0 else -1.0
    return math.inf


def _curve(
    stages: tuple[Stage, ...],
    each: SiteClass,
    problem: Problem,
    terms: AreaTerms | None,
    sight: str,
) -> Curve:
    receiver_m = problem.budget.receiver_height_m

    def answer_of(stage: Stage, distance_m: Floats) -> _Answer:
        if stage.method == P1812.name and terms is not None:
            return _free_space(distance_m, each, receiver_m, terms)
        method = _ANSWERS[stage.method]
        return method(distance_m, each, receiver_m, sight, problem.environment)

    def losses(distance_m: Floats) -> _Answer:
        loss = np.full(distance_m.shape, np.nan)
        sigma = np.full(distance_m.shape, np.nan)
        validity = np.full(distance_m.shape, Validity.REFUSED, np.uint8)
        for at, stage in enumerate(stages):
            # The last stage goes on to the end of the tables, just past the reach.
            to_m = stage.to_m if at + 1 < len(stages) else math.inf
            here = (distance_m > stage.from_m if at else distance_m >= 0) & (distance_m <= to_m)
            loss[here], sigma[here], validity[here] = answer_of(stage, distance_m[here])
            if at and stage.method == P1812.name:
                at_border, _, _ = answer_of(stages[at - 1], np.array([stage.from_m]))
                loss[here] = np.maximum(loss[here], at_border)
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


def _free_space(
    distance_m: Floats, each: SiteClass, receiver_m: float, terms: AreaTerms
) -> _Answer:
    frequency_ghz = each.frequency_mhz / 1000
    distance_km = np.maximum(distance_m, LEAST_DISTANCE_M) / 1000
    loss = FREE_SPACE_DB + 20 * np.log10(frequency_ghz) + 20 * np.log10(distance_km)
    sigma = np.full(distance_m.shape, terms.sigma_db(frequency_ghz, receiver_m))
    inside = (distance_m >= DISTANCE_KM[0] * 1000) & (receiver_m >= ANTENNA_M[0])
    validity = np.where(inside, Validity.IN_RANGE, Validity.EXTRAPOLATED).astype(np.uint8)
    return loss, sigma, validity


_ANSWERS: dict[str, _Method] = {
    "umi": _cellular("umi"),
    "uma": _cellular("uma"),
    "rma": _cellular("rma"),
    "p1411": _in_streets,
    **{name: _median(name) for name in MEDIANS},
}


def terms_of(curves: list[ClassCurves]) -> AreaTerms | None:
    """What P.1812 is asked with in a run, the same for all classes; None where it is not."""
    return next((each.terms for each in curves if each.terms is not None), None)


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
    terms = terms_of(curves)
    if terms is not None:
        told.append(terms.sentence())
    if all(stage.method == P1812.name for mine in curves for stage in mine.stages):
        return tuple(told)
    to_which = "" if terms is None else " to the other methods"
    if problem.terrain is not None:
        told.append(
            f"Diffraction over the terrain is added{to_which} (Recommendation ITU-R P.526-15, "
            "§4.5.1), less that of an even slope; it is computed at the terrain's own spacing "
            "and interpolated between."
        )
    used = {stage.method for mine in curves for stage in mine.stages}
    told.extend(NOTES[name] for name in NOTES if name in used)
    if used <= {*MEDIANS, P1812.name}:
        return tuple(told)  # none of them asks for sight
    told.append(
        {
            "expected": "Sight is weighed by its published probability.",
            "los": "Sight is taken as given everywhere.",
            "nlos": "Sight is taken as given nowhere.",
            "surface": "Sight is decided over the surface of ground and buildings.",
        }[problem.sight]
    )
    return tuple(told)
