"""A survey that was filled in, taken through the catalogue's import, source by source.

The file is imported once for each source that its rows name, the others' rows left out; all
sources are tried first, so that a file with a wrong row changes nothing. Only what a row states
is taken, and only of assets that are there; revisions have the origin ``survey``, so that the
next vintage of a register leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.opening import open_tables
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.report import ImportReport
from canopy.assets.kinds import KINDS
from canopy.assets.mapping.mapping_text import dumps
from canopy.assets.mapping.model import ColumnRule, Correction, GeometryRule, KindRule, Mapping
from canopy.assets.mapping.targets import targets_for
from canopy.db.engine import Database
from canopy.errors import BadSource
from canopy.plan.suitability.survey_files import ABOUT, SHEET

MOST_SOURCES = 50
_NEEDED = ("source", "ref", "kind", "easting", "northing")
_NOT_FILLED = frozenset(ABOUT) - {"ref"}
_READ = ("kind", "easting", "northing")


def take_survey(
    database: Database,
    path: Path,
    author: str,
    reason: str,
    *,
    dry_run: bool = False,
    told: Callable[[ImportReport], None] = lambda _: None,
) -> list[ImportReport]:
    """What came of each source. `told` is called with each report as it is final.

    Where any row of any source is rejected nothing is written, and the reports name row and
    column. Raises BadSource for a file that is no survey, ImportRefused for a row about no asset.
    """
    table = _table(path)
    sources = _sources(table)
    with TemporaryDirectory(prefix="canopy-survey-") as folder:
        requests = [
            ImportRequest(
                path=path, source=source, author=author, reason=reason, survey=True, dry_run=True,
                layer=table.name if path.suffix.lower() == ".xlsx" else None,
                mapping=_mapping_file(Path(folder), number, table, database.storage_crs,
                                      [each for each in sources if each != source]),
            )
            for number, source in enumerate(sources)
        ]  # fmt: skip
        tried = [run_import(database, each) for each in requests]
        if dry_run or any(report.state == "refused" for report in tried):
            for report in tried:
                told(report)
            return tried
        done = []
        for request in requests:
            done.append(run_import(database, replace(request, dry_run=False)))
            told(done[-1])
        return done


def _table(path: Path) -> SourceTable:
    if not path.is_file():
        raise BadSource(f"{path} is not there, or is no file; check the name.")
    layer = SHEET if path.suffix.lower() == ".xlsx" else None
    table = open_tables(path, layer=layer)[0]
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        raise BadSource(
            f"{path.name} is no survey: it has no column {', '.join(missing)}. `canopy plan survey "
            "--out` writes one."
        )
    return table


def _sources(table: SourceTable) -> list[str]:
    found: dict[str, None] = {}
    for batch in table.batches():
        for row, source in zip(batch.row_numbers, batch.columns["source"], strict=True):
            if source is None or not str(source).strip():
                raise BadSource(
                    f"row {row}: source is blank; it says whose asset the row is about."
                )
            found.setdefault(str(source).strip())
    if not found or len(found) > MOST_SOURCES:
        raise BadSource(f"a survey has rows of 1 to {MOST_SOURCES} sources, not of {len(found)}")
    return list(found)


def _mapping_file(
    folder: Path, number: int, table: SourceTable, storage_crs: str, others: Sequence[str]
) -> Path:
    path = folder / f"{number}.toml"
    path.write_text(dumps(survey_mapping(table.columns, storage_crs, others)), encoding="utf-8")
    return path


def survey_mapping(columns: Iterable[str], storage_crs: str, others: Sequence[str]) -> Mapping:
    """How a survey's columns are read: each field by its own name, in Canopy's own units.

    others: sources whose rows are left out.
    """
    targets = targets_for([str(kind) for kind in KINDS])
    filled = [
        name
        for name in columns
        if name in targets and targets[name].settable and name not in _NOT_FILLED
    ]
    return Mapping(
        kind=KindRule(column=("kind",), values={str(kind): str(kind) for kind in KINDS}),
        geometry=GeometryRule(x=("easting",), y=("northing",), crs=storage_crs, same_place=True),
        columns={name: ColumnRule(columns=(name,)) for name in filled},
        ignore=tuple(name for name in columns if name in _NOT_FILLED and name not in _READ),
        corrections=tuple(
            Correction(where={"source": each}, drop=True, reason="a row of another source")
            for each in others
        ),
    )
