"""What the council has, by workstream, and what departments duplicate."""

from __future__ import annotations

from collections.abc import Iterator

from canopy.plan.report.material import Material
from canopy.plan.report.telling import NOTHING, words
from canopy.render.report.document import Block, Column, Table, Text

WORKSTREAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Fibre and ducts", ("fibre", "duct", "chamber")),
    ("CCTV", ("cctv",)),
    ("Small cells", ("small_cell_site",)),
    ("Rooftops and masts", ("rooftop", "building", "mast")),
    ("Street furniture", ("street_furniture", "cabinet")),
    ("LED lighting", ("lamppost",)),
    ("Public Wi-Fi", ("wifi_ap",)),
    ("Open spaces", ("open_space",)),
)
"""What one plan brings together, S:272, by kinds of asset."""


def review_blocks(material: Material) -> Iterator[Block]:
    """Assets by workstream as the edition's readers see them."""
    known = {each.kind: each for each in material.review}
    yield Table(
        caption="Assets that this report's readers may see",
        columns=[
            Column(name="Workstream"), Column(name="Kind"), Column(name="Assets", is_number=True),
            Column(name="Power known", is_number=True),
            Column(name="Height known", is_number=True), Column(name="Owner known", is_number=True),
        ],
        rows=[
            [name, words(kind), f"{each.assets:,}", _part(each.with_power, each.assets),
             _part(each.with_height, each.assets), _part(each.with_owner, each.assets)]
            for name, kinds in WORKSTREAMS for kind in kinds
            if (each := known.get(kind)) is not None
        ],
        source="the catalogue",
    )  # fmt: skip
    gaps = [name for name, kinds in WORKSTREAMS if not set(kinds) & set(known)]
    if gaps:
        yield Text(
            text=f"Of these nothing is catalogued that this edition's readers may see: "
            f"{', '.join(gaps)}.",
            is_warning=True,
        )


def _part(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else NOTHING


def duplicate_blocks(material: Material) -> Iterator[Block]:
    """Routes beside each other, and equipment at one place, of two departments."""
    found = material.duplicates
    rows = [
        [words(each.kind), each.first, each.second, f"{each.overlap_m / 1_000:,.2f} km of route"]
        for each in found.besides
    ] + [
        [words(each.kind), each.first, each.second,
         f"{each.first_count:,} beside {each.second_count:,}"]
        for each in found.together
    ]  # fmt: skip
    if rows:
        yield Table(
            caption="Assets of two departments at one place", exempt=3,
            columns=[Column(name=each) for each in ("Kind", "One", "Other", "How much")],
            rows=rows, source="maintainers named in the catalogue",
        )  # fmt: skip
    else:
        yield Text(text="No two departments are known to have like assets at one place.")
    if found.unknown:
        yield Text(
            text=f"Of {found.unknown:,} assets nobody is known to look after, or where they lie; "
            "they are not compared.",
            is_warning=True,
            exempt=3,
        )
