"""The pages' words. Plain: read on a street, on a phone, by somebody who wonders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from html import escape

import segno

from canopy.api.ogc import html
from canopy.iot.privacy import LEAST_THINGS, OPEN, PERSONAL_RISK
from canopy.iot.transparency.notices import Notice, Sensed

UNSAID = "not stated yet; ask us"
_ICO = "https://ico.org.uk/make-a-complaint/"
_WHO = {
    OPEN: "Everybody: it is open data.",
    "council": "The council. Nobody else is given it.",
    PERSONAL_RISK: (
        f"Nobody outside is given single values. They are only published summed up over at least "
        f"{LEAST_THINGS} sensors and an hour, or not at all. They are never sold."
    ),
}
_PRINT = "@media print{nav,.screen{display:none}main{margin:0}}"
_SIGN = (
    f"{_PRINT}main{{max-width:40rem}}.sign{{border:4px solid #111;padding:1.5rem;font-size:1.4rem}}"
    ".sign h2{margin:.2rem 0}svg{width:12rem;height:12rem}"
)


def list_page(title: str, found: Sequence[Notice], next_address: str | None) -> str:
    """All Things, a page at a time."""
    rows = (
        [
            (each.name, f"/transparency/{each.number}"),
            (", ".join(dict.fromkeys(one.observed for one in each.sensed)), None),
            (each.owners or UNSAID, None),
        ]
        for each in found
    )
    body = html.paragraph(
        f"These devices sense something for {title}. Each has a page that says what, why, by what "
        "right, how long it is kept, and whom to ask."
    )
    body += (
        html.table("Devices", ("Device", "What it senses", "Who answers for it"), rows)
        if found
        else html.paragraph("No device is registered here.")
    )
    if next_address is not None:
        body += html.links([(next_address, "More devices")], "Pages")
    return html.whole("What we sense", _trail(title), body)


def thing_page(title: str, notice: Notice, address: str, contact: str) -> str:
    """One Thing. `address` is this page's own, as the QR code tells it."""
    number = notice.number
    body = html.paragraph(f"This is a device of {notice.owners or title}. It is number {number}.")
    body += "".join(_section(each) for each in notice.sensed)
    body += _place(notice) + _rights(contact)
    body += (
        '<h2>Take this page with you</h2><figure class="qr" style="margin:0;max-width:12rem">'
        f"{qr_svg(address)}<figcaption>{escape(address)}</figcaption></figure>"
        + html.links(
            [
                (f"/transparency/{number}/sign", "A sign to print"),
                (f"/transparency/{number}/qr.svg", "The QR code as a file"),
            ],
            "This device",
        )
    )
    trail = [*_trail(title), ("/transparency", "What we sense")]
    return html.whole(notice.name, trail, body, _PRINT)


def sign_page(title: str, notice: Notice, address: str, contact: str) -> str:
    """A sign to hang beside the device."""
    observed = ", ".join(dict.fromkeys(each.observed for each in notice.sensed))
    purposes = "; ".join(dict.fromkeys(each.purpose for each in notice.sensed if each.purpose))
    told = {
        "It senses": observed, "Why": purposes or UNSAID, "Who": notice.owners or title,
        "People": _people({each.is_personal for each in notice.sensed}),
        "Questions": contact or title,
    }  # fmt: skip
    body = (
        '<p class="screen">Print this page and put it beside the device.</p>'
        f'<section class="sign"><h2>{escape(title)}</h2>{html.definitions(told)}'
        f"{qr_svg(address)}<p>{escape(address)}</p></section>"
    )
    trail = [*_trail(title), (f"/transparency/{notice.number}", notice.name)]
    return html.whole("A sensor is at work here", trail, body, _SIGN)


def _people(said: Set[bool | None]) -> str:
    if True in said:
        return "Its readings could tell of people, so they are protected. Scan to read how."
    if None in said:
        return "Whether its readings are about people is not stated yet; ask us."
    return "Its readings are not about people."


def qr_svg(address: str) -> str:
    """An address as a QR code, with a name for those who do not see it."""
    code = segno.make(address, micro=False, error="m")
    drawn: str = code.svg_inline(omitsize=True, border=4, title=f"QR code of {address}")
    return drawn.replace("<svg", '<svg role="img"', 1)


def _trail(title: str) -> list[tuple[str, str]]:
    return [("/", title)]


def _section(each: Sensed) -> str:
    told: dict[str, object] = dict(_told(each))
    head = f"<h2>{escape(each.observed)}</h2>{html.definitions(told)}"
    if each.data_class != OPEN:
        return head
    at = f"/sensorthings/v1.1/Datastreams({each.number})"
    return head + html.links(
        [
            (f"{at}/Observations?$resultFormat=CSV", f"{each.observed}: open data as CSV"),
            (at, f"{each.observed}: open data by SensorThings"),
        ],
        f"Open data: {each.observed}, {each.number}",
    )


def _told(each: Sensed) -> Iterator[tuple[str, object]]:
    what = each.observed if each.unit is None else f"{each.observed}, in {each.unit}"
    yield "What is sensed", what
    if each.sensor is not None:
        yield "With what", each.sensor
    if each.interval_s is not None:
        yield "How often", f"every {_span(each.interval_s)}"
    yield "Why", each.purpose or UNSAID
    yield "Who answers for it", each.owner or UNSAID
    yield "By what right", each.lawful_basis or UNSAID
    yield "How long it is kept", f"{each.retention_days:,} days" if each.retention_days else UNSAID
    yield "Who is given it", _WHO[each.data_class]


def _span(seconds: int) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            number = seconds // size
            return name if number == 1 else f"{number:,} {name}s"
    return f"{seconds:,} seconds"


def _place(notice: Notice) -> str:
    if notice.at is None:
        where = "Its exact place is not published."
    else:
        where = f"Latitude {notice.at[1]:.5f}, longitude {notice.at[0]:.5f}."
        if notice.is_coarse:
            where += " That is the middle of a square in which it stands: the exact place of such "
            where += "devices is not published."
    return f"<h2>Where it is</h2>{html.paragraph(where)}"


def _rights(contact: str) -> str:
    asked = f"Write to {contact}." if contact else "Ask the council's data protection officer."
    return (
        "<h2>Questions and your rights</h2>"
        + html.paragraph(
            f"{asked} Where readings are about you, you may ask for a copy of them, have them put "
            "right, erased or limited, and object to their use."
        )
        + f'<p>You may also <a href="{_ICO}">complain to the Information Commissioner</a>.</p>'
    )
