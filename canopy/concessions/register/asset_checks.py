"""What has to be known of the assets that terms name, told alike wherever terms come in."""

from __future__ import annotations

from sqlalchemy.orm import Session

from canopy.assets.queries import sources_by_ref
from canopy.concessions.register.holding import queries as holding
from canopy.concessions.terms.agreement import Agreement


def assets_told(session: Session, agreement: Agreement) -> list[str]:
    """Which assets of an agreement of the register the catalogue does not have, or has from several
    sources, and which one of two would hold alone while the other does, if its term is extended.
    """
    there = sources_by_ref(session, [each.ref for each in agreement.assets])
    told = []
    for asset in dict.fromkeys(each.ref for each in agreement.assets):
        sources = there.get(asset, [])
        if not sources:
            told.append(f"the catalogue has no asset {asset}")
        elif len(sources) > 1:
            told.append(
                f"the catalogue has {len(sources)} assets {asset}, of {', '.join(sources)}: "
                "give them different references, or it cannot be told which is let"
            )
    return [
        *told,
        *(
            f"{each.first} and {each.second} both hold {each.asset} {each.days}, and one of them "
            "exclusively: do not use the option, or change one of the two first"
            for each in holding.of_agreement(session, agreement.ref)
        ),
    ]
