"""What a run says of itself: methods, assumptions, notes and provenance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from canopy import __version__
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.files.provenance import Method, Provenance
from canopy.coverage.propagation.choice import METHODS
from canopy.coverage.propagation.p2109 import EDITION as P2109
from canopy.coverage.propagation.p2109 import entry_loss
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.technologies import technology
from canopy.plan.coverage.blocks import RULE
from canopy.plan.coverage.calibrating import Judged
from canopy.plan.coverage.gathering import Gathered
from canopy.plan.coverage.request import RunRequest

CANDIDATE_SOURCES = ("catalogue", "ofds")
"""Sources of sites on which nothing transmits yet."""

CALIBRATION = (
    "measured = offset + slope * predicted by Huber's robust regression, judged in blocks of "
    "ground set aside"
)


def indoor_loss_db(request: RunRequest) -> float:
    """What is lost into the kind of building asked for, at the share of places asked for [dB]."""
    assert request.indoor is not None
    frequency_ghz = technology(request.technology).frequency_mhz / 1000
    loss, _ = entry_loss(frequency_ghz, request.indoor_share, request.indoor)
    return float(loss)


def explained(
    gathered: Gathered, prepared: Prepared, judgement: Judged | None, more: Sequence[str] = ()
) -> tuple[str, ...]:
    """Methods, assumptions and notes, a sentence each. more: what comparisons add."""
    problem, request = gathered.problem, gathered.request
    told = [*prepared.explanation, *gathered.notes, *_of_sites(problem.sites)]
    told += _of_candidates(problem.sites)
    if gathered.left_out:
        told.append(
            f"{gathered.left_out:,} sites lie farther than {problem.reach_m:,.0f} m from the area "
            "and were left out."
        )
    adrift = prepared.provenance["sites_on_even_ground"]
    if adrift != "0":
        told.append(
            f"The ground under {adrift} sites is not known: it is taken as even on their paths."
        )
    if request.indoor is not None:
        told.append(
            f"Indoors {indoor_loss_db(request):.1f} dB are taken off, what {request.indoor} "
            f"buildings lose at most in {request.indoor_share:.0%} of places ({P2109})."
        )
    if request.results.aggregate_m:
        sides = " and ".join(f"{side:g} m" for side in request.results.aggregate_m)
        told.append(f"In blocks of {sides}: {RULE}")
    if judgement is not None:
        told += judgement.notes
    if judgement is not None and judgement.applied:
        told.append(
            "Not-spots and figures are of the corrected levels (calibrated_*.tif); figures of the "
            "levels as predicted have the place outdoor-as-predicted. All other layers, SINR and "
            "throughput among them, are as predicted."
        )
    told += more
    told.append("This is a screening estimate by published models, not Ofcom's data and no survey.")
    return tuple(told)


def _of_sites(sites: tuple[RadioSite, ...]) -> list[str]:
    told = []
    estimated = [site for site in sites if site.estimated]
    known = [site for site in sites if site.assumed and not site.estimated]
    if estimated:
        told.append(
            f"{len(estimated):,} of {len(sites):,} sites are estimates; assumed of sites: "
            f"{_assumed(estimated)}. The result is indicative and shows no target as met."
        )
    if known:
        told.append(
            f"Of {len(known):,} of {len(sites):,} sites the position is known, and assumed of "
            f"some or all: {_assumed(known)}."
        )
    return told


def _of_candidates(sites: tuple[RadioSite, ...]) -> list[str]:
    """That candidates are counted as if they were an operator, where there are others."""
    hosts = {site.operator for site in sites if site.source in CANDIDATE_SOURCES}
    others = {site.operator for site in sites} - hosts
    if not hosts or not others:
        return []
    return [
        f"Candidates ({', '.join(sorted(hosts))}) count as an operator beside "
        f"{', '.join(sorted(others))}: total, partial and full are over all of them."
    ]


def _assumed(sites: Sequence[RadioSite]) -> str:
    return ", ".join(sorted({name for site in sites for name in site.assumed}))


def provenance_of(
    gathered: Gathered, prepared: Prepared, judgement: Judged | None, at: datetime
) -> Provenance:
    """Of every file of the run, made `at`."""
    used = sorted({stage.method for stages in prepared.stages for stage in stages})
    methods = [Method(name, METHODS[name].edition) for name in used]
    if gathered.problem.terrain is not None and used != ["p1812"]:  # which has its own
        methods.append(Method("terrain", "Recommendation ITU-R P.526-15, §4.5.1"))
    if gathered.request.indoor is not None:
        methods.append(Method("buildings", P2109))
    parameters: tuple[tuple[str, str], ...] = ()
    if judgement is not None:
        methods.append(Method("calibration", CALIBRATION))
        parameters = (("calibration", _applied(judgement)),)
    return Provenance(
        title=gathered.request.name,
        generated_at=at,
        canopy_version=__version__,
        inputs=gathered.inputs,
        methods=tuple(methods),
        parameters=parameters,
        indicative=any(site.estimated for site in gathered.problem.sites),
    )


def _applied(judgement: Judged) -> str:
    applied = [one for one in judgement.verdicts if one.applied and one.fit is not None]
    if not applied:
        return "judged, not applied"
    lines = (
        f"{one.operator} {one.fit.offset_db:.3f} dB + {one.fit.slope:.4f} * predicted"
        for one in applied
        if one.fit is not None
    )
    return f"applied to figures and not-spots: {'; '.join(lines)}"
