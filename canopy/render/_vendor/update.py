"""Take the vendored files afresh from npm: ``python canopy/render/_vendor/update.py 1.9.4``.

Runs ``npm pack``, unpacks the official minified build with its licence beside this
script, and rewrites ``vendored.json``. For maintainers; nothing calls it at run time.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TAKEN = {
    "package/dist/leaflet.js": "leaflet/leaflet.js",
    "package/dist/leaflet.css": "leaflet/leaflet.css",
    "package/LICENSE": "leaflet/LICENSE",
}


def take_leaflet(version: str) -> list[dict[str, str]]:
    """Unpack Leaflet `version` and return the records of its files."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"leaflet@{version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            return [_take(archive, member, version) for member in TAKEN]


def _take(archive: tarfile.TarFile, member: str, version: str) -> dict[str, str]:
    source = archive.extractfile(member)
    if source is None:
        raise FileNotFoundError(member)
    content = source.read()
    target = HERE / TAKEN[member]
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    return {
        "path": TAKEN[member],
        "package": "leaflet",
        "version": version,
        "licence": "BSD-2-Clause",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


if __name__ == "__main__":
    records = take_leaflet(sys.argv[1])
    (HERE / "vendored.json").write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    print(f"vendored Leaflet {sys.argv[1]}: {len(records)} files")
