"""Whether a file lies on a network share, where SQLite's WAL mode loses data.

Source: SQLite, *Write-Ahead Logging*, "All processes using a database must be on the
same host computer; WAL does not work over a network filesystem".
"""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

_NETWORK_FILESYSTEMS = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs ncpfs afs 9p ceph glusterfs lustre beegfs davfs "
    "fuse.sshfs fuse.davfs2 fuse.glusterfs fuse.rclone fuse.s3fs".split()
)
_WINDOWS_DRIVE_REMOTE = 4
_OCTAL = re.compile(r"\\([0-7]{3})")
"""How blanks, tabs, line ends and backslashes are written in the list of mounts."""


def network_filesystem(path: Path, mounts: str | None = None) -> str | None:
    """The name of the network file system `path` lies on, or None for a local disk.

    mounts: text in the form of ``/proc/self/mounts``; read from there when not given.
    On Windows the drive type is asked for; elsewhere without ``/proc`` the answer is None.
    """
    if sys.platform == "win32":
        return _windows_share(path)
    if mounts is None:
        source = Path("/proc/self/mounts")
        if not source.exists():
            return None
        mounts = source.read_text(encoding="utf-8", errors="replace")
    resolved = path.resolve()  # what a link points to may be on the share
    best, found = -1, None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_OCTAL.sub(lambda escape: chr(int(escape[1], 8)), fields[1]))
        depth = len(point.parts)
        if depth >= best and (resolved == point or point in resolved.parents):
            best, found = depth, fields[2]
    return found if found in _NETWORK_FILESYSTEMS else None


def _windows_share(path: Path) -> str | None:
    drive = path.absolute().drive
    if drive.startswith("\\\\"):
        return "UNC share"
    kind = ctypes.windll.kernel32.GetDriveTypeW(drive + "\\")  # type: ignore[attr-defined,unused-ignore]
    return "mapped network drive" if kind == _WINDOWS_DRIVE_REMOTE else None
