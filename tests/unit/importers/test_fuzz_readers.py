"""Files damaged at random: whatever happens to the bytes, a reader reads or refuses."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from source_files import (
    bytes_file,
    collection,
    feature,
    geopackage,
    kml,
    lamps,
    point,
    read_all,
    shapefile,
    text_file,
    workbook,
)

from canopy.errors import CanopyError

PLACEMARK = (
    "<Placemark><name>A</name><Point><coordinates>-0.1,51.5</coordinates></Point></Placemark>"
)


def _csv(folder: Path) -> Path:
    rows = "".join(f'LC{i},"Mill, é {i}",5\n' for i in range(60))
    return text_file(folder, "a.csv", "ref,street,h\n" + rows)


def _geojson(folder: Path) -> Path:
    return text_file(
        folder, "a.geojson", collection([feature({"n": i}, point()) for i in range(60)])
    )


def _kml(folder: Path) -> Path:
    return text_file(folder, "a.kml", kml(PLACEMARK * 20))


def _workbook(folder: Path) -> Path:
    return workbook(folder, [["ref", "h"], *([f"A{i}", i * 1.5] for i in range(50))])


def _flatgeobuf(folder: Path) -> Path:
    lamps(60).to_file(folder / "a.fgb", driver="FlatGeobuf", engine="pyogrio")
    return folder / "a.fgb"


def _parquet(folder: Path) -> Path:
    lamps(60).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def _zipped_shapefile(folder: Path) -> Path:
    shapefile(folder)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in folder.glob("lamps.*"):
            archive.write(part, part.name)
    return folder / "a.zip"


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content cut short, with some bytes changed, or with a piece taken out."""
    kind = chance.random()
    if kind < 0.3:
        return content[: chance.randrange(1, len(content))]
    changed = bytearray(content)
    if kind < 0.8:
        for _ in range(chance.choice((1, 3, 20))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    else:
        start = chance.randrange(len(changed))
        del changed[start : start + chance.randrange(200)]
    return bytes(changed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "make",
    [
        _csv,
        _geojson,
        _kml,
        _workbook,
        _flatgeobuf,
        _parquet,
        _zipped_shapefile,
        geopackage,
    ],
)
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, make: Callable[[Path], Path], seed: int
) -> None:
    """No damage makes a reader fail in any way but by refusing the file."""
    whole = make(tmp_path)
    content = whole.read_bytes()
    scratch = tmp_path / "damaged"
    scratch.mkdir()
    chance = random.Random(seed)
    for _ in range(60):
        path = bytes_file(scratch, whole.name, damaged(content, chance))
        with suppress(CanopyError):
            read_all(path)
