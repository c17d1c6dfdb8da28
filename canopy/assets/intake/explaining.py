"""How a file would be read, without reading it into the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.opening import open_tables
from canopy.assets.mapping import Proposal, propose
from canopy.assets.mapping.left_out import told


@dataclass(frozen=True, slots=True)
class Explanation:
    """One table's proposal, and the mapping file written for it."""

    table: SourceTable
    proposal: Proposal
    mapping_path: Path

    def text(self) -> str:
        """For people."""
        table = self.table
        lines = [
            f"{table.path.name}, table {table.name}: {table.format}, {len(table.columns)} columns"
            + (f", {table.encoding}" if table.encoding else "")
            + (f", declares {table.declared_crs}" if table.declared_crs else ""),
        ]
        lines += [f"  {issue.message}" for issue in (*table.notices, *self.proposal.problems)]
        for each in self.proposal.evidence:
            told_by = f"{each.column or 'the file'} ({each.confidence:.0%})"
            lines.append(f"  {each.target} <- {told_by}: {each.reason}")
        lines += [f"  {issue.message}" for issue, _ in told(self.proposal.left)]
        lines.append(f"  Mapping written to {self.mapping_path}; edit it, import with --mapping.")
        return "\n".join(lines)


def explain(
    path: Path,
    kind: str | None,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    storage_crs: str,
) -> list[Explanation]:
    """Propose a mapping for each table of a file and write it to the working folder.

    An existing mapping file is not overwritten: the new one gets a number.
    """
    explanations = []
    for table in open_tables(path, layer=layer, encoding=encoding):
        proposal = propose(table, kind or table.suggested_kind, storage_crs, declared_crs=crs)
        target = _free_name(path, table)
        target.write_text(proposal.toml(), encoding="utf-8")
        explanations.append(Explanation(table, proposal, target))
    return explanations


def _free_name(path: Path, table: SourceTable) -> Path:
    stem = path.stem if table.name in (path.stem, path.name) else f"{path.stem}.{table.name}"
    target = Path(f"{stem}.mapping.toml")
    number = 2
    while target.exists():
        target = Path(f"{stem}.mapping-{number}.toml")
        number += 1
    return target
