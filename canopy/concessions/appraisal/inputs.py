"""What a deployment values with: index series and a scenario, read from one folder.

The folder holds ONS time series (``*.csv``) and at the most one ``scenario.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from canopy.concessions.appraisal.indices import indices_for
from canopy.concessions.indexation.ons import read_ons
from canopy.concessions.indexation.scenario_files import read_scenario
from canopy.concessions.indexation.scenarios import Scenario
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.terms.agreement import Agreement
from canopy.errors import BadSource

SCENARIO = "scenario.toml"
Stamp = tuple[tuple[str, int, int], ...]
"""Name, size and time of change of each file: another stamp, other figures."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Series and scenario, none where no folder is set."""

    published: tuple[IndexSeries, ...] = ()
    scenario: Scenario | None = None

    def indices(
        self, agreement: Agreement, deflator: IndexName = "cpi"
    ) -> dict[IndexName, IndexSeries]:
        """The series that an agreement needs, continued by the scenario."""
        return indices_for(agreement, self.published, self.scenario, deflator)

    @property
    def sources(self) -> list[str]:
        """What the figures rest on, for a reader."""
        told = [f"{each.series_id}: {each.source}" for each in self.published]
        if self.scenario is not None:
            told.append(f"scenario {self.scenario.name}: {self.scenario.source}")
        return told


def stamp_of(folder: Path | None) -> Stamp:
    """What the folder holds now. Raises BadSource where it cannot be read."""
    if folder is None:
        return ()
    try:
        found = [(each, each.stat()) for each in _files(folder)]
    except OSError as error:
        raise BadSource(f"{folder} cannot be read: {error.strerror}") from error
    return tuple((each.name, stat.st_size, stat.st_mtime_ns) for each, stat in found)


def read_inputs(folder: Path | None) -> Inputs:
    """The series and the scenario of a folder. Raises as their readers do."""
    if folder is None:
        return Inputs()
    series = tuple(read_ons(each) for each in _files(folder) if each.suffix == ".csv")
    scenario = folder / SCENARIO
    return Inputs(series, read_scenario(scenario) if scenario.is_file() else None)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(
        each for each in folder.iterdir() if each.suffix == ".csv" or each.name == SCENARIO
    )
