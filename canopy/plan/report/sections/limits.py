"""How figures were made, what they rest on, and how far they hold."""

from __future__ import annotations

from collections.abc import Iterator

from canopy.plan.report.material import Material
from canopy.plan.report.telling import captioned
from canopy.render.report.document import Block, Bullets, Column, Table, Text


def limit_blocks(material: Material) -> Iterator[Block]:
    """Method, limits, and the council's assumptions."""
    yield Bullets(
        items=[
            "Suitability is by rules that the council edits: a desk study, which does not replace "
            "a structural or site survey.",
            "Coverage is a prediction by published methods, not a measurement.",
            "Money of agreements follows their terms; what hangs on take-up and price is drawn "
            "10,000 times by stated ranges. P10 is the figure that one draw in ten falls below.",
            "Years are financial years, from 1 April to 31 March, and money is counted when it "
            "falls due.",
            "All inputs of a range low, or all high, together are wider than likely.",
            "Benefits to others are not the council's money, and are never summed with it.",
        ]
    )
    unknown = sum(1 for each in material.sites if each.line.unknown)
    if unknown:
        yield Text(
            text=f"Of {unknown:,} of the sites something that the rules ask is not known; "
            "`canopy plan survey` lists what to find out first.",
            is_warning=True,
        )
    for exempt in sorted({each.exempt for each in material.words.assumption}, key=lambda e: e or 0):
        yield Table(
            caption=captioned("Assumptions", exempt), exempt=exempt,
            columns=[Column(name=each) for each in ("What", "Value", "Source")],
            rows=[
                [each.text, each.value, each.source or "none is given"]
                for each in material.words.assumption if each.exempt == exempt
            ],
        )  # fmt: skip
