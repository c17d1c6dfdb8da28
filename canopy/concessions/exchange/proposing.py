"""A mapping proposed for a register that has none, with the evidence for every line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from canopy.assets.importers.base import RowIssue, SourceTable
from canopy.assets.mapping.dates import order_evidence
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.left_out import SURE_HEADING, LeftColumn, left_columns
from canopy.assets.mapping.mapping_text import Evidence
from canopy.assets.mapping.model import ColumnRule
from canopy.assets.mapping.profile import MAX_WORDS, Column, read_profile
from canopy.assets.mapping.recognise_fields import recognise_fields
from canopy.assets.mapping.values import Unreadable, squash
from canopy.concessions.exchange.mapping import RegisterMapping, dumps
from canopy.concessions.exchange.targets import DATES, TARGETS
from canopy.concessions.exchange.words import ALLOWED, choice


@dataclass(frozen=True)
class RegisterProposal:
    """A proposed mapping, why, the columns that it leaves, and what it could not tell."""

    mapping: RegisterMapping
    evidence: tuple[Evidence, ...]
    left: tuple[LeftColumn, ...]
    problems: tuple[RowIssue, ...]

    def toml(self) -> str:
        """The mapping file to edit, every line with its confidence and reason."""
        return dumps(self.mapping, self.evidence, self.left)


def propose(table: SourceTable) -> RegisterProposal:
    """Propose a mapping from the headings and the first 10,000 rows of a register."""
    profile = read_profile(table)
    found = recognise_fields(profile.columns.values(), TARGETS, None)
    evidence = [_by_heading(each) for each in found.evidence]
    problems: list[RowIssue] = []
    rules = dict(found.rules)
    columns = {name: profile.columns[rule.columns[0]] for name, rule in rules.items()}
    sides = _sides(profile.columns, columns)
    if sides is not None:
        columns["break_by"], rules["break_by"] = sides, ColumnRule(columns=(sides.name,))
        evidence.append(Evidence("break_by", sides.name, 0.8, "its words name sides"))
    dates = {name: column for name, column in columns.items() if name in DATES}
    for name, order, said in _orders(dates, problems):
        rules[name] = rules[name].model_copy(update={"format": order})
        evidence.append(said)
    for name in sorted(rules.keys() & ALLOWED.keys()):
        rules[name] = _with_words(name, columns[name], rules[name], evidence, problems)
    used = {column.name for column in columns.values()}
    others = [each for each in profile.columns.values() if each.name not in used]
    return RegisterProposal(
        RegisterMapping(columns=rules),
        tuple(evidence),
        tuple(left_columns(others, TARGETS, rules)),
        tuple(problems),
    )


def _sides(present: Mapping[str, Column], used: Mapping[str, Column]) -> Column | None:
    """A column `Break` beside that of the days, whose every word names who may break."""
    if "break" not in used or "break_by" in used:
        return None
    for column in present.values():
        read = [choice("break_by", word, {}) for word in column.distinct]
        if (
            column.name not in {each.name for each in used.values()}
            and heading_score(column.name, TARGETS["break"].headings) >= SURE_HEADING
            and any(read)
            and not any(isinstance(each, Unreadable) for each in read)
        ):
            return column
    return None


def _by_heading(found: Evidence) -> Evidence:
    return replace(found, reason=f"heading {found.column!r}")


def _orders(
    dates: dict[str, Column], problems: list[RowIssue]
) -> Iterable[tuple[str, str, Evidence]]:
    """The order of each column of all-number dates, by its own days above 12 or else by those of
    the file's other columns; nothing where none tells.
    """
    counts = {name: order_evidence(column.some) for name, column in dates.items()}
    days, all_months = (sum(each[at] for each in counts.values()) for at in (0, 1))
    for name, (day_first, month_first, either) in counts.items():
        if not (day_first or month_first or either):
            continue
        column = dates[name].name
        own = bool(day_first or month_first)
        first, second = (day_first, month_first) if own else (days, all_months)
        if (first and second and first == second) or not (first or second):
            problems.append(_unclear(name, column))
            continue
        order = "dd/mm/yyyy" if first > second else "mm/dd/yyyy"
        whose = "its own days" if own else "days in the file's other columns"
        sure = 0.95 if own and not (first and second) else 0.7
        reason = f"{whose} above 12: {first} say day/month, {second} month/day"
        yield name, order, Evidence(f"formats.{name}", column, sure, reason)


def _unclear(name: str, column: str) -> RowIssue:
    return RowIssue(
        None,
        "ambiguous-dates",
        f"{column}: nothing shows whether the day or the month comes first. Say so in the "
        f'mapping: {name} = "dd/mm/yyyy" under [formats].',
        column,
    )


def _with_words(
    name: str,
    column: Column,
    rule: ColumnRule,
    evidence: list[Evidence],
    problems: list[RowIssue],
) -> ColumnRule:
    meant, unknown = {}, []
    for word, count in column.distinct.most_common(MAX_WORDS):
        read = choice(name, word, {})
        if isinstance(read, Unreadable):
            unknown.append(f"{word!r} ({count} rows)")
        elif read is not None and squash(read) != squash(word):
            meant[word] = read
            evidence.append(Evidence(f"values.{name}.{word}", column.name, 0.8, f"{count} rows"))
    if unknown and name != "frequency":
        problems.append(
            RowIssue(
                None,
                "words-not-understood",
                f"{column.name}: {', '.join(unknown[:10])} mean nothing for {name}, which is one "
                f"of {', '.join(ALLOWED[name])}. Say what they mean under [values.{name}].",
                column.name,
            )
        )
    return rule.model_copy(update={"values": meant})
