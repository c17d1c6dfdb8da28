"""Which rule of indexation the parts of an agreement's income follow in a simulation."""

from __future__ import annotations

from collections import Counter, defaultdict

from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.montecarlo.portfolio import UNINDEXED, Bounds
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Power, RevenueShare

KEEPS_WORTH = (RevenueShare, Power)
"""Charges that rise with prices where they name no index: turnover does, and what power costs."""
_NO_COLLAR, _NO_CAP = -0.5, 10.0


class Following:
    """Which rule of indexation an agreement's income follows, by the money under each."""

    def __init__(self, agreement: Agreement, rules: dict[str, Bounds]) -> None:
        self._named = {each.name: each for each in agreement.charges}
        self._agreement, self._rules = agreement, rules
        self._weights: dict[str, Counter[str]] = defaultdict(Counter)

    def part(self, line: Line) -> str:
        """Of income that is certain: whether an index raises it."""
        rule = self._rule(line)
        if rule is None:
            return "certain" if self._keeps_worth(line) else "unindexed"
        self._weights["certain"][rule] += abs(line.net_pence)
        return "indexed"

    def weigh(self, line: Line, part: str) -> None:
        """Count income that hangs on take-up under its rule, by whether a guarantee counts it."""
        kept = "" if self._keeps_worth(line) else _named(UNINDEXED, self._rules)
        self._weights[part][self._rule(line) or kept] += abs(line.net_pence)

    def most(self, part: str) -> str | None:
        """The rule that most money of a part is under; None where it keeps its worth."""
        weights = self._weights[part]
        return (weights.most_common(1)[0][0] or None) if weights else None

    def _keeps_worth(self, line: Line) -> bool:
        return isinstance(self._named.get(line.charge), KEEPS_WORTH)

    def _rule(self, line: Line) -> str | None:
        name = getattr(self._named.get(line.charge), "index", None)
        rule = self._agreement.rule(name)
        return None if rule is None else _named(_bounds(rule), self._rules)


def _bounds(rule: IndexRule) -> Bounds:
    """What a rule lets through of a year's inflation."""
    if rule.rate is not None:
        return Bounds(float(rule.rate), float(rule.rate))
    collar = _NO_COLLAR if rule.collar is None else float(rule.collar)
    if rule.upward_only:
        collar = max(collar, 0.0)
    return Bounds(collar, _NO_CAP if rule.cap is None else float(rule.cap))


def _named(bounds: Bounds, rules: dict[str, Bounds]) -> str:
    """The name that a rule has in the portfolio; rules that bound alike are one."""
    name = f"{bounds.collar:.4f} to {bounds.cap:.4f}"
    rules[name] = bounds
    return name
