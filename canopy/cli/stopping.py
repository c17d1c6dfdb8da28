"""The web server, and how it stops.

The first SIGTERM or Ctrl+C ends it gracefully: no new connections, requests under way are
answered, the job under way goes back to the queue at its next step, the database is closed.
A second one ends it at once, whatever is under way: the database is as after a power cut,
which loses nothing that was acknowledged.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Self

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

STOPPED_AT_ONCE = 1
"""Exit code after a second signal."""


class Server(uvicorn.Server):
    """One process that serves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at once when it is stopping already."""
        if self.should_exit:
            _leave()
        super().handle_exit(sig, frame)


class Dealt(socket.socket):
    """A bound socket. Each process that it is handed to gets one of its own on the same port.

    Linux deals new connections out among them. From one socket that all listen on, whichever
    process runs first takes what there is, and keeps it: one worker then has all the work.
    """

    @classmethod
    def of(cls, bound: socket.socket) -> Self:
        """Take over a socket that was bound alone, so that the port is known to be free."""
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return cls(bound.family, bound.type, bound.proto, fileno=bound.detach())

    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
        return _bound_beside, (self.family, self.getsockname())


def _bound_beside(family: int, address: tuple[object, ...]) -> socket.socket:
    beside = socket.socket(family)
    beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    beside.bind(address)
    return beside


class Workers(Multiprocess):
    """The parent of several processes that serve."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._told_to_stop = False
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._told)

    def terminate_all(self) -> None:
        """Tell the workers to stop, and let go of the socket that this process holds too."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

    def _told(self, sig: int, frame: FrameType | None) -> None:
        if self._told_to_stop:
            for process in self.processes:
                with suppress(OSError, ValueError):  # one that has ended, or never began
                    process.process.kill()
            _leave()
        self._told_to_stop = True
        self.signal_queue.append(sig)


def _leave() -> None:
    """End the process without waiting for its threads."""
    print("Stopped at once; requests under way were cut off.", file=sys.stderr, flush=True)
    os._exit(STOPPED_AT_ONCE)


def run_workers(config: uvicorn.Config, bound: socket.socket) -> bool:
    """Serve with several processes until told to stop; whether they had started."""
    bound.set_inheritable(True)
    if sys.platform == "linux":  # elsewhere the one bound last would get every connection
        bound = Dealt.of(bound)
    workers = Workers(config, [bound])
    workers.run()
    return workers._told_to_stop


def run_alone(config: uvicorn.Config, bound: socket.socket) -> bool:
    """Serve with this process until told to stop; whether it had started."""
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[bound])
    return server.started
