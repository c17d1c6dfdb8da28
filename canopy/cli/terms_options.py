"""Options that commands of an agreement's terms share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

_DAY = ["%Y-%m-%d"]

TermsArgument = Annotated[Path, typer.Argument(help="TOML file with the terms.")]
SeriesOption = Annotated[
    list[Path] | None, typer.Option(help="ONS time series (CSV) of an index; repeatable.")
]
ScenarioOption = Annotated[
    Path | None, typer.Option(help="TOML file: what prices are taken to do after the last figure.")
]
FromOption = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DAY, help="Only what falls due from this day on."),
]
ToOption = Annotated[
    datetime | None, typer.Option("--to", formats=_DAY, help="Only what falls due up to this day.")
]
RateOption = Annotated[
    str,
    typer.Option(
        metavar="green-book|green-book-sensitivity|PERCENT|BANDS",
        help="Real discount rate: 3.5 is 3.5 %; 3.5:30,3 declines after year 30.",
    ),
]
DeflatorOption = Annotated[
    Literal["cpi", "cpih", "rpi"], typer.Option(help="Index that real prices are taken from.")
]
PriceLagOption = Annotated[
    int, typer.Option(min=0, max=12, help="Prices of a year are those of so many months before.")
]
TimingOption = Annotated[
    Literal["start", "middle", "end"],
    typer.Option(help="When in a year its cash is taken to fall."),
]
MeterReadingsOption = Annotated[
    Path | None, typer.Option(help="CSV or XLSX with readings of the meters that charges name.")
]
MeterZoneOption = Annotated[
    str | None, typer.Option(help="Of times in it without an offset, such as Europe/London.")
]
StoredReadingsOption = Annotated[
    bool,
    typer.Option(
        "--stored-readings",
        help="Read meters by the datastreams that charges name, from the catalogue.",
    ),
]
