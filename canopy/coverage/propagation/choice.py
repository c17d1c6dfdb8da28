"""Which published method answers for a link, and why.

The choice goes by where the antenna stands (below or above the roofs around it), the
environment, the frequency, the distance and whether there is terrain to work along. It is
made once for each class of sites in a run and said in words, and may be overridden by naming
a method.

The methods of 3GPP TR 38.901 are fits to measurements in town, P.1812 follows the ground.
Where one hands over to the other they need not agree: P.1812 is then held to no less loss
than the method before it gives at the border, so that no place is better for being farther.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from canopy.coverage.propagation.p1812.prediction import ANTENNA_M, DISTANCE_KM, EDITION
from canopy.coverage.validity import Validity
from canopy.errors import Refused

TYPICAL_ROOF_M = {"dense urban": 20.0, "urban": 15.0, "suburban": 10.0, "rural": 10.0}
"""Height of roofs (and trees) by environment [m]: the representative clutter heights of
Recommendation ITU-R P.1812, Table 2, where open land has 10 m too."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method that may be chosen by name.

    Attributes:
        name: as the user writes it.
        edition: the document.
        frequency_mhz: what it was made for [MHz].
        most_frequency_mhz: beyond `frequency_mhz` it is still computed, flagged, within this.
        to_m: farthest distance it was made for [m].
        base_m: heights of the antenna it was made for [m].
        environments: keys of `TYPICAL_ROOF_M` it was made for.
        below_roofs: whether it was made only for antennas not above the roofs.
    """

    name: str
    edition: str
    frequency_mhz: tuple[float, float]
    most_frequency_mhz: tuple[float, float]
    to_m: float
    base_m: tuple[float, float]
    environments: tuple[str, ...] = tuple(TYPICAL_ROOF_M)
    below_roofs: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "umi",
            "3GPP TR 38.901 v18.0.0, UMi street canyon",
            (500, 100_000),
            (100, 100_000),
            5_000,
            (3, 20),
        ),
        Method(
            "uma", "3GPP TR 38.901 v18.0.0, UMa", (500, 100_000), (100, 100_000), 5_000, (20, 50)
        ),
        Method(
            "rma", "3GPP TR 38.901 v18.0.0, RMa", (500, 7_000), (100, 100_000), 10_000, (10, 150)
        ),
        Method("p1812", EDITION, (30, 6_000), (30, 6_000), DISTANCE_KM[1] * 1000, ANTENNA_M),
        Method(
            "p1411",
            "Recommendation ITU-R P.1411-13, §4.1.1",
            (800, 159_000),
            (300, 300_000),
            660,
            (1, 20),
            ("dense urban", "urban", "suburban"),
            below_roofs=True,
        ),
        Method("hata", "Hata (1980)", (150, 1_500), (100, 2_000), 20_000, (30, 200)),
        Method(
            "cost231",
            "COST 231 (1999), §4.4.1",
            (1_500, 2_000),
            (1_500, 2_600),
            20_000,
            (30, 200),
            ("dense urban", "urban", "suburban"),
        ),
        Method(
            "free-space",
            "Recommendation ITU-R P.525-5",
            (30, 300_000),
            (30, 300_000),
            100_000,
            (0, 1_000),
        ),
    )
}
P1812 = METHODS["p1812"]

STREET_BANDS_MHZ = ((2_400.0, 2_483.5), (5_150.0, 6_425.0), (24_000.0, 82_000.0))
"""Carriers of Wi-Fi and of millimetre waves, whose cells in streets are as short as P.1411 is
made for; at 82 GHz its distances begin to shrink."""
STREET_ENVIRONMENTS = ("dense urban", "urban")
"""Where the loss expected by P.1411 is within 2 dB of UMi's when it hands over. In suburbs its
line ends at 250 m, some 6 dB above UMi, which would draw a ring on the map."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One method over one range of distances.

    Attributes:
        method: name in `METHODS`.
        from_m, to_m: horizontal distance, from exclusive [m].
        validity: `IN_RANGE`, or `EXTRAPOLATED` where the method was not made for it.
        reason: why, as a clause.
    """

    method: str
    from_m: float
    to_m: float
    validity: Validity
    reason: str

    def sentence(self) -> str:
        """The stage for a reader."""
        flag = "" if self.validity is Validity.IN_RANGE else " (outside its published range)"
        return (
            f"{self.from_m:,.0f} to {self.to_m:,.0f} m: {METHODS[self.method].edition}"
            f"{flag}, because {self.reason}."
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the choice goes by.

    Attributes:
        frequency_mhz: carrier [MHz].
        antenna_height_m: above the ground [m].
        environment: key of `TYPICAL_ROOF_M`.
        reach_m: how far the site is reckoned with [m].
        over_terrain: whether ground heights are known.
    """

    frequency_mhz: float
    antenna_height_m: float
    environment: str
    reach_m: float
    over_terrain: bool = False


