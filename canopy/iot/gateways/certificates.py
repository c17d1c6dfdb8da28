"""Certificates of gateways for mutual TLS, signed by the deployment's own authority.

By the program `openssl`: Python's standard library signs nothing. Keys are on the curve P-256,
which small gateways have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from canopy.errors import Refused

_AUTHORITY_DAYS = 3_650
_TIMEOUT_S = 60
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_AUTHORITY = (
    "basicConstraints=critical,CA:TRUE,pathlen:0",
    "keyUsage=critical,keyCertSign,cRLSign",
)
_CLIENT = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=clientAuth",
)


@dataclass(frozen=True, slots=True)
class Authority:
    """The folder with the authority's certificate and private key. The broker needs the first."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What the broker checks gateways by."""
        return self.folder / "ca.crt"

    @property
    def key(self) -> Path:
        """What signs. Whoever has it can be any gateway."""
        return self.folder / "ca.key"


@dataclass(frozen=True, slots=True)
class Issued:
    """A gateway's certificate and private key, and whether the authority was made for it."""

    certificate: Path
    key: Path
    made_authority: bool


def issue(authority: Authority, name: str, out: Path, days: int) -> Issued:
    """Make a gateway's key and certificate in a folder. Raises Refused.

    The authority is made where neither of its files is there.
    """
    certificate, key = out / f"{name}.crt", out / f"{name}.key"
    for each in (certificate, key):
        if each.exists():
            raise Refused(f"{each} is there already; move it away, or choose another folder.")
    made = _require_authority(authority)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        own, asked, signed = (Path(scratch) / each for each in ("key", "request", "signed"))
        _openssl("req", "-new", *_CURVE, "-keyout", own, "-out", asked, "-subj", f"/CN={name}")
        extensions = Path(scratch) / "extensions"
        extensions.write_text("\n".join(_CLIENT) + "\n", encoding="utf-8")
        _openssl(
            "x509", "-req", "-in", asked, "-CA", authority.certificate, "-CAkey", authority.key,
            "-set_serial", f"0x{os.urandom(16).hex()}", "-days", str(days), "-sha256",
            "-extfile", extensions, "-out", signed,
        )  # fmt: skip
        os.chmod(own, 0o600)
        os.replace(own, key)
        os.replace(signed, certificate)
    return Issued(certificate, key, made)


def _require_authority(authority: Authority) -> bool:
    there = [each.exists() for each in (authority.certificate, authority.key)]
    if all(there):
        return False
    if any(there):
        missing = authority.key if there[0] else authority.certificate
        raise Refused(f"{missing} is missing: an authority is its certificate and its key.")
    authority.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=authority.folder) as scratch:
        key, certificate = Path(scratch) / "key", Path(scratch) / "certificate"
        extensions = [part for each in _AUTHORITY for part in ("-addext", each)]
        _openssl(
            "req", "-x509", *_CURVE, "-keyout", key, "-out", certificate, "-sha256",
            "-days", str(_AUTHORITY_DAYS), "-subj", "/CN=Canopy gateways", *extensions,
        )  # fmt: skip
        os.chmod(key, 0o600)
        os.replace(key, authority.key)
        os.replace(certificate, authority.certificate)
    return True


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise Refused("Certificates are made by the program openssl, which is not installed.")
    try:
        subprocess.run(
            [program, *map(str, words)],
            capture_output=True, text=True, check=True, timeout=_TIMEOUT_S,
            env={**os.environ, "OPENSSL_CONF": os.devnull},
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        raise Refused(f"openssl {words[0]} failed: {said[-1] if said else 'no reason'}") from error
