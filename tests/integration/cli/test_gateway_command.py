"""`canopy iot gateway`: the credentials are printed once."""

from __future__ import annotations

import re
from pathlib import Path

from command_outcome import Canopy

from canopy.iot import passwords


def test_a_gateway_is_added_listed_and_revoked(town: Canopy, tmp_path: Path) -> None:
    """With a certificate where one is asked for; the files are where they were asked for."""
    folder = tmp_path / "broker"
    said = town(
        "iot", "gateway", "add", "yard", "--folder", folder, "--description", "Roof",
        "--certificate", "out", "--authority", "authority", "--days", "30",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    (password,) = re.findall(r"^password  (\S{32})$", said.out, flags=re.MULTILINE)
    assert passwords.matches(passwords.read(folder / "passwords")["yard"], password)
    assert "An authority was made in authority" in said.out
    assert (folder / "clients-ca.crt").read_text() == (tmp_path / "authority/ca.crt").read_text()
    assert (tmp_path / "out" / "yard.key").exists()
    listed = town("iot", "gateway", "list").out
    assert "yard" in listed
    assert password not in listed
    assert "already" in town("iot", "gateway", "add", "yard", "--folder", folder).err
    assert "yard is revoked" in town("iot", "gateway", "revoke", "yard", "--folder", folder).out
    assert passwords.read(folder / "passwords") == {}
