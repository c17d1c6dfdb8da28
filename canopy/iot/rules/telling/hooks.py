"""Who is told of alarms by webhook: names with addresses and secrets, from a TOML file."""

from __future__ import annotations

import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import SecretStr

from canopy.errors import BadMapping, Refused
from canopy.webhook import Webhook, signature

_TIMEOUT_S = 10.0


class _Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    allowed: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    webhook: Annotated[tuple[_Hook, ...], msgspec.Meta(max_length=1_000)] = ()


def read_hooks(path: Path | None) -> dict[str, Webhook]:
    """The webhooks of a file, by name. Raises BadMapping with the field that is wrong, and never
    with what stands there."""
    if path is None:
        return {}
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMapping(f"{path} cannot be read: {error}") from error
    except msgspec.ValidationError as error:
        raise BadMapping(f"{path}: {error}") from error
    found = {each.name: _webhook(path, each) for each in file.webhook}
    if len(found) != len(file.webhook):
        raise BadMapping(f"{path}: two webhooks have one name.")
    return found


def _webhook(path: Path, hook: _Hook) -> Webhook:
    secret = SecretStr(hook.secret)
    try:
        signature(secret, "check", 0, b"")
        networks = tuple(ip_network(each) for each in hook.allowed)
    except Refused as error:
        raise BadMapping(f"{path}: the secret of {hook.name!r}: {error.detail}") from None
    except ValueError:
        raise BadMapping(
            f"{path}: allowed of {hook.name!r}: write networks such as 10.1.0.0/16."
        ) from None
    # It is tried again by the outbox, which remembers; here once.
    return Webhook(hook.url, secret, timeout_s=_TIMEOUT_S, attempts=1, allowed=networks)
