"""Sites from the files that a request names, whichever of four forms each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from canopy.coverage.files.provenance import Input, opencellid_input
from canopy.coverage.sites.antennas import Pattern
from canopy.coverage.sites.msi import read_msi
from canopy.coverage.sites.ofds import read_ofds_candidates
from canopy.coverage.sites.opencellid import SiteRules, read_opencellid
from canopy.coverage.sites.opencellid_rows import Radio
from canopy.coverage.sites.rows import RowIssue
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_csv import read_site_csv
from canopy.coverage.sites.site_list import COLUMNS, sites_from_csv
from canopy.coverage.sites.site_mapping import SiteMapping, read_mapping
from canopy.coverage.sites.technology import Generation, Technology
from canopy.coverage.terrain.archives import sha256_of
from canopy.errors import BadSource, Refused
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.sources import SiteReading

_RADIOS: dict[Generation, Radio] = {"2g": "GSM", "3g": "UMTS", "4g": "LTE", "5g": "NR"}
"""Radio types of OpenCelliD by generation."""
_OPENCELLID_STARTS = frozenset({"radio", "gsm", "umts", "lte", "nr", "cdma"})
_PATTERN_SUFFIXES = (".msi", ".pln")
MOST_PATTERNS = 5_000


@dataclass(frozen=True, slots=True)
class SitesFound:
    """Sites, the files they were read from, and what a reader must know of them."""

    sites: tuple[RadioSite, ...]
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


def sites_in_files(request: RunRequest, chosen: Technology, epsg: int) -> SitesFound:
    """The sites of the technology in all files. Raises Refused or BadSource, naming the file."""
    reading = request.site_reading
    files = _SiteFiles(chosen, reading, patterns_in(reading.patterns), epsg)
    found = [files.read(path) for path in request.sites]
    inputs = [each for part in found for each in part.inputs]
    besides = [*pattern_files(reading.patterns)]
    if reading.mapping is not None:
        besides.append(reading.mapping)
    return SitesFound(
        tuple(
            site for part in found for site in part.sites if site.technology == chosen.technology_id
        ),
        (*inputs, *(_plain(path) for path in besides)),
        tuple(note for part in found for note in part.notes),
    )


def pattern_files(paths: tuple[Path, ...]) -> list[Path]:
    """The MSI files that are named, or lie in folders that are."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in _PATTERN_SUFFIXES)
            if not inside:
                raise BadSource(f"{path.name} holds no antenna pattern (.msi or .pln)")
            found += inside
        else:
            found.append(path)
    if len(found) > MOST_PATTERNS:
        raise Refused(f"{len(found):,} antenna patterns: name {MOST_PATTERNS:,} at most")
    return list(dict.fromkeys(found))


def patterns_in(paths: tuple[Path, ...]) -> dict[str, Pattern]:
    """Antennas by the name of their file, with its ending and without, and by their own NAME.

    One antenna's files for several tilts often share a NAME: it then stands for none of
    them. Raises Refused for two files of one name.
    """
    read = {path: read_msi(path) for path in pattern_files(paths)}
    found: dict[str, Pattern] = {}
    for path, pattern in read.items():
        for name in {path.name, path.stem}:
            if name in found:
                raise Refused(f"two antenna patterns are called {name}: rename one")
            found[name] = pattern
    names = [pattern.name for pattern in read.values()]
    for pattern in read.values():
        if names.count(pattern.name) == 1:
            found.setdefault(pattern.name, pattern)
    return found


@dataclass(frozen=True, slots=True)
class _SiteFiles:
    chosen: Technology
    reading: SiteReading
    patterns: Mapping[str, Pattern]
    epsg: int

    def read(self, path: Path) -> SitesFound:
        if path.suffix.lower() in (".json", ".geojson"):
            return self._ofds(path)
        if path.suffix == ".gz":
            return self._opencellid(path)
        heading = _first_line(path)
        if heading == ",".join(COLUMNS):
            sites = sites_from_csv(path, patterns=self.patterns, epsg=self.epsg)
            return SitesFound(sites, (_plain(path),), ())
        if heading.partition(",")[0].strip('" ').casefold() in _OPENCELLID_STARTS:
            return self._opencellid(path)
        if self.reading.mapping is None:
            raise BadSource(
                f"{path.name} is neither an OpenCelliD extract nor a list that Canopy wrote: give "
                "a mapping that tells what its columns mean"
            )
        return self._own(path, read_mapping(self.reading.mapping, self.chosen.technology_id))

    def _own(self, path: Path, mapping: SiteMapping) -> SitesFound:
        read = read_site_csv(path, mapping, patterns=self.patterns, crs=f"EPSG:{self.epsg}")
        notes = [f"{path.name}: {read.method}."]
        notes += _rejected(path, read.rows, read.rejected, read.first)
        return SitesFound(read.sites, (_plain(path),), tuple(notes))

    def _ofds(self, path: Path) -> SitesFound:
        types = self.reading.node_types
        read = read_ofds_candidates(
            path,
            self.chosen.technology_id,
            self.reading.operator,
            node_types=frozenset(types) if types else None,
            site_class=self.reading.site_class,
            crs=f"EPSG:{self.epsg}",
        )
        taken = f"{path.name}: {len(read.sites):,} of {read.rows:,} nodes are taken as candidates"
        notes = [f"{taken} ({', '.join(types) or 'every type'})."]
        notes += _rejected(path, read.rows, read.rejected, read.first)
        return SitesFound(read.sites, (_plain(path),), tuple(notes))

    def _opencellid(self, path: Path) -> SitesFound:
        chosen = self.chosen
        radio = _RADIOS.get(chosen.generation)
        if radio is None:
            raise Refused(
                f"{path.name}: OpenCelliD knows no {chosen.name}; give a list of sites instead"
            )
        rules = SiteRules(
            technologies={radio: chosen.technology_id}, site_class=self.reading.site_class
        )
        read = read_opencellid(path, radios=(radio,), rules=rules, crs=f"EPSG:{self.epsg}")
        report = read.report
        notes = list(_rejected(path, report.rows, report.rejected, report.first))
        return SitesFound(read.sites, (opencellid_input(path.name, sha256_of(path)),), tuple(notes))


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline().strip()
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}") from error


def _rejected(
    path: Path, rows: int, rejected: Mapping[str, int], first: tuple[RowIssue, ...]
) -> list[str]:
    """What a reader must know of rows that gave no site."""
    if not first:
        return []
    by_kind = ", ".join(f"{what} {many:,}" for what, many in rejected.items())
    return [
        f"{path.name}: {sum(rejected.values()):,} of {rows:,} rows give no site ({by_kind}); the "
        f"first, {first[0].row}: {first[0].reason}."
    ]


def _plain(path: Path) -> Input:
    return Input(path.name, sha256_of(path))
