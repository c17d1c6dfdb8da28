"""Import reports as files: JSON for programs, HTML for people, CSV of the rejected rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from canopy.access.rules import Role
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake.audience import cut_for
from canopy.assets.intake.report import ImportReport

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#111}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #767676;padding:.3rem .6rem;
text-align:left;vertical-align:top}th{background:#eef2f5}td.n{text-align:right}
.refused{color:#8f1d14;font-weight:bold}.done{color:#0b5d33;font-weight:bold}
@media print{body{max-width:none}}
"""


def write_report(path: Path, reports: Sequence[ImportReport], audience: Role = Role.public) -> None:
    """Write what `audience` may see: one report as an object, several as a list.

    `path` ends in .json or .html.
    """
    reports = [cut_for(report, audience) for report in reports]
    if path.suffix == ".html":
        path.write_text(as_html(reports), encoding="utf-8")
        return
    documents = [report.as_json() for report in reports]
    content = documents[0] if len(documents) == 1 else documents
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def write_rejects(path: Path, rejects: Iterable[RowIssue]) -> None:
    """Every rejected row with its reason, to be worked through in a spreadsheet."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "code", "column", "message"])
        for each in rejects:
            writer.writerow([each.row, each.code, each.column or "", each.message])


def as_html(reports: Sequence[ImportReport]) -> str:
    """The reports as one page that prints well and reads well aloud."""
    body = "".join(_section(report) for report in reports)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Import report</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Import report</h1>{body}</main>"
        "</body></html>"
    )


def _section(report: ImportReport) -> str:
    counts = ("read", "created", "updated", "unchanged", "withdrawn", "rejected")
    numbers = _table(
        "Outcome of the rows", counts, [[f"{getattr(report, name):,}" for name in counts]], "n"
    )
    state = {"done": "Imported.", "dry-run": "Dry run: nothing was written.",
             "refused": "Refused: nothing was written."}[report.state]  # fmt: skip
    parts = [
        f"<h2>{escape(report.file)} ({escape(report.table)})</h2>",
        f'<p class="{report.state}">{state}</p>',
        f"<p><strong>For the audience: {escape(report.audience)}.</strong> What it may not see is "
        "left out.</p>",
        *(f'<p class="refused">{escape(line)}</p>' for line in report.refusals),
        numbers,
        f"<p>Source: {escape(report.source)}. Coordinates: {escape(report.transformation or '')}. "
        f"SHA-256 of the file: <code>{escape(report.file_sha256 or '')}</code>. "
        f"Time taken: {report.duration_s:.1f} s.</p>",
    ]
    if report.warnings:
        rows = [
            [w.code, f"{w.count:,}", _rows_text(w.rows, w.count), w.message]
            for w in report.warnings
        ]
        parts.append(_table("Warnings", ("code", "rows", "which", "first message"), rows))
    if report.rejects:
        rows = [[str(r.row or ""), r.code, r.column or "", r.message] for r in report.rejects]
        parts.append(_table("Rejected rows", ("row", "code", "column", "reason"), rows))
    if report.differences:
        rows = [
            [str(d.row or ""), d.ref or d.asset_id, d.action, _fields(d.before), _fields(d.after),
             "" if d.moved_m is None else f"{d.moved_m:,.2f}"]
            for d in report.differences
        ]  # fmt: skip
        names = ("row", "asset", "what", "was", "is", "moved by (m)")
        parts.append(_table("What changed", names, rows))
    if report.evidence:
        items = "".join(f"<li>{escape(each.sentence())}</li>" for each in report.evidence)
        parts.append(f"<h3>How the file was read</h3><ul>{items}</ul>")
    return "".join(parts)


def _rows_text(rows: Sequence[int], count: int) -> str:
    text = ", ".join(str(row) for row in rows[:20])
    return f"{text} …" if count > 20 else text


def _fields(record: dict[str, object]) -> str:
    shown = [f"{name}: {_shown(value)}" for name, value in record.items()]
    return "; ".join(shown) or "(unknown)"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _table(caption: str, names: Sequence[str], rows: Sequence[Sequence[str]], css: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    cell = f'<td class="{css}">' if css else "<td>"
    body = "".join(
        "<tr>" + "".join(f"{cell}{escape(value)}</td>" for value in row) + "</tr>" for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
