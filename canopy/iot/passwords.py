"""Mosquitto's file of passwords: one `user:$7$iterations$salt$hash` a line.

Source: mosquitto_passwd(1) and Mosquitto's password_mosq.c: PBKDF2 with HMAC-SHA-512, 64 bytes,
salt and hash as base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from canopy.errors import Refused

ITERATIONS = 1_000
"""A password of 24 random bytes needs no slow hash, and a broker of one thread must not spend a
tenth of a second on each of a thousand gateways that come back together."""
_MOST_ITERATIONS = 10_000_000
_HASH_BYTES = 64
_SALT_BYTES = 12
"""What Mosquitto 2.0 reads; later ones read more too."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def checked_name(name: str) -> str:
    """A user's name: it becomes a level of a topic. Raises Refused."""
    if not _NAME.fullmatch(name):
        raise Refused(
            "A gateway's name is letters, digits, - and _, 64 at most, and begins with a letter "
            "or a digit: it is part of its topics."
        )
    return name


def new_password() -> str:
    """A password that nobody needs to remember: 24 random bytes."""
    return secrets.token_urlsafe(24)


def hashed(password: str, iterations: int = ITERATIONS) -> str:
    """What a line holds after the name and its colon."""
    salt = os.urandom(_SALT_BYTES)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, _HASH_BYTES)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one that a line holds; False for a line of another form."""
    parts = stored.split("$")
    if len(parts) != 5 or parts[:2] != ["", "7"] or not parts[2].isdigit():
        return False
    iterations = int(parts[2][:9])
    try:
        salt, wanted = (base64.b64decode(part, validate=True) for part in parts[3:])
    except binascii.Error:
        return False
    if not 1 <= iterations <= _MOST_ITERATIONS or not wanted:
        return False
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, len(wanted))
    return hmac.compare_digest(made, wanted)


def read(path: Path) -> dict[str, str]:
    """Users and what their lines hold; none where the file is not there."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name: stored for name, _, stored in pairs}


def write(path: Path, users: dict[str, str]) -> None:
    """Replace the file as a whole, readable for its owner and group alone."""
    replace(path, "".join(f"{name}:{stored}\n" for name, stored in sorted(users.items())))


def replace(path: Path, text: str) -> None:
    """Replace one of the broker's files as a whole, readable for its owner and group alone.

    An owner that it has stays, where that may be done: a broker reads it again as its own user.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(file.name, 0o640)
    with suppress(FileNotFoundError, PermissionError):
        kept = path.stat()
        os.chown(file.name, kept.st_uid, kept.st_gid)
    os.replace(file.name, path)


def put(path: Path, name: str, password: str) -> None:
    """Give a user a password, in place of any older one. Raises Refused for such a name."""
    users = read(path)
    users[checked_name(name)] = hashed(password)
    write(path, users)


def remove(path: Path, name: str) -> bool:
    """Take a user away; whether there was one."""
    users = read(path)
    if users.pop(name, None) is None:
        return False
    write(path, users)
    return True
