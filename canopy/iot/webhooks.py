"""Who may send readings by webhook: names with secrets, from a TOML file."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from canopy.errors import BadMapping

MIN_SECRET_CHARS = 16
_NOBODY = "0" * 32


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sender. `check`: it sends the secret itself, or a signature of the body by it."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]
    secret: Annotated[str, msgspec.Meta(min_length=MIN_SECRET_CHARS, max_length=1_000)]
    check: Literal["secret", "signature"] = "secret"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    webhook: Annotated[tuple[Webhook, ...], msgspec.Meta(max_length=1_000)] = ()


Webhooks = dict[str, Webhook]


def read_webhooks(path: Path | None) -> Webhooks:
    """The webhooks of a file, by name. Raises BadMapping with the field that is wrong."""
    if path is None:
        return {}
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMapping(f"{path} cannot be read: {error}") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"{path}: {error}") from error
    found = {each.name: each for each in file.webhook}
    if len(found) != len(file.webhook):
        raise BadMapping(f"{path}: two webhooks have one name.")
    return found


def is_genuine(hook: Webhook | None, body: bytes, secret: str, signature: str) -> bool:
    """Whether a sender knows the secret; it takes as long where there is no such webhook."""
    key = (_NOBODY if hook is None else hook.secret).encode()
    expected = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    by_signature = hmac.compare_digest(expected.encode(), signature.encode())
    by_secret = hmac.compare_digest(key, secret.encode())
    if hook is None:
        return False
    return by_signature if hook.check == "signature" else by_secret
