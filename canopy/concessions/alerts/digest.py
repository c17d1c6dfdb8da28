"""The digest of alerts that is sent by mail: text, and the same as accessible HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from types import MappingProxyType
from urllib.parse import quote

from canopy.concessions.alerts.alert import Alert

WEEK, MONTH = timedelta(days=7), timedelta(days=31)
GROUPS = ("Overdue", "Within a week", "Within a month", "Later")
_STYLE = (
    "body{font-family:Arial,sans-serif;color:#1b1f24}table{border-collapse:collapse}"
    "th,td{text-align:left;vertical-align:top;padding:4px 10px;border-bottom:1px solid #c9d1d6}"
)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one message says."""

    subject: str
    text: str
    html: str


def digest(
    alerts: Sequence[Alert],
    on: date,
    title: str,
    page: str | None,
    managers: Mapping[str, str] = MappingProxyType({}),
) -> Digest:
    """The message of a day.

    title: of the deployment. page: address of the page of agreements; each alert links to its
    agreement there, and to nothing where it is None. managers: who looks after an agreement, by
    its reference; where nobody is on record, nobody is named.
    """
    groups = [(name, [each for each in alerts if _group(each, on) == name]) for name in GROUPS]
    told = [(name, each) for name, each in groups if each]
    overdue = sum(1 for each in alerts if each.act_by < on)
    subject = f"{title}: {len(alerts)} {'thing' if len(alerts) == 1 else 'things'} to do" + (
        f", {overdue} overdue" if overdue else ""
    )
    text, html = _text(told, on, page, managers), _html(told, on, title, page, managers)
    return Digest(subject, text, html)


def _group(alert: Alert, on: date) -> str:
    left = alert.act_by - on
    if left < timedelta(0):
        return GROUPS[0]
    return GROUPS[1] if left <= WEEK else GROUPS[2] if left <= MONTH else GROUPS[3]


def _text(
    told: Sequence[tuple[str, Sequence[Alert]]],
    on: date,
    page: str | None,
    managers: Mapping[str, str],
) -> str:
    lines = [f"Agreements: what is to be done, as of {on}.", ""]
    for name, alerts in told:
        lines += [name.upper(), ""]
        for each in alerts:
            lines += [
                f"* {each.agreement}, {each.title}{_whose(each, managers)}",
                f"  act by {each.act_by} (the day is {each.day}): {each.text}",
                *([f"  {_link(page, each)}"] if page else []),
                "",
            ]
    return "\n".join(lines)


def _html(
    told: Sequence[tuple[str, Sequence[Alert]]],
    on: date,
    title: str,
    page: str | None,
    managers: Mapping[str, str],
) -> str:
    parts = []
    for name, alerts in told:
        rows = "".join(_row(each, page, managers) for each in alerts)
        parts.append(
            f"<h2>{name}</h2><table><thead><tr>"
            '<th scope="col">Agreement</th><th scope="col">Act by</th><th scope="col">Day</th>'
            f'<th scope="col">What</th></tr></thead><tbody>{rows}</tbody></table>'
        )
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body><h1>Agreements: what is to be done</h1>"
        f"<p>As of {on}.</p>{''.join(parts)}</body></html>"
    )


def _row(alert: Alert, page: str | None, managers: Mapping[str, str]) -> str:
    name = escape(alert.agreement)
    named = f'<a href="{escape(_link(page, alert))}">{name}</a>' if page else name
    title = escape(alert.title + _whose(alert, managers))
    return (
        f'<tr><th scope="row">{named}<br>{title}</th><td>{alert.act_by}</td>'
        f"<td>{alert.day}</td><td>{escape(alert.text)}</td></tr>"
    )


def _whose(alert: Alert, managers: Mapping[str, str]) -> str:
    manager = managers.get(alert.agreement)
    return f" (looked after by {manager})" if manager else ""


def _link(page: str | None, alert: Alert) -> str:
    return f"{page}#/agreement/{quote(alert.agreement, safe='')}"
