"""What accounts take for granted, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from canopy.concessions.appraisal.accounts.asked import Asked
from canopy.concessions.appraisal.accounts.financial import UNSTATED, heading_of
from canopy.concessions.terms.agreement import Agreement


def accounts_told(agreement: Agreement, asked: Asked, first_day: date) -> Iterator[str]:
    """Sentences for those who read the accounts."""
    yield (
        "The financial account is the council's cash; financial years run from April to March, and "
        "capital and revenue are apart. The economic account is society's. They are never summed."
    )
    yield (
        "What an occupier pays the council is a transfer: it is in the financial account, and no "
        "benefit in the economic one, where it is shown beside it."
    )
    yield (
        "Loans and costs of borrowing are financing: returns and present values are before it, and "
        "the economic account has none of it, for the discount rate stands for the time value of "
        "money."
    )
    if asked.upfront == "at-start":
        yield (
            f"One-off amounts that are due up to {first_day} fall at the very start and are not "
            "discounted; dated figures have every amount on its own day."
        )
    else:
        yield f"One-off amounts that are due up to {first_day} are of the first year, like others."
    capital = [each.name for each in agreement.costs if getattr(each, "account", "") == "capital"]
    if capital:
        yield (
            f"Capital in the economic account has {asked.optimism.part:.0%} for optimism added: "
            f"{asked.optimism.source}."
        )
    if agreement.benefits:
        yield (
            "Benefits are in prices of the first contract year and rise with prices; those to the "
            "council fall on the last day of each contract year, and are its cash."
        )
    else:
        yield "The terms state no benefits, so the economic account has costs alone."
    unstated = [
        each.name
        for each in agreement.costs
        if heading_of(agreement, "cost", each.name) == UNSTATED
    ]
    if unstated:
        yield f"What these costs are spent on is not stated: {', '.join(unstated)}."
