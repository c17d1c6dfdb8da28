"""Who may do what at the embedded broker: plug-ins that amqtt loads by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from canopy.iot import passwords

READER = "canopy"
"""Who reads everything below ``canopy/`` and publishes below ``canopy/out/``,
``canopy/alarms/`` and ``v1.1/``, and commands to Sparkplug's nodes."""
_OWN = ("canopy/out/", "canopy/alarms/", "v1.1/")
_OPEN = "v1.1/"
"""What everybody with a password may read: Observations of open datastreams."""
_MOST_KNOWN = 1_000


@lru_cache(maxsize=_MOST_KNOWN)
def _matches(stored: str, password: str) -> bool:
    """Hashing is slow on purpose; a gateway that connects again is not to wait for it."""
    return passwords.matches(stored, password)


class PasswordFile(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in whoever is in a file of Mosquitto's form."""

    @dataclass
    class Config:
        """path: of the file; it is read at each connection, so that changes hold at once."""

        path: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)

    async def authenticate(self, *, session: Session) -> bool | None:
        """Whether this user has that password."""
        stored = passwords.read(Path(self.config.path)).get(session.username or "")
        if stored is None or session.password is None:
            return False
        return _matches(stored, session.password)


class OwnTopics(BaseTopicPlugin):  # type: ignore[misc]
    """Gateways publish below their own name and read commands alone; Canopy reads."""

    @dataclass
    class Config:
        """Nothing to set."""

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool | None:
        """Whether this user may publish to, subscribe to or be sent that topic."""
        user = session.username if session is not None else None
        if not user or not topic:
            return False
        return is_allowed(user, topic, publishes=action == Action.PUBLISH)


def is_allowed(user: str, topic: str, *, publishes: bool) -> bool:
    """The rule of `docker/mosquitto/topics.example`."""
    if user == READER:
        if publishes:
            return topic.startswith(_OWN) or _is_command(topic)
        return topic.startswith(("canopy/", _OPEN))
    if topic.startswith(_OPEN):
        return not publishes
    is_own = topic.startswith(f"canopy/gateways/{user}/")
    return is_own and (publishes or _is_command(topic))


def _is_command(topic: str) -> bool:
    """``canopy/gateways/GATEWAY/spBv1.0/GROUP/NCMD/NODE``."""
    levels = topic.split("/")
    return (
        len(levels) == 7
        and levels[:2] == ["canopy", "gateways"]
        and (levels[3], levels[5]) == ("spBv1.0", "NCMD")
        and "#" not in levels
    )
