"""What reconciliation did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A foreign write that was put back: which row, and why."""

    row_id: int
    ref: str | None
    operation: str
    reason: str

    def sentence(self) -> str:
        name = f" (ref {self.ref})" if self.ref else ""
        return f"asset row {self.row_id}{name}: {self.operation} refused: {self.reason}"


@dataclass(slots=True)
class ReconcileReport:
    """What became of the foreign writes.

    `checked` counts the rows compared with their revisions, `mended` those whose derived
    columns or index entry alone were wrong; `notices` say what could not be noticed.
    """

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    checked: int = 0
    mended: int = 0
    refused: list[RefusedChange] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        return self.created + self.updated + self.withdrawn + self.unchanged + len(self.refused)

    def warnings(self) -> list[str]:
        """What somebody must be told: blind spots, then each row put back."""
        return [*self.notices, *(f"Put back: {each.sentence()}" for each in self.refused)]
