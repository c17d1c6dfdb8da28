"""Where a catalogue's file may be, and what is said where it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from canopy.db import gpkg
from canopy.db.engine import open_database
from canopy.db.network_share import network_filesystem
from canopy.errors import StorageUnavailable
from canopy.settings import BadSettings, load_settings

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
nas:/share /mnt/council\\040share nfs4 rw 0 0
//srv/estates /mnt/estates cifs rw 0 0
/dev/sdb1 /mnt/estates/local ext4 rw 0 0
nas:/cafe /mnt/café nfs rw 0 0
me@host: /home/me/remote fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/var/canopy.gpkg", None),
        ("/mnt/council share/canopy.gpkg", "nfs4"),
        ("/mnt/café/canopy.gpkg", "nfs"),
        ("/mnt/estates/deep/er/canopy.gpkg", "cifs"),
        ("/mnt/estates/local/canopy.gpkg", None),
        ("/home/me/remote/canopy.gpkg", "fuse.sshfs"),
        ("/mnt/estates-copy/canopy.gpkg", None),
        ("/tmp/canopy.gpkg", None),
    ],
)
def test_a_network_share_is_known_by_the_mount_the_file_lies_on(
    path: str, found: str | None
) -> None:
    """The deepest mount above the file decides, escaped blanks and all."""
    assert network_filesystem(Path(path), MOUNTS) == found


def test_a_link_to_a_network_share_is_followed(tmp_path: Path) -> None:
    """A local name for a folder on a share is the share."""
    share = tmp_path / "share"
    share.mkdir()
    link = tmp_path / "local"
    link.symlink_to(share)
    mounts = f"/dev/sda1 / ext4 rw 0 0\nnas:/x {share} nfs rw 0 0\n"
    assert network_filesystem(link / "canopy.gpkg", mounts) == "nfs"


def test_a_catalogue_on_a_network_share_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WAL needs shared memory; keep it local, share exports, or use PostGIS."""
    monkeypatch.setattr(gpkg, "network_filesystem", lambda path: "nfs4")
    with pytest.raises(StorageUnavailable, match=r"network share \(nfs4\).*local disk.*PostGIS"):
        open_database(load_settings(db_url=f"gpkg://{tmp_path}/canopy.gpkg"))


@pytest.mark.parametrize("url", ["gpkg://canopy.gpkg", "gpkg://./var/canopy.gpkg", "gpkg://"])
def test_a_relative_path_is_refused(url: str) -> None:
    """It would be another file from another folder; the right form is said."""
    with pytest.raises(StorageUnavailable, match="gpkg:///absolute/path"):
        open_database(load_settings(db_url=url))


def test_a_file_that_is_no_geopackage_is_left_alone(tmp_path: Path) -> None:
    """A spreadsheet with the wrong name is refused, and not a byte of it changed."""
    path = tmp_path / "canopy.gpkg"
    path.write_bytes(b"ref,easting,northing\n" * 9)
    with pytest.raises(StorageUnavailable, match="not a GeoPackage; not touched"):
        open_database(load_settings(db_url=f"gpkg://{path}"))
    assert path.read_bytes() == b"ref,easting,northing\n" * 9


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """The file in it must be named."""
    with pytest.raises(StorageUnavailable, match="is a folder"):
        open_database(load_settings(db_url=f"gpkg://{tmp_path}"))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file stands where the folder would be."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageUnavailable, match="cannot be created"):
        open_database(load_settings(db_url=f"gpkg://{tmp_path}/taken/canopy.gpkg"))


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """The catalogue's folder comes into being with it; the file only when it is created."""
    open_database(load_settings(db_url=f"gpkg://{tmp_path}/a/b/canopy.gpkg")).dispose()
    assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "a" / "b" / "canopy.gpkg").exists()


@pytest.mark.parametrize("url", ["sqlite:////tmp/x.gpkg", "postgresql://h/n", "x"])
def test_other_urls_are_refused_with_the_two_that_work(url: str) -> None:
    """GeoAlchemy2 would take gpkg and sqlite URLs for its own dialects."""
    with pytest.raises(BadSettings, match=r"gpkg:///absolute/path.gpkg or postgresql\+psycopg"):
        load_settings(db_url=url)


def test_a_surplus_slash_is_no_part_of_the_path() -> None:
    """Four slashes, as SQLAlchemy writes absolute paths, name the file that three name."""
    assert str(gpkg.path_of("gpkg:////srv/canopy.gpkg")) == "/srv/canopy.gpkg"
    assert str(gpkg.path_of("gpkg:///srv/canopy.gpkg")) == "/srv/canopy.gpkg"
