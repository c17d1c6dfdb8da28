"""Options that say where a coverage run is computed."""

from __future__ import annotations

from typing import Annotated

import typer

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Address of a dask scheduler whose workers compute, such as tls://host:8786.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="Processes on this machine; 0 computes in one. Else as the size of the run asks.",
        show_default=False,
    ),
]
