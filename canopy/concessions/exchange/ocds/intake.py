"""A file of releases as what comes into the register, and what of it is told in the report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from canopy.concessions.exchange.incoming import Incoming
from canopy.concessions.exchange.ocds.agreements import Assumed, read_release
from canopy.concessions.exchange.ocds.files import latest, read_releases
from canopy.concessions.exchange.report import RegisterReport, Rejected


def read_file(
    path: Path, assumed: Assumed, on: date, report: RegisterReport
) -> Iterator[Incoming | list[Rejected]]:
    """Each agreement of the latest releases, or why a release gives none.

    What was decided and what has no place is added to the report on the way. Raises BadSource,
    and LimitExceeded, as `read_releases`.
    """
    chosen = latest(read_releases(path))
    report.superseded = chosen.superseded
    for unusable in chosen.unusable:
        rule = (
            "a release needs an ocid" if not unusable.ocid else "a time with its offset is needed"
        )
        column = "date" if unusable.ocid else "ocid"
        value = str(unusable.document.get(column) or "")[:80]
        yield [Rejected(unusable.number, column, value, rule, unusable.ocid or None)]
    for release in chosen.latest:
        read = read_release(release, assumed, on)
        report.stated += read.stated
        if read.kept:
            report.kept[release.ocid] = read.kept
        by_ref: dict[str | None, list[Rejected]] = {}
        for each in read.rejects:
            by_ref.setdefault(each.ref, []).append(each)
        yield from by_ref.values()
        yield from read.agreements