def choose(given: Circumstances, model: str = "auto") -> tuple[Stage, ...]:
    """The stages from 0 to the reach. `model`: "auto", or the one method for all of it.

    Raises Refused for an unknown method or environment, and where no method (or not the
    one asked for) answers for the frequency; the message names the ranges.
    """
    if given.environment not in TYPICAL_ROOF_M:
        raise Refused(
            f"the environment {given.environment!r} is not known: use one of "
            f"{', '.join(TYPICAL_ROOF_M)}"
        )
    if model != "auto":
        return (_asked_for(given, model),)
    if reason := _along_the_ground(given):
        standing = _standing(P1812, given, given.reach_m)
        return (Stage(P1812.name, 0.0, given.reach_m, standing, reason),)
    name, reason = _nearby(given)
    near = METHODS[name]
    _check_frequency(near, given.frequency_mhz)
    first_to = min(near.to_m, given.reach_m)
    stages = [Stage(name, 0.0, first_to, _standing(near, given, first_to), reason)]
    if given.reach_m > near.to_m:
        stages.append(_beyond(near, given))
    return (*_in_the_street(stages[0], given), *stages[1:])


def _nearby(given: Circumstances) -> tuple[str, str]:
    roof_m = TYPICAL_ROOF_M[given.environment]
    height = f"the antenna at {given.antenna_height_m:g} m"
    if given.environment == "rural" and given.antenna_height_m >= METHODS["rma"].base_m[0]:
        return "rma", f"{height} stands in open country"
    if given.antenna_height_m <= roof_m:
        return "umi", f"{height} is not above the roofs of {roof_m:g} m ({given.environment})"
    return "uma", f"{height} is above the roofs of {roof_m:g} m ({given.environment})"


def _in_the_street(first: Stage, given: Circumstances) -> tuple[Stage, ...]:
    """The first stage, its beginning left to P.1411 where that is the nearer to the case."""
    carriers = any(low <= given.frequency_mhz <= high for low, high in STREET_BANDS_MHZ)
    if first.method != "umi" or not carriers or given.environment not in STREET_ENVIRONMENTS:
        return (first,)
    street = METHODS["p1411"]
    to_m = min(street.to_m, first.to_m)
    reason = (
        f"{first.reason}, where P.1411 is fitted to measurements at antennas of any height and "
        "carriers of Wi-Fi and millimetre waves"
    )
    stage = Stage("p1411", 0.0, to_m, _standing(street, given, to_m), reason)
    if first.to_m <= to_m:
        return (stage,)
    return (stage, replace(first, from_m=to_m))


def _along_the_ground(given: Circumstances) -> str:
    """Why P.1812 answers for the whole reach, or "" where another method is nearer to it."""
    if not (given.over_terrain and _answers(P1812, given.frequency_mhz)):
        return ""
    if given.frequency_mhz < METHODS["uma"].frequency_mhz[0]:
        return (
            f"the methods of 3GPP begin at {METHODS['uma'].frequency_mhz[0]:g} MHz, and the "
            "terrain is known"
        )
    roof_m = TYPICAL_ROOF_M[given.environment]
    if given.environment in ("suburban", "rural") and given.antenna_height_m > roof_m:
        return (
            f"the antenna at {given.antenna_height_m:g} m stands above the roofs and trees of "
            f"{roof_m:g} m ({given.environment}), so the ground decides, and the terrain is known"
        )
    return ""


def _beyond(near: Method, given: Circumstances) -> Stage:
    border = f"{near.to_m:,.0f} m"
    if given.over_terrain and _answers(P1812, given.frequency_mhz):
        return Stage(
            P1812.name, near.to_m, given.reach_m, _standing(P1812, given, given.reach_m),
            f"{near.name} was made for {border} at the most and the terrain is known; no place is "
            f"given less loss than {near.name} gives at {border} over even ground",
        )  # fmt: skip
    lacking = f"at {given.frequency_mhz:g} MHz" if given.over_terrain else "without terrain"
    return Stage(
        near.name, near.to_m, given.reach_m, Validity.EXTRAPOLATED,
        f"no other method here answers beyond {border} {lacking}",
    )  # fmt: skip


def _asked_for(given: Circumstances, model: str) -> Stage:
    method = METHODS.get(model)
    if method is None:
        raise Refused(f"the model {model!r} is not known: use auto or one of {', '.join(METHODS)}")
    _check_frequency(method, given.frequency_mhz)
    if method is P1812 and not given.over_terrain:
        raise Refused("p1812 works along the terrain: give ground heights, or another model")
    standing = _standing(method, given, given.reach_m)
    return Stage(model, 0.0, given.reach_m, standing, "it was asked for")


def _check_frequency(method: Method, frequency_mhz: float) -> None:
    if not _answers(method, frequency_mhz):
        ranges = "; ".join(
            f"{each.name} {each.most_frequency_mhz[0]:g} to {each.most_frequency_mhz[1]:g} MHz"
            + (", over terrain" if each is P1812 else "")
            for each in METHODS.values()
        )
        raise Refused(f"{frequency_mhz:g} MHz is outside {method.name}. What answers: {ranges}")


def _answers(method: Method, frequency_mhz: float) -> bool:
    low, high = method.most_frequency_mhz
    return math.isfinite(frequency_mhz) and low <= frequency_mhz <= high


def _standing(method: Method, given: Circumstances, to_m: float) -> Validity:
    inside = (
        method.frequency_mhz[0] <= given.frequency_mhz <= method.frequency_mhz[1]
        and method.base_m[0] <= given.antenna_height_m <= method.base_m[1]
        and to_m <= method.to_m
        and given.environment in method.environments
        and (not method.below_roofs or given.antenna_height_m <= TYPICAL_ROOF_M[given.environment])
    )
    return Validity.IN_RANGE if inside else Validity.EXTRAPOLATED
