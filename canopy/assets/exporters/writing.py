"""Writing a selection to a file: all of it, or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from canopy.assets.batches import AssetBatch
from canopy.assets.exporters.audience import kind_order, view_of
from canopy.assets.exporters.formats import Format, format_named
from canopy.assets.exporters.report import ExportReport, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spool import Spool
from canopy.assets.exporters.stamp import ExportStamp
from canopy.errors import Refused
from canopy.geo import WGS84, crs_name, transformer


def write(
    batches: Iterable[AssetBatch],
    path: Path,
    fmt: str,
    *,
    storage_crs: str,
    crs: str,
    stamp: ExportStamp,
) -> ExportReport:
    """Write the assets of `batches` to `path` in the format `fmt` and the CRS `crs`.

    batches: cut to what `stamp.audience` may see, positions in `storage_crs`; read once.
    fmt: a name of `formats.FORMATS`.

    The file is made in a hidden folder beside `path` and renamed when it is complete: a
    failed export leaves an existing file as it was and nothing new. The same batches and
    stamp give the same bytes in every format whose report does not say otherwise.

    Raises Refused (unknown format, no such folder), UnknownCrs, OutOfArea (a position has
    no place in `crs`), NotAllowed (the batches hold more than the audience may see),
    BadAttribute, LimitExceeded (the format cannot hold so much).
    """
    chosen = format_named(fmt)
    _refuse_unwritable(path)
    tally = Tally()
    if path.suffix.lower() != chosen.suffix:
        tally.note(f"Programs know a {chosen.label} file by the ending {chosen.suffix}.")
    to_target = transformer(storage_crs, _target(chosen, crs, tally))
    view = view_of(stamp.audience)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".part") as folder:
        with Spool(Path(folder), to_target, view) as spool:
            for batch in batches:
                spool.add(batch)
            spooled = spool.finish()
        selection = Selection.of(spooled, kind_order(), to_target.transformation.target)
        finished = Path(folder) / f"export{chosen.suffix}"
        layers = chosen.write(selection, finished, stamp, tally)
        _put_in_place(finished, path)
    return ExportReport(
        path=path,
        format=chosen.name,
        crs=selection.crs,
        transformation=to_target.transformation,
        assets=selection.rows,
        kinds=_kinds(selection),
        layers=tuple(layers),
        losses=tally.losses(),
        notes=tally.notes(),
        size_bytes=path.stat().st_size,
    )


def _refuse_unwritable(path: Path) -> None:
    if path.is_dir():
        raise Refused(f"{path} is a folder; name the file to write.")
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}; make it, or choose another.")


def _target(chosen: Format, crs: str, tally: Tally) -> str:
    asked = crs_name(crs)
    if chosen.only_wgs84 and asked != WGS84:
        tally.note(f"{chosen.label} is always in {WGS84}; {asked} was asked for.")
        return WGS84
    return asked


def _put_in_place(finished: Path, path: Path) -> None:
    with finished.open("r+b") as stream:
        os.fsync(stream.fileno())
    os.replace(finished, path)


def _kinds(selection: Selection) -> dict[str, int]:
    return {table.name: table.rows for table in selection.tables if table.rows}
