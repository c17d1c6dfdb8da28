"""A real web server that messages are posted to."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Hooked:
    """What was posted, and what is answered: the last answer stays."""

    port: int = 0
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    drip_s: float = 0.0
    """Between the bytes of an answer that never ends; 0 answers at once."""
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def hook_server(tls: tuple[Path, Path] | None = None) -> Iterator[Hooked]:
    """A server on a free port of 127.0.0.1; with `tls` (key, certificate), by TLS alone."""
    hooked = Hooked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hooked.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if hooked.drip_s:
                self._drip()
                return
            more = len(hooked.answers) > 1
            status, headers = hooked.answers.pop(0) if more else hooked.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def _drip(self) -> None:
            try:
                while True:
                    self.wfile.write(b"x")
                    time.sleep(hooked.drip_s)
            except OSError:  # the other side hung up
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls[1], tls[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    hooked.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hooked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
