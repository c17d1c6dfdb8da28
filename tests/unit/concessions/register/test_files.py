"""The store of documents keeps bytes once, whole, and gives none that were altered."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from canopy.concessions.register.records.files import FileStore
from canopy.errors import CanopyError, LimitExceeded, NotFound, Refused, StorageUnavailable

PDF = b"%PDF-1.7 lease"


def kept(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    """Under the SHA-256 of them, however they were cut up on the way."""
    store = FileStore(tmp_path, 100)
    first = store.put([PDF], "lease.pdf")
    assert store.put([PDF[:3], PDF[3:]], "copy.PDF") == first
    assert (first.sha256, first.size_bytes) == (hashlib.sha256(PDF).hexdigest(), len(PDF))
    assert [each.name for each in kept(tmp_path)] == [first.sha256]
    assert store.get(first.sha256) == PDF


@pytest.mark.parametrize(
    ("parts", "name", "error"),
    [
        ([PDF, b"x" * 100], "lease.pdf", LimitExceeded),
        ([b"MZ a program"], "lease.pdf", Refused),
        ([PDF], "lease.exe", Refused),
        ([], "lease.pdf", Refused),
    ],
)
def test_what_is_refused_leaves_nothing(
    tmp_path: Path, parts: list[bytes], name: str, error: type[CanopyError]
) -> None:
    """Too large, not what its suffix says, of a kind not kept, or empty."""
    with pytest.raises(error):
        FileStore(tmp_path, 100).put(parts, name)
    assert kept(tmp_path) == []


def test_an_altered_or_lost_file_is_told(tmp_path: Path) -> None:
    """Nobody is given bytes other than those that were added."""
    store = FileStore(tmp_path, 100)
    stored = store.put([PDF], "lease.pdf")
    (path,) = kept(tmp_path)
    path.write_bytes(PDF + b"!")
    with pytest.raises(StorageUnavailable, match="altered"):
        store.get(stored.sha256)
    path.unlink()
    with pytest.raises(NotFound):
        store.get(stored.sha256)
