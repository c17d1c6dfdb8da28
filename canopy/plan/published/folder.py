"""The files of a published plan, written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from canopy.plan.published.shown import FIGURES, HTML, MAP, PDF, Glance
from canopy.plan.report.composing import compose
from canopy.plan.report.material import Material
from canopy.render.report.document import Figure, Report, Table, edition
from canopy.render.report.html import page
from canopy.render.report.pdf import NoRenderer, write_pdf


def publish(material: Material, folder: Path, *, with_pdf: bool = True) -> list[str]:
    """Write the public edition of what was gathered for the public; notes of what has no file.

    Every file is there as a whole or as it was.
    """
    report = edition(compose(material), "public")
    told = page(report)
    folder.mkdir(parents=True, exist_ok=True)
    notes = []
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as made:
        unfinished = Path(made)
        (unfinished / HTML).write_text(told, encoding="utf-8")
        drawn = _map(report)
        if drawn is not None:
            (unfinished / MAP).write_text(drawn, encoding="utf-8")
        glance = json.dumps(asdict(_glance(report)), ensure_ascii=False, indent=1)
        (unfinished / FIGURES).write_text(glance + "\n", encoding="utf-8")
        if with_pdf:
            try:
                write_pdf(told, unfinished / PDF)
            except NoRenderer as missing:
                notes.append(missing.detail)
        for name in (HTML, PDF, MAP, FIGURES):
            if (unfinished / name).is_file():
                os.replace(unfinished / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
    return notes


def _map(report: Report) -> str | None:
    """The first picture of the public edition's section of sites."""
    blocks = (b for each in report.sections if each.key == "sites" for b in each.blocks)
    return next((block.svg for block in blocks if isinstance(block, Figure)), None)


def _glance(report: Report) -> Glance:
    return Glance(
        report.title, report.made_on.isoformat(), tuple(_figures(report)),
        tuple(f"{name}: {text}" for name, text in report.cover[1:]),
    )  # fmt: skip


def _figures(report: Report) -> Iterator[tuple[str, str]]:
    for section in report.sections:
        if section.key == "summary":
            for block in section.blocks:
                if isinstance(block, Table) and block.caption == "At a glance":
                    yield from ((name, value) for name, value in block.rows)
