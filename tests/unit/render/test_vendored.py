"""Leaflet's files are those that were published, with their licence."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from canopy.render import vendored
from canopy.render.vendored import (
    VendoredFileChanged,
    leaflet_script,
    leaflet_style,
    vendored_files,
    vendored_text,
)


@pytest.mark.parametrize("path", [file.path for file in vendored_files()])
def test_vendored_files_are_unchanged(path: str) -> None:
    """Each file's SHA-256 is the recorded one."""
    record = next(file for file in vendored_files() if file.path == path)
    content = files("canopy.render").joinpath("_vendor", *path.split("/")).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record.sha256


def test_the_licence_travels_with_the_code() -> None:
    """Leaflet's licence is in the package and allows redistribution."""
    assert "Redistribution and use in source and binary forms" in vendored_text("leaflet/LICENSE")
    assert {file.licence for file in vendored_files()} == {"BSD-2-Clause"}


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged installation does not put unknown code into a map."""
    wrong = tuple(
        vendored.VendoredFile(f.path, f.package, f.version, f.licence, "0" * 64)
        for f in vendored_files()
    )
    monkeypatch.setattr(vendored, "vendored_files", lambda: wrong)
    with pytest.raises(VendoredFileChanged):
        leaflet_script()


def test_inlined_leaflet_asks_for_nothing() -> None:
    """Neither pictures nor source maps are left."""
    assert "url(images" not in leaflet_style()
    assert "sourceMappingURL" not in leaflet_script()
