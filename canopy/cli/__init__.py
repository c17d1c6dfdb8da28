"""The ``canopy`` command: each subcommand parses, calls one function and prints.

Exit codes: 0 done, 1 refused (nothing was written), 2 wrong usage.
"""

from __future__ import annotations

import sys

from rich.console import Console

from canopy.cli.application import application
from canopy.errors import CanopyError


def main() -> None:
    """Run the command line; expected failures become one clear message and exit code 1."""
    try:
        first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
        application(first)()
    except CanopyError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"[bold red]{error.title}.[/bold red]", soft_wrap=True)
        console.print(error.detail, markup=False, soft_wrap=True)
        console.print(f"({error.type_url})", markup=False, style="dim", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped; what was not finished was not written.")
        sys.exit(1)


__all__ = ["application", "main"]
