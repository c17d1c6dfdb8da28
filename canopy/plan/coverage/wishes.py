"""What a run is asked to say besides levels, not-spots and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from canopy.coverage.measurements.calibration import HoldOut
from canopy.coverage.measurements.reading import MeasurementColumns
from canopy.coverage.notspots.aggregation import PUBLISHED_SIDES_M
from canopy.errors import Refused
from canopy.plan.coverage.sources import FOLDER, FeatureFile

MOST_SIDES = 4
MOST_SIDE_M = 1_000.0


@dataclass(frozen=True, slots=True)
class OfcomSource:
    """Ofcom's published mobile coverage of one authority.

    Attributes:
        file: a Connected Nations mobile file by local authority.
        area_id: code of the authority in it (E09000007 for Camden).
        service: as its headings begin, such as "4G" or "5G_high_confidence"; the run's
            generation where None.
    """

    file: Path
    area_id: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class BroadbandSource:
    """Ofcom's fixed coverage by postcode, and where the postcodes are.

    Attributes:
        files: of one year; a folder stands for the CSV files in it.
        postcodes: points; `name` is the postcode, `value` its premises where they are known.
    """

    files: tuple[Path, ...] = field(metadata=FOLDER)
    postcodes: FeatureFile

    def __post_init__(self) -> None:
        if not self.files:
            raise Refused("name a postcode file of Ofcom at least")
        if self.postcodes.name is None:
            raise Refused(f"{self.postcodes.file.name}: name the column with the postcode")


@dataclass(frozen=True, slots=True)
class Results:
    """Further layers and tables of a run.

    Attributes:
        aggregate_m: sides of blocks [m], such as 50 and 100, as Ofcom publishes.
        handover: whether to tell where a user of one operator has none and another covers.
        ofcom: published figures to stand beside ours.
        broadband: fixed broadband, as a theme of its own.
    """

    aggregate_m: tuple[float, ...] = ()
    handover: bool = False
    ofcom: OfcomSource | None = None
    broadband: BroadbandSource | None = None

    def __post_init__(self) -> None:
        sides = self.aggregate_m
        wrong = [side for side in sides if not 0 < side <= MOST_SIDE_M]
        if wrong or len(set(sides)) < len(sides) or len(sides) > MOST_SIDES:
            published = " and ".join(f"{side:g}" for side in PUBLISHED_SIDES_M)
            raise Refused(
                f"blocks of {', '.join(f'{side:g}' for side in sides)} m: choose up to "
                f"{MOST_SIDES} different sides up to {MOST_SIDE_M:,.0f} m; Ofcom has {published}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementSource:
    """Levels that were measured, to judge the predictions by and to correct them if asked.

    Attributes:
        file: CSV with a row for each measurement.
        x, y: columns with the position.
        crs: of the positions.
        time: column with the time, ISO 8601 with its offset from UTC.
        rsrp_dbm: column with the reference level [dBm].
        operator: column with whose level it is; may be left out where the run has one operator.
        technology: column with the technology, as its id ("lte-1800") or family ("LTE", "4g").
        cell: column with the cell that was measured.
        apply: whether predictions are corrected by what the measurements say.
        seed: the same seed sets the same blocks of ground aside to judge the correction by.
        share: of the cells that are set aside, 0.1 to 0.5.
        block_m: side of the blocks [m].
    """

    file: Path
    x: str
    y: str
    time: str
    rsrp_dbm: str
    crs: str = "EPSG:4326"
    operator: str | None = None
    technology: str | None = None
    cell: str | None = None
    apply: bool = False
    seed: int = 1
    share: float = 0.25
    block_m: float = 500.0

    def __post_init__(self) -> None:
        self.hold_out()

    def columns(self) -> MeasurementColumns:
        """Which column holds what."""
        return MeasurementColumns(
            self.x, self.y, self.time, self.rsrp_dbm,
            self.crs, self.operator, self.technology, self.cell,
        )  # fmt: skip

    def hold_out(self) -> HoldOut:
        """How cells are set aside. Raises Refused where that makes no sense."""
        return HoldOut(self.seed, self.share, self.block_m)
