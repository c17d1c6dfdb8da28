"""A report's HTML as a tagged PDF, by WeasyPrint where it works, else by Chromium.

WeasyPrint also numbers the pages in the table of contents; Chromium numbers pages alone.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from canopy.errors import CanopyError

WAIT_S = 120
"""How long a browser may take [s]."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = "CANOPY_CHROMIUM"
"""Environment variable with the path of a browser."""


class NoRenderer(CanopyError):
    """Neither of the two programs that make PDFs is there."""

    kind, status, title = "no-pdf-renderer", 501, "Nothing here can make a PDF"


def write_pdf(html: str, path: Path, *, environment: Mapping[str, str] = os.environ) -> str:
    """Write the PDF of a page; the name of the program that made it.

    The file is there as a whole or not at all. Raises NoRenderer with what to install, and where
    a program was found and failed, with what it said.
    """
    failures: list[str] = []
    for name, make in (
        ("WeasyPrint", _weasyprint(html)),
        ("Chromium", _chromium(html, environment)),
    ):
        if make is None:
            continue
        with tempfile.TemporaryDirectory(prefix="canopy-report-", dir=path.parent) as folder:
            made = Path(folder) / "report.pdf"
            failure = make(made)
            if failure is None:
                made.replace(path)
                return name
            failures.append(f"{name}: {failure}")
    told = "; ".join(failures)
    raise NoRenderer(
        f"{told + '. ' if told else ''}Install WeasyPrint (pip install weasyprint, and Debian's "
        "libpango-1.0-0 and libpangoft2-1.0-0) or Chromium (Debian: apt-get install chromium), or "
        f"name a browser by {CHROMIUM}; or write the report as HTML."
    )


def _weasyprint(html: str) -> Callable[[Path], str | None] | None:
    """A maker by WeasyPrint, where it and the libraries that it needs are there."""
    try:
        import weasyprint
    except (ImportError, OSError):  # OSError: pango is missing
        return None

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it names each rule for screens

    def make(path: Path) -> str | None:
        weasyprint.HTML(string=html, url_fetcher=_nothing).write_pdf(path, pdf_variant="pdf/ua-1")
        return None

    return make


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a report fetches nothing, and not {url[:200]}")


def _chromium(html: str, environment: Mapping[str, str]) -> Callable[[Path], str | None] | None:
    """A maker by a browser, where there is one."""
    named = environment.get(CHROMIUM)
    program = named or next((found for each in _BROWSERS if (found := shutil.which(each))), None)
    if program is None:
        return None

    def make(path: Path) -> str | None:
        page = path.with_suffix(".html")
        page.write_text(html, encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
            f"--user-data-dir={path.parent / 'profile'}", "--no-pdf-header-footer",
            "--generate-pdf-document-outline", f"--print-to-pdf={path}",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # as root it starts no other way; it reads one own file
        try:
            done = subprocess.run(
                [*command, page.as_uri()], capture_output=True, text=True, timeout=WAIT_S,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)[:500]
        if done.returncode or not path.is_file():
            return (done.stderr.strip() or f"it ended with code {done.returncode}")[-500:]
        return None

    return make
