"""What the words of registers mean: kinds, statuses, sides, payment and VAT."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.assets.mapping.values import Unreadable, as_text, is_unknown, squash

ALLOWED: dict[str, tuple[str, ...]] = {
    "kind": ("lease", "licence", "wayleave", "duct-rental", "concession", "call-off"),
    "status": ("draft", "active", "continuing", "ended"),
    "frequency": ("monthly", "quarterly", "half-yearly", "yearly", "quarter-days"),
    "timing": ("advance", "arrears"),
    "break_by": ("council", "operator", "either"),
    "vat": ("standard", "reduced", "zero", "exempt", "outside"),
    "valuation_basis": ("legacy-market", "code-no-network", "concession-service"),
    "operator_role": ("operator", "neutral-host", "contractor"),
}
"""Fields that take one of some words."""

_MEANINGS: dict[str, dict[str, str]] = {
    "kind": {
        "license": "licence", "wayleave agreement": "wayleave", "duct rental": "duct-rental",
        "lease agreement": "lease", "licence agreement": "licence",
        "licence to occupy": "licence", "framework call-off": "call-off",
        "concession contract": "concession", "concession agreement": "concession",
    },
    "status": {
        "live": "active", "current": "active", "in force": "active", "signed": "active",
        "completed": "active", "pending": "draft", "proposed": "draft", "in negotiation": "draft",
        "under negotiation": "draft", "heads of terms": "draft", "holding over": "continuing",
        "continuing under code": "continuing", "terminated": "ended", "surrendered": "ended",
        "determined": "ended",
    },
    "frequency": {
        "month": "monthly", "pcm": "monthly", "quarter": "quarterly", "annual": "yearly",
        "annually": "yearly", "per annum": "yearly", "pa": "yearly", "half yearly": "half-yearly",
        "six monthly": "half-yearly", "6 monthly": "half-yearly", "biannually": "half-yearly",
        "usual quarter days": "quarter-days", "english quarter days": "quarter-days",
    },
    "timing": {
        "in advance": "advance", "adv": "advance", "in arrears": "arrears", "arrear": "arrears",
    },
    "break_by": {
        "landlord": "council", "lessor": "council", "licensor": "council", "authority": "council",
        "tenant": "operator", "lessee": "operator", "licensee": "operator", "mutual": "either",
        "both": "either", "either party": "either", "landlord or tenant": "either",
    },
    "vat": {
        "standard rated": "standard", "20%": "standard", "std": "standard", "plus vat": "standard",
        "standard rate": "standard", "opted to tax": "standard", "zero rated": "zero",
        "exempt from vat": "exempt", "outside scope": "outside", "outside the scope": "outside",
    },
    "valuation_basis": {
        "code": "code-no-network", "code rights": "code-no-network",
        "no network": "code-no-network", "electronic communications code": "code-no-network",
        "market": "legacy-market", "market rent": "legacy-market",
        "open market": "legacy-market", "market value": "legacy-market",
        "concession": "concession-service", "service concession": "concession-service",
    },
    "operator_role": {"tower company": "neutral-host", "towerco": "neutral-host"},
}  # fmt: skip
"""Other words for them. `expired` is none: after its term an agreement may have ended, or go on."""


def choice(field: str, value: object, said: Mapping[str, object]) -> str | Unreadable | None:
    """The allowed word that a cell means; what the mapping says of its words comes first."""
    text = as_text(value)
    if text in said:
        text = as_text(said[text])
    if is_unknown(text):
        return None
    wanted = squash(text)
    by_word = {squash(word): word for word in ALLOWED[field]}
    by_word |= {squash(word): meant for word, meant in _MEANINGS.get(field, {}).items()}
    if wanted in by_word:
        return by_word[wanted]
    return Unreadable(text, f"not understood; it is one of {', '.join(ALLOWED[field])}")
