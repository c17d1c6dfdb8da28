"""``canopy iot broker`` and ``embedded``: readings without a server installed."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.cli.iot_ingest import caring, run_worker
from canopy.cli.iot_publish import publishing
from canopy.errors import Refused
from canopy.iot import passwords
from canopy.iot.broker import broker_place
from canopy.iot.embedded.broker import PASSWORDS, Listening, run
from canopy.settings import Settings

_START_S = 30.0
_STOP_S = 10.0
_OWN_PASSWORD = "canopy.password"

FolderOption = Annotated[
    Path, typer.Option("--folder", help="Folder with the file of passwords; made if not there.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")]
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]


def broker(
    folder: FolderOption = Path("var/broker"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 1883,
    certificate: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="For TLS, with --key.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Its private key.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Who signs certificates of clients."),
    ] = None,
) -> None:
    """Run the embedded broker (MQTT 3.1.1) until stopped.

    For one machine and some hundred messages a second. What it holds is lost when it ends; use
    Mosquitto where readings must outlive the broker.
    """
    if (certificate is None) != (key is None):
        raise Refused("For TLS give both --certificate and --key.")
    if certificate is None and host not in ("127.0.0.1", "::1", "localhost"):
        raise Refused(
            f"Passwords would go to {host} in the clear: give --certificate and --key, or listen "
            "on 127.0.0.1."
        )
    settings_for(None)
    own_password(folder)
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    # Whoever looks whether somebody listens hangs up without a word: that is no error.
    logging.getLogger("amqtt.broker").addFilter(
        lambda told: "No data from" not in told.getMessage()
    )
    run(Listening(host, port, folder, certificate, key, ca))


def own_password(folder: Path) -> str:
    """Canopy's own password at the embedded broker: made once, kept for its owner alone."""
    kept = folder / _OWN_PASSWORD
    if kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    password = passwords.new_password()
    folder.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(password + "\n", encoding="utf-8")
    passwords.put(folder / PASSWORDS, "canopy", password)
    return password


def embedded(
    folder: FolderOption = Path("var/broker"),
    port: PortOption = 1883,
    db: DbOption = None,
) -> None:
    """Run the embedded broker, store what is published to it and tell of it, until stopped."""
    settings = settings_for(db).model_copy(
        update={
            "mqtt_url": f"mqtt://127.0.0.1:{port}",
            "mqtt_user": "canopy",
            "mqtt_password": SecretStr(own_password(folder)),
            "mqtt_protocol": "3.1.1",
        }
    )
    with database_for(settings, create=True):
        pass
    command = [sys.executable, "-m", "canopy", "iot", "broker"]
    process = subprocess.Popen([*command, "--folder", str(folder), "--port", str(port)])
    try:
        console.print(f"Gateways publish to mqtt://127.0.0.1:{port} (Ctrl+C stops).", markup=False)
        code = _ingest(settings, process)
    finally:
        _end(process)
    raise typer.Exit(code)


def _ingest(settings: Settings, process: subprocess.Popen[bytes]) -> int:
    port = broker_place(settings.mqtt_url)[1]
    ends = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            with caring(settings), publishing(settings):
                return run_worker(settings, 0, 1, broker_forgets=True)
    return process.poll() or 1


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
